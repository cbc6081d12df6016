--- Values between Lua and the wire: what is sent for a Lua value, and what a
--- program sees of a column.
local compat = require "berth.compat"
local dates = require "berth.dates"
local errors = require "berth.errors"
local json = require "berth.json"

local values = {}

--- SQL NULL, where nil cannot be written.
values.null = compat.null
--- The column's default, in inserts and updates.
values.default = compat.default
--- The text that means the function NOW() in date and time columns, as in LuaFan.
values.NOW = "NOW()"

local TEMPORAL = { date = "date", datetime = "datetime", timestamp = "datetime", time = "time" }

local function wrong(message)
  errors.raise { message = message, code = "INVALID_FIELD" }
end

--- Whether a value is NULL, also as others spell it: cjson.null and ngx.null are
--- the NULL pointer.
function values.is_null(value)
  local kind = type(value)
  if kind == "string" or kind == "number" then return false end
  if rawequal(value, values.null) then return true end
  if kind ~= "userdata" then return false end
  local text = tostring(value)
  return text:find("NULL", 1, true) ~= nil or text:find("(nil)", 1, true) ~= nil or text:match(": 0*x?0*$") ~= nil
end

local is_null = values.is_null

--- The metatable of what berth.raw makes.
values.Raw = { __name = "berth.Raw", __tostring = function(self) return self.sql end }

--- Whether a value is a piece of SQL.
function values.is_raw(value)
  return type(value) == "table" and getmetatable(value) == values.Raw
end

-- The wire's spelling of a value of an exact kind.
local function tagged(kind, text)
  return { __berth = kind, text }
end

local function number(value)
  if value ~= value or value == math.huge or value == -math.huge then
    wrong("MariaDB stores no NaN and no infinity")
  end
  return compat.normal_number(value)
end

-- Lets `function(stmt, index) stmt:send_long_data(index, chunk) end` write a
-- value in chunks.
local function long_data(writer, position)
  local chunks = {}
  writer({
    send_long_data = function(_, _, chunk)
      chunks[#chunks + 1] = chunk
      return true
    end,
  }, position - 1)
  return tagged("blob", table.concat(chunks))
end

--- The kind of date or time that a column holds, or nil.
function values.temporal(column)
  return column and TEMPORAL[column.kind]
end

--- Whether a value stands for the function NOW() in this column.
function values.is_now(value, column)
  return value == values.NOW and values.temporal(column) ~= nil
end

--- Whether a value is kept as JSON: a table that is nothing else.
function values.is_document(value)
  return type(value) == "table" and rawget(value, "__berth") == nil and not rawequal(value, values.null)
    and not rawequal(value, values.default) and not values.is_raw(value) and not dates.is(value)
end

--- What is sent for the value of a column.
function values.encode(value, column, position)
  local kind = type(value)
  if kind == "string" then return value end
  if is_null(value) then return values.null end
  if rawequal(value, values.default) then return value end
  if column and column.kind == "json" and (kind == "boolean" or kind == "number") then
    return json.encode(value)
  end
  if kind == "number" then return number(value) end
  if kind == "boolean" then return value and 1 or 0 end
  if kind == "function" then return long_data(value, position or 1) end
  if kind == "table" then
    if rawget(value, "__berth") then return value end
    if dates.is(value) then return dates.text(value, values.temporal(column)) end
    if values.is_raw(value) then wrong("berth.raw cannot stand for a bound value") end
    return json.encode(value)
  end
  if kind == "cdata" then return (tostring(value):gsub("U?LL$", "")) end
  wrong(("a value of type %s cannot be stored%s"):format(kind, column and " in column " .. column.name or ""))
end

-- What is sent for a parameter: as a value, but an array means several.
local function encode_parameter(value)
  local kind = type(value)
  if kind == "string" or kind == "nil" then return value end
  if kind == "number" then return number(value) end
  if not values.is_document(value) then return values.encode(value) end
  local list = {}
  for i = 1, #value do list[i] = values.encode(value[i]) end
  if #list == 0 and next(value) ~= nil then
    wrong("a table given for a placeholder is an array, a date, or berth.null")
  end
  return list
end

-- The number of placeholders outside of strings and quoted names.
local function count_placeholders(text)
  text = text:gsub("\\.", "")
  local quote_at, count, at = nil, 0, 1
  while true do
    local from, _, char = text:find(quote_at and "(" .. quote_at .. ")" or "(['\"`?])", at)
    if not from then return count end
    if quote_at then quote_at = nil
    elseif char == "?" then count = count + 1
    else quote_at = char end
    at = from + 1
  end
end

--- The parameters of a fragment. Trailing nils beyond its placeholders are left
--- out; everything else is for the server to check.
function values.parameters(text, ...)
  local n = select("#", ...)
  if n == 0 then return nil end
  local list = { n = n, ... }
  if list[n] == nil then
    local wanted = count_placeholders(text)
    while n > wanted and list[n] == nil do n = n - 1 end
    if n == 0 then return nil end
    list.n = n
  end
  for i = 1, n do list[i] = encode_parameter(list[i]) end
  return list
end

--- A value in a form that can be compared with what was read.
function values.fingerprint(value, column)
  if value == nil or is_null(value) then return nil end
  local kind = type(value)
  if kind == "boolean" then return value and 1 or 0 end
  if kind == "table" then
    if rawget(value, "__berth") then return value[1] end
    if values.is_raw(value) then return value end -- itself: written once
    if dates.is(value) then return dates.text(value, values.temporal(column)) end
    return json.encode(value)
  end
  return value
end

local function boolean(value)
  return value ~= 0
end

--- How the columns of a result are shown under a pool's settings: functions by
--- type. BOOLEAN is what MariaDB calls TINYINT(1).
function values.decoders(settings)
  local decoders = {}
  for name, kind in pairs(TEMPORAL) do
    decoders[name:upper()] = function(text) return dates.parse(text, kind) end
  end
  if settings.decimal ~= "string" then decoders.DECIMAL = tonumber end
  if settings.json == "decode" then decoders.JSON = json.decode end
  if settings.booleans then decoders.BOOLEAN = boolean end
  return decoders
end

local function type_of(column)
  return column.type == "TINYINT" and column.length == 1 and "BOOLEAN" or column.type
end

--- Whether a decoder may show a column as something else than text or a number.
function values.may_be_turned(column)
  local type = type_of(column)
  return type == "BOOLEAN" or type == "JSON" or TEMPORAL[type:lower()] ~= nil
end

-- columns → decoders → { name of a column = its decoder }. The transport gives
-- results of the same columns the same description.
local turned = setmetatable({}, { __mode = "k" })

local function find_turned(columns, decoders)
  local found = {}
  for _, column in ipairs(columns) do found[column.name] = decoders[type_of(column)] end
  turned[columns] = turned[columns] or setmetatable({}, { __mode = "k" })
  turned[columns][decoders] = found
  return found
end

--- The rows of a result, the values of some columns turned in place.
-- @tparam table result `columns` and `rows`
-- @tparam table decoders those of `values.decoders`
function values.rows(result, decoders)
  local columns, rows = result.columns, result.rows
  if columns == nil then return rows end
  local known = turned[columns]
  local found = known and known[decoders] or find_turned(columns, decoders)
  for name, decoder in pairs(found) do
    for i = 1, #rows do
      local value = rows[i][name]
      if value ~= nil then rows[i][name] = decoder(value) end
    end
  end
  return rows
end

--- Decoders under which every integer is a number, as LuaFan has it: an integer
--- where this Lua has those, else the nearest float.
function values.with_numbers(decoders)
  local all = { BIGINT = tonumber, BIT = tonumber }
  for name, decoder in pairs(decoders) do all[name] = decoder end
  return all
end

local plain = values.with_numbers { DECIMAL = tonumber }

--- The rows of a result as a connection's cursor shows them: dates are text.
function values.cursor_rows(result)
  return values.rows(result, plain)
end

--- An identifier in backquotes.
function values.quote(name)
  return "`" .. name:gsub("`", "``") .. "`"
end

return values
