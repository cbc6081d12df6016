--- Rows: tables of nothing but their columns, which know where they come from.
--
-- What a row was when it was read is kept in its metatable, so `pairs` and JSON
-- encoders see columns only.
local errors = require "berth.errors"
local schema = require "berth.schema"
local values = require "berth.values"

local row = {}

-- The metatable of a row is its origin: its context, the layout of the values
-- that were read, what is related by name, columns that were written but not
-- read, then the values as read. A row costs one table beside itself.
local CONTEXT, LAYOUT, RELATED, WRITTEN, FIRST = 1, 2, 3, 4, 5

local NAME = "berth.Row"

-- The origin of what may be a row.
local function find_origin(self)
  local origin = getmetatable(self)
  return type(origin) == "table" and rawget(origin, "__name") == NAME and origin or nil
end

-- The value of a column as read or written last.
local function known(origin, name)
  local position = origin[LAYOUT].position[name]
  if position then return origin[position] end
  return origin[WRITTEN] and origin[WRITTEN][name] or nil
end

local function note(origin, name, value)
  local position = origin[LAYOUT].position[name]
  if position then
    origin[position] = value
    return
  end
  origin[WRITTEN] = origin[WRITTEN] or {}
  origin[WRITTEN][name] = value
end

local function origin_of(self, method)
  local origin = find_origin(self)
  if not origin then
    error(("row:%s() is called on a row that was deleted, or not as a method"):format(method), 3)
  end
  return origin
end

-- The condition that finds the row by the key it was read with.
local function key_condition(origin, operation)
  local parts, params = {}, { n = 0 }
  local t = origin[LAYOUT].table
  for i, name in ipairs(schema.key_of(t, operation)) do
    local value = known(origin, name)
    if value == nil then
      errors.raise { code = "NO_PRIMARY_KEY", table = t.name,
        message = ("the row has no value in its key column %q, which row:%s() needs"):format(name, operation) }
    end
    parts[i] = values.quote(name) .. " = ?"
    params[i], params.n = value, i
  end
  return table.concat(parts, " AND "), params
end

local function note_unknown_keys(self, origin)
  local t = origin[LAYOUT].table
  for key in pairs(self) do
    if not t.columns[key] and not t.computed[key] and known(origin, key) == nil then
      origin[CONTEXT].pool:unknown_key(t, key, "update")
    end
  end
end

-- What changed since the row was read, in the order of the columns.
local function changes(self, origin)
  local t, set, now = origin[LAYOUT].table, {}, {}
  for position, name in ipairs(t.order) do
    local column, value = t.columns[name], rawget(self, name)
    local state = values.fingerprint(value, column)
    if state ~= known(origin, name) then
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
    { table = origin[LAYOUT].table.name, set = set, where = where, params = params })
  for name, state in pairs(now) do note(origin, name, state[1]) end
  return result.affected
end

--- Deletes the row; what is left is a plain table.
-- @treturn integer the number of deleted rows
function methods:delete()
  local origin = origin_of(self, "delete")
  local where, params = key_condition(origin, "delete")
  local result = origin[CONTEXT]:write("delete",
    { table = origin[LAYOUT].table.name, where = where, params = params })
  setmetatable(self, nil)
  return result.affected
end

methods.remove = methods.delete

--- The methods of rows; `berth.relations` adds one.
row.methods = methods

--- The context and the table that a row was read from; `method` wants to know.
function row.origin(self, method)
  local origin = origin_of(self, method)
  return origin[CONTEXT], origin[LAYOUT].table
end

--- Keeps what is related to a row beside it; a plain row takes it as a field.
function row.relate(self, name, value)
  local origin = find_origin(self)
  if not origin then
    self[name] = value
    return
  end
  origin[RELATED] = origin[RELATED] or {} -- it is false before
  origin[RELATED][name] = value
end

-- What finds the keys of a row that are no columns of its own.
local function new_index(t)
  return function(self, key)
    local origin = find_origin(self)
    local compute = t.computed[key]
    if compute then return compute(origin and origin[CONTEXT].ctx, self, key) end
    if methods[key] then return methods[key] end
    local related = origin and origin[RELATED]
    return related and related[key] or nil
  end
end

-- `description` tells which columns are shown as text and numbers, as they are
-- compared; without it none is known to be.
local function new_layout(t, names, description)
  local position, turned = {}, {}
  for i, name in ipairs(names) do
    position[name] = FIRST - 1 + i
    if not description or values.may_be_turned(description[i]) then turned[#turned + 1] = i end
  end
  return { table = t, names = names, position = position, turned = turned, index = new_index(t) }
end

-- description of columns → berth.Table → layout. The transport gives results of
-- the same columns the same description.
local layouts = setmetatable({}, { __mode = "k" })

local function layout_of(t, description)
  local of_tables = layouts[description]
  if not of_tables then
    of_tables = setmetatable({}, { __mode = "k" })
    layouts[description] = of_tables
  end
  local layout = of_tables[t]
  if not layout then
    local names = {}
    for i, column in ipairs(description) do names[i] = column.name end
    layout = new_layout(t, names, description)
    of_tables[t] = layout
  end
  return layout
end

local function names_of(columns)
  local names = {}
  for name in pairs(columns) do names[#names + 1] = name end
  return names
end

--- Makes a row object of a table of columns, in place.
-- @tparam berth.Inside context
-- @tparam berth.Table t
-- @tparam table columns the values by name
-- @tparam[opt] table description the columns of the result
function row.bind(context, t, columns, description)
  local layout = description and layout_of(t, description) or new_layout(t, names_of(columns))
  local names = layout.names
  -- As one constructor, which makes the table at its size; most have no more.
  local origin = { context.owner or context, layout, false, false, -- of a batch, its context
    columns[names[1]], columns[names[2]], columns[names[3]], columns[names[4]],
    columns[names[5]], columns[names[6]], columns[names[7]], columns[names[8]],
    __index = layout.index, __name = NAME }
  for i = 9, #names do origin[FIRST - 1 + i] = columns[names[i]] end
  local turned = layout.turned
  for n = 1, #turned do
    local i = turned[n]
    origin[FIRST - 1 + i] = values.fingerprint(origin[FIRST - 1 + i], t.columns[names[i]])
  end
  return setmetatable(columns, origin)
end

return row
