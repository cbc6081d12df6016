--- Lua values as JSON text and back.
--
-- Of its own, so that it is the same everywhere: integers stay integers, numbers
-- keep all their digits, keys are sorted, and what is written can be compared.
local compat = require "berth.compat"

local json = {}

-- The metatable of arrays: an empty one stays an array.
local Array = { __name = "berth.array" }

--- Marks a table as an array, for the one that is empty.
function json.array(list)
  return setmetatable(list or {}, Array)
end

local escapes = {
  ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f",
  ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t",
}

local function quote(text)
  return '"' .. text:gsub('[%c"\\]', function(char)
    return escapes[char] or ("\\u%04x"):format(char:byte())
  end) .. '"'
end

local function number(value)
  if value ~= value or value == math.huge or value == -math.huge then
    error("JSON has no NaN and no infinity", 0)
  end
  if value == math.floor(value) and value >= -2 ^ 53 and value <= 2 ^ 53 then
    return ("%.0f"):format(value)
  end
  if compat.is_integer(value) then return ("%d"):format(value) end
  local text = ("%.15g"):format(value)
  if tonumber(text) ~= value then text = ("%.17g"):format(value) end
  return (text:gsub(",", ".")) -- some locales write a comma
end

local encode

local function object(value, depth)
  local keys, parts = {}, {}
  for key in pairs(value) do
    if type(key) ~= "string" and type(key) ~= "number" then
      error("JSON has no keys of type " .. type(key), 0)
    end
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for i, key in ipairs(keys) do
    parts[i] = quote(tostring(key)) .. ":" .. encode(value[key], depth)
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

function encode(value, depth)
  local kind = type(value)
  if kind == "string" then return quote(value) end
  if kind == "number" then return number(value) end
  if kind == "boolean" or kind == "nil" then return tostring(value) end
  if kind == "userdata" or value == compat.null then return "null" end
  if kind ~= "table" then error("JSON has no values of type " .. kind, 0) end
  if depth > 100 then error("a table for JSON is nested too deeply or contains itself", 0) end
  if value[1] == nil and getmetatable(value) ~= Array then return object(value, depth + 1) end
  local parts = {}
  for i = 1, #value do parts[i] = encode(value[i], depth + 1) end
  return "[" .. table.concat(parts, ",") .. "]"
end

--- The JSON text of a value.
function json.encode(value)
  return encode(value, 0)
end

local function broken(text, at)
  error(("JSON is broken at byte %d of %d"):format(at, #text), 0)
end

local function skip(text, at)
  return text:find("[^ \t\r\n]", at) or #text + 1
end

local unescapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

-- A character in UTF-8.
local function utf8_of(code)
  if code < 0x80 then return string.char(code) end
  if code < 0x800 then return string.char(0xC0 + math.floor(code / 64), 0x80 + code % 64) end
  if code < 0x10000 then
    return string.char(0xE0 + math.floor(code / 4096), 0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
  end
  return string.char(0xF0 + math.floor(code / 262144), 0x80 + math.floor(code / 4096) % 64,
    0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
end

-- Two escapes that are the halves of one character beyond the first plane.
local function join_surrogates(high, high_rest, low, low_rest)
  local function code(first, rest) return (first:byte() % 64) * 64 + rest:byte() % 64 end
  return utf8_of(0x10000 + (code(high, high_rest) - 0x800) * 1024 + code(low, low_rest) - 0xC00)
end

local function unescape(text)
  text = text:gsub("\\(.)(%x?%x?%x?%x?)", function(char, digits)
    if char == "u" then return utf8_of(tonumber(digits, 16)) end
    return (unescapes[char] or char) .. digits
  end)
  return (text:gsub("\237([\160-\175])([\128-\191])\237([\176-\191])([\128-\191])", join_surrogates))
end

local decode

local function decode_string(text, at)
  local from, to = at + 1, at + 1
  while true do
    to = text:find('["\\]', to)
    if not to then broken(text, at) end
    if text:byte(to) == 34 then break end
    to = to + 2
  end
  local content = text:sub(from, to - 1)
  return content:find("\\", 1, true) and unescape(content) or content, to + 1
end

local function decode_array(text, at)
  local list, n = json.array(), 0
  at = skip(text, at + 1)
  if text:sub(at, at) == "]" then return list, at + 1 end
  while true do
    n = n + 1
    list[n], at = decode(text, at)
    at = skip(text, at)
    local char = text:sub(at, at)
    if char == "]" then return list, at + 1 end
    if char ~= "," then broken(text, at) end
    at = at + 1
  end
end

local function decode_object(text, at)
  local map = {}
  at = skip(text, at + 1)
  if text:sub(at, at) == "}" then return map, at + 1 end
  while true do
    local key
    at = skip(text, at)
    if text:sub(at, at) ~= '"' then broken(text, at) end
    key, at = decode_string(text, at)
    at = skip(text, at)
    if text:sub(at, at) ~= ":" then broken(text, at) end
    map[key], at = decode(text, at + 1)
    at = skip(text, at)
    local char = text:sub(at, at)
    if char == "}" then return map, at + 1 end
    if char ~= "," then broken(text, at) end
    at = at + 1
  end
end

local words = { ["true"] = true, ["false"] = false, null = compat.null }

function decode(text, at)
  at = skip(text, at)
  local char = text:sub(at, at)
  if char == "{" then return decode_object(text, at) end
  if char == "[" then return decode_array(text, at) end
  if char == '"' then return decode_string(text, at) end
  local word = text:match("^[%a]+", at)
  if word and words[word] ~= nil then return words[word], at + #word end
  local digits = text:match("^%-?%d[%d.eE+-]*", at)
  local value = digits and tonumber(digits)
  if not value then broken(text, at) end
  return value, at + #digits
end

--- The value of a JSON text. `null` is berth.null; arrays stay arrays when they
-- are written again.
function json.decode(text)
  local value, at = decode(text, 1)
  if skip(text, at) <= #text then broken(text, at) end
  return value
end

return json
