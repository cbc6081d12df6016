--- Which rows are meant, in the forms in which programs say it: a fragment in
--- SQL with its parameters, a condition as a table, berth.raw, or nothing.
local condition = require "berth.condition"
local errors = require "berth.errors"
local raw = require "berth.raw"
local values = require "berth.values"

local query = {}

local OPTIONS = { columns = true, order_by = true, limit = true, offset = true, lock = true, timeout = true }

-- "name desc" and "name" as the wire has them; a list of them too.
local function order(given)
  local list = {}
  for i, text in ipairs(type(given) == "table" and given or { given }) do
    local column, direction = tostring(text):match("^(.-)%s+(%a+)%s*$")
    direction = direction and direction:lower()
    local known = direction == "asc" or direction == "desc"
    list[i] = { column = known and column or text, descending = direction == "desc" or nil }
  end
  return list
end

local function add_options(arguments, options)
  if options == nil then return nil end
  if type(options) ~= "table" then errors.misuse("options are a table, not a %s", type(options)) end
  for key, value in pairs(options) do
    if not OPTIONS[key] then
      errors.misuse("%q is no option; there are columns, order_by, limit, offset, lock, timeout", tostring(key))
    end
    if key ~= "timeout" then arguments[key] = value end
  end
  if options.order_by then arguments.order_by = order(options.order_by) end
  return options.timeout
end

--- The arguments of a verb on a table for what the caller has given.
-- @tparam berth.Table t
-- @param where nil, a fragment, a condition, or berth.raw
-- @param ... the parameters of a fragment; else an optional table of options
-- @treturn table the arguments
-- @treturn ?number the timeout in seconds
function query.of(t, where, ...)
  if type(where) == "string" then
    -- With room for `max_rows`.
    return { table = t.name, where = where, params = values.parameters(where, ...), max_rows = nil }, nil
  end
  local arguments = { table = t.name }
  if where == nil then return arguments, add_options(arguments, (...)) end
  if raw.is(where) then
    arguments.where, arguments.params = where.sql, where.params
  elseif type(where) == "table" then
    arguments.where, arguments.params = condition.build(t, where)
  else
    errors.misuse("a condition in SQL or a table is expected, not a %s", type(where))
  end
  return arguments, add_options(arguments, (...))
end

query.order = order

return query
