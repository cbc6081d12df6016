--- Rows: tables of nothing but their columns, which know where they come from.
--
-- What a row was when it was read is kept beside it, so `pairs` and JSON
-- encoders see columns only.
local errors = require "berth.errors"
local schema = require "berth.schema"
local values = require "berth.values"

local row = {}

-- row → { [1] = context, [2] = berth.Table, [3] = what is related by name,
-- column = value as read, … }
local origins = setmetatable({}, { __mode = "k" })

local CONTEXT, TABLE, RELATED = 1, 2, 3

local function origin_of(self, method)
  local origin = origins[self]
  if not origin then
    error(("row:%s() is called on a row that was deleted, or not as a method"):format(method), 3)
  end
  return origin
end

-- The condition that finds the row by the key it was read with.
local function key_condition(origin, operation)
  local parts, params = {}, { n = 0 }
  for i, name in ipairs(schema.key_of(origin[TABLE], operation)) do
    local value = origin[name]
    if value == nil then
      errors.raise { code = "NO_PRIMARY_KEY", table = origin[TABLE].name,
        message = ("the row has no value in its key column %q, which row:%s() needs"):format(name, operation) }
    end
    parts[i] = values.quote(name) .. " = ?"
    params[i], params.n = value, i
  end
  return table.concat(parts, " AND "), params
end

local function note_unknown_keys(self, origin)
  local t = origin[TABLE]
  for key in pairs(self) do
    if not t.columns[key] and not t.computed[key] and origin[key] == nil then
      origin[CONTEXT].pool:unknown_key(t, key, "update")
    end
  end
end

-- What changed since the row was read, in the order of the columns.
local function changes(self, origin)
  local t, set, now = origin[TABLE], {}, {}
  for position, name in ipairs(t.order) do
    local column, value = t.columns[name], rawget(self, name)
    local state = values.fingerprint(value, column)
    if state ~= origin[name] then
      now[name] = { state }
      if values.is_now(value, column) then
        set[#set + 1] = { column = name, expression = values.NOW }
      elseif values.is_raw(value) then
        set[#set + 1] = { column = name, expression = value.sql, params = value.params }
      elseif value == nil then
        set[#set + 1] = { column = name, value = values.null }
      else
        set[#set + 1] = { column = name, value = values.encode(value, column, position) }
      end
    end
  end
  return set, now
end

local methods = {}

--- Writes the columns that changed.
-- @treturn integer the number of changed rows, 0 when nothing is different
function methods:update()
  local origin = origin_of(self, "update")
  note_unknown_keys(self, origin)
  local set, now = changes(self, origin)
  if #set == 0 then return 0 end
  local where, params = key_condition(origin, "update")
  local result = origin[CONTEXT]:write("update",
    { table = origin[TABLE].name, set = set, where = where, params = params })
  for name, state in pairs(now) do origin[name] = state[1] end
  return result.affected
end

--- Deletes the row; what is left is a plain table.
-- @treturn integer the number of deleted rows
function methods:delete()
  local origin = origin_of(self, "delete")
  local where, params = key_condition(origin, "delete")
  local result = origin[CONTEXT]:write("delete", { table = origin[TABLE].name, where = where, params = params })
  origins[self] = nil
  setmetatable(self, nil)
  return result.affected
end

methods.remove = methods.delete

--- The methods of rows; `berth.relations` adds one.
row.methods = methods

--- The context and the table that a row was read from; `method` wants to know.
function row.origin(self, method)
  local origin = origin_of(self, method)
  return origin[CONTEXT], origin[TABLE]
end

--- Keeps what is related to a row beside it; a plain row takes it as a field.
function row.relate(self, name, value)
  local origin = origins[self]
  if not origin then
    self[name] = value
    return
  end
  origin[RELATED] = origin[RELATED] or {}
  origin[RELATED][name] = value
end

local metatables = setmetatable({}, { __mode = "k" }) -- berth.Table → metatable

local function metatable_of(t)
  local mt = metatables[t]
  if mt then return mt end
  mt = {
    __name = "berth.Row",
    __index = function(self, key)
      local compute = t.computed[key]
      local origin = origins[self]
      if not compute then
        if methods[key] then return methods[key] end
        local related = origin and origin[RELATED]
        return related and related[key]
      end
      return compute(origin and origin[CONTEXT].ctx, self, key)
    end,
  }
  metatables[t] = mt
  return mt
end

--- Makes a row object of a table of columns, in place.
function row.bind(context, t, columns)
  local origin = { context.owner or context, t } -- of a batch, its context
  for name, value in pairs(columns) do
    local kind = type(value)
    origin[name] = (kind == "string" or kind == "number") and value or values.fingerprint(value, t.columns[name])
  end
  origins[columns] = origin
  return setmetatable(columns, metatable_of(t))
end

return row
