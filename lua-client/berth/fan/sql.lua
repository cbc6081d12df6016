--- The verbs as statements in SQL, for connections that are not of the service.
-- Each function gives a text and its parameters.
local fragment = require "berth.fan.fragment"
local insert = require "berth.insert"
local values = require "berth.values"

local sql = {}

local quote = values.quote

local function quoted(names)
  local list = {}
  for i, name in ipairs(names) do list[i] = quote(name) end
  return table.concat(list, ", ")
end

local LOCKS = { update = " for update", share = " lock in share mode" }

--- SELECT, for the arguments of `select`.
function sql.select(arguments, is_column)
  local what = arguments.count_only and "count(*) AS `count`" or arguments.columns and quoted(arguments.columns) or "*"
  local text = ("SELECT %s FROM %s%s"):format(what, quote(arguments.table), fragment.clause(arguments.where, is_column))
  local order = {}
  for i, by in ipairs(arguments.order_by or {}) do order[i] = quote(by.column) .. (by.descending and " DESC" or "") end
  if order[1] then text = text .. " ORDER BY " .. table.concat(order, ", ") end
  if arguments.limit or arguments.offset then
    text = ("%s LIMIT %.0f OFFSET %.0f"):format(text, arguments.limit or 2 ^ 53, arguments.offset or 0)
  elseif arguments.max_rows then
    text = fragment.limit(text, arguments.max_rows)
  end
  return text .. (LOCKS[arguments.lock] or ""), arguments.params
end

--- INSERT with the stored rows as its result.
function sql.insert(arguments)
  local params = { n = 0 }
  local text = insert.statement(arguments.table, arguments.columns, arguments.rows, {
    on_conflict = arguments.on_conflict, update = arguments.update_columns, returning = arguments.returning or {},
  }, params)
  return text, params
end

--- UPDATE, for the arguments of `update`.
function sql.update(arguments, is_column)
  local set, params = {}, { n = 0 }
  local function add(list)
    for i = 1, list and list.n or 0 do
      params.n = params.n + 1
      params[params.n] = list[i]
    end
  end
  for i, one in ipairs(arguments.set) do
    local default = rawequal(one.value, values.default)
    set[i] = quote(one.column) .. " = " .. (one.expression or default and "DEFAULT" or "?")
    add(one.expression and one.params or not (one.expression or default) and { n = 1, one.value } or nil)
  end
  add(arguments.params)
  return ("UPDATE %s SET %s%s"):format(quote(arguments.table), table.concat(set, ", "),
    fragment.clause(arguments.where, is_column)), params
end

--- DELETE, for the arguments of `delete`.
function sql.delete(arguments, is_column)
  return "DELETE FROM " .. quote(arguments.table) .. fragment.clause(arguments.where, is_column), arguments.params
end

-- What stands for an empty list: IN finds nothing, NOT IN everything.
local NOTHING = "SELECT 1 FROM DUAL WHERE FALSE"

-- A value as a statement of LuaFan binds it.
local function plain(value)
  if rawequal(value, values.null) then return nil end
  if type(value) == "table" and value.__berth then return value[1] end
  return value
end

--- A text whose arrays among the parameters have a placeholder for each value.
-- @treturn string
-- @treturn table the values, with `n`, as a statement's bind_param takes them
function sql.spread(text, params)
  local list = { n = 0 }
  local function add(value)
    list.n = list.n + 1
    list[list.n] = plain(value)
  end
  if not params then return text, list end
  local given = params.n or #params
  local result = fragment.replace_placeholders(text, function(n)
    local value = params[n]
    if n > given then return "?" end
    if type(value) ~= "table" or value.__berth or rawequal(value, values.null) then
      add(value)
      return "?"
    end
    for i = 1, #value do add(value[i]) end
    return #value > 0 and ("?" .. (", ?"):rep(#value - 1)) or NOTHING
  end)
  return result, list
end

return sql
