--- Conditions written as tables.
--
--    { email = x }                           `email` = ?
--    { age = { ">", 18 }, name = berth.null }  `age` > ? AND `name` IS NULL
--    { id = { "in", { 1, 2, 3 } } }          `id` IN (?)
--    { age = { "between", 18, 65 } }         `age` BETWEEN ? AND ?
--    { "or", { a = 1 }, { b = 2 } }          (`a` = ? OR `b` = ?); also "and", "not"
--    { a = 1, { "or", … }, berth.raw "c > d" }  all of them
--
-- Values are bound, names quoted, operators taken from the list below, so
-- nothing of a table can become SQL but berth.raw.
local errors = require "berth.errors"
local raw = require "berth.raw"
local values = require "berth.values"

local condition = {}

local COMPARISONS = {}
for operator in ("= != <> < <= > >= <=>"):gmatch("%S+") do COMPARISONS[operator] = operator end
for _, operator in ipairs { "like", "not like", "regexp", "not regexp" } do
  COMPARISONS[operator] = operator:upper()
end

local function wrong(message, ...)
  errors.raise { code = "INVALID_FIELD", message = "condition: " .. message:format(...) }
end

-- Appends the parameters of a condition.
local function add(params, value)
  params.n = params.n + 1
  params[params.n] = value
end

-- A value as SQL: a placeholder, or the text of berth.raw.
local function operand(value, column, params)
  if not raw.is(value) then
    add(params, values.encode(value, column))
    return "?"
  end
  for i = 1, value.params and value.params.n or 0 do add(params, value.params[i]) end
  return "(" .. value.sql .. ")"
end

local function list(value, column, name)
  if type(value) ~= "table" or raw.is(value) then wrong("%s: IN expects an array, not a %s", name, type(value)) end
  local encoded = {}
  for i = 1, #value do encoded[i] = values.encode(value[i], column) end
  if #encoded == 0 and next(value) ~= nil then wrong("%s: IN expects an array", name) end
  return encoded
end

local special = {}

special["in"] = function(quoted, given, column, params)
  add(params, list(given[2], column, quoted))
  return quoted .. " IN (?)"
end

special["not in"] = function(quoted, given, column, params)
  add(params, list(given[2], column, quoted))
  return quoted .. " NOT IN (?)"
end

function special.between(quoted, given, column, params)
  if given[2] == nil or given[3] == nil then wrong("%s: BETWEEN expects two values", quoted) end
  return ("%s BETWEEN %s AND %s"):format(quoted, operand(given[2], column, params), operand(given[3], column, params))
end

special["not between"] = function(quoted, given, column, params)
  return "NOT " .. special.between(quoted, given, column, params)
end

function special.null(quoted) return quoted .. " IS NULL" end
special["not null"] = function(quoted) return quoted .. " IS NOT NULL" end

-- `{ ">", 18 }`
local function operation(quoted, given, column, params)
  local operator = type(given[1]) == "string" and given[1]:lower():gsub("%s+", " ") or ""
  if special[operator] then return special[operator](quoted, given, column, params) end
  local comparison = COMPARISONS[operator]
  if not comparison then
    wrong("%s: %q is no operator; for an array of values write { \"in\", array }", quoted, tostring(given[1]))
  end
  local value = given[2]
  if value == nil then wrong("%s: %s expects a value; for NULL take berth.null", quoted, comparison) end
  if values.is_null(value) then
    if comparison == "=" or comparison == "<=>" then return special.null(quoted) end
    if comparison == "!=" or comparison == "<>" then return special["not null"](quoted) end
    wrong("%s: nothing is %s NULL", quoted, comparison)
  end
  return ("%s %s %s"):format(quoted, comparison, operand(value, column, params))
end

local function of_column(t, name, value, params)
  local quoted, column = values.quote(name), t.columns[name]
  if values.is_null(value) then return special.null(quoted) end
  if values.is_document(value) and not raw.is(value) then return operation(quoted, value, column, params) end
  return quoted .. " = " .. operand(value, column, params)
end

local build

-- The parts of `given` from its array and, sorted, from its columns.
local function parts_of(t, given, first, params)
  local parts, names = {}, {}
  for i = first, #given do parts[#parts + 1] = build(t, given[i], params) end
  for name in pairs(given) do
    if type(name) == "string" then
      names[#names + 1] = name
    elseif type(name) ~= "number" or name > #given or name < 1 then
      wrong("a %s is no name of a column", type(name))
    end
  end
  table.sort(names)
  for _, name in ipairs(names) do parts[#parts + 1] = of_column(t, name, given[name], params) end
  return parts
end

local JOINS = { ["and"] = " AND ", ["or"] = " OR ", ["not"] = " AND " }

function build(t, given, params)
  if raw.is(given) then return operand(given, nil, params) end
  if type(given) ~= "table" then wrong("a table is expected, not a %s", type(given)) end
  local join = "and"
  if type(given[1]) == "string" then
    join = given[1]:lower()
    if not JOINS[join] then wrong("%q is none of \"and\", \"or\", \"not\"", given[1]) end
  end
  local parts = parts_of(t, given, type(given[1]) == "string" and 2 or 1, params)
  if #parts == 0 then wrong("a part without a condition") end
  local text = table.concat(parts, JOINS[join])
  if #parts > 1 then text = "(" .. text .. ")" end
  return join == "not" and "NOT (" .. text .. ")" or text
end

--- The fragment and its parameters for a condition on a table; nil, nil for {}.
-- @tparam berth.Table t
-- @tparam table given
function condition.build(t, given)
  if next(given) == nil then return nil, nil end
  local params = { n = 0 }
  return build(t, given, params), params
end

return condition
