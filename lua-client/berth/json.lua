--- Lua values as JSON text: cjson or dkjson where installed, else a small
--- encoder of our own.
local compat = require "berth.compat"

local json = {}

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
  if kind == "userdata" then return "null" end
  if kind ~= "table" then error("JSON has no values of type " .. kind, 0) end
  if depth > 100 then error("a table for JSON is nested too deeply or contains itself", 0) end
  if value[1] == nil then return object(value, depth + 1) end
  local parts = {}
  for i = 1, #value do parts[i] = encode(value[i], depth + 1) end
  return "[" .. table.concat(parts, ",") .. "]"
end

--- The encoder that needs nothing installed; keys are sorted.
function json.plain(value)
  return encode(value, 0)
end

for _, name in ipairs { "cjson", "dkjson" } do
  local found, module = pcall(require, name)
  if found and type(module) == "table" and module.encode then
    json.encode = module.encode
    break
  end
end
json.encode = json.encode or json.plain

return json
