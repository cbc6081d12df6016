--- Models, as programs declare them, and tables, as the database has them.
--
-- A model maps column names to SQL types. Beside them it may have constraints
-- as keys (["foreign key (user_id)"] = "references users(id)"), raw entries in
-- its array part ("INDEX `x` (`x`)"), computed fields (functions), and the name
-- of its id column under FIELD_ID_KEY.
local errors = require "berth.errors"

local schema = {}

--- The key under which a model names its id column, if that is not `id`.
schema.FIELD_ID_KEY = setmetatable({}, { __tostring = function() return "FIELD_ID_KEY" end })

--- The key under which a model declares relations.
schema.RELATIONS = setmetatable({}, { __tostring = function() return "RELATIONS" end })

local ID_DEFINITION = "bigint primary key auto_increment not null"

local CONSTRAINTS = {
  "^foreign%s+key", "^primary%s+key", "^unique[%s%(]", "^fulltext[%s%(]", "^spatial[%s%(]",
  "^index[%s%(]", "^key[%s%(]", "^constraint[%s%(]", "^check[%s%(]",
}

-- Whether a key of a model is a constraint; a bare `key` or `index` is a column.
local function is_constraint(name)
  if not name:find("[%s%(]") then return false end
  local text = name:lower():gsub("^%s+", "")
  for _, pattern in ipairs(CONSTRAINTS) do
    if text:find(pattern) then return true end
  end
  return false
end

--- Whether a key of a model is a constraint, and no column.
schema.is_constraint = is_constraint

local function declares_primary_key(text)
  return text:lower():find("primary%s+key") ~= nil
end

local function sorted(list)
  table.sort(list)
  return list
end

-- Sorts the entries of a model by what they are.
local function classify(name, model)
  local found = { columns = {}, constraints = {}, computed = {}, raw = {} }
  for key, value in pairs(model) do
    local kind = type(value)
    if type(key) == "number" and kind == "string" then
      found.raw[key] = value
    elseif key == schema.FIELD_ID_KEY and kind == "string" then
      found.id = value
    elseif key == schema.RELATIONS and kind == "table" then
      found.relations = value
    elseif type(key) == "string" and kind == "function" then
      found.computed[key] = value
    elseif type(key) == "string" and kind == "string" then
      local group = is_constraint(key) and found.constraints or found.columns
      group[#group + 1] = key
    else
      error(("schema: %s.%s is a %s, but must be an SQL type or a function"):format(name, tostring(key), kind), 0)
    end
  end
  sorted(found.columns)
  sorted(found.constraints)
  return found
end

local function has_primary_key(model, found)
  for _, group in ipairs { found.columns, found.constraints } do
    for _, key in ipairs(group) do
      if declares_primary_key(key) or declares_primary_key(model[key]) then return true end
    end
  end
  for _, text in pairs(found.raw) do
    if declares_primary_key(text) then return true end
  end
  return false
end

-- The elements of a table for Register: id first, columns by name, then
-- constraints, then raw entries. The same model always gives the same list.
local function elements(model, found, id)
  local list = {}
  local function add(key, definition) list[#list + 1] = { name = key, definition = definition } end
  if model[id] then add(id, model[id]) end
  for _, key in ipairs(found.columns) do
    if key ~= id then add(key, model[key]) end
  end
  for _, key in ipairs(found.constraints) do add(key, model[key]) end
  local positions = {}
  for position in pairs(found.raw) do positions[#positions + 1] = position end
  for _, position in ipairs(sorted(positions)) do add("", found.raw[position]) end
  return list
end

--- What kind of values a column holds, from its SQL type: "datetime", "json".
local function kind_of(sql_type)
  return (sql_type:match("^%s*(%a+)") or ""):lower()
end

local NAME = "`?()[^`%s%(%),]+()`?%s*"
local REFERENCES = "references%s+" .. NAME .. "%(%s*" .. NAME .. "%)"
local FOREIGN_KEY = "foreign%s+key[^%(]*%(%s*" .. NAME .. "%)%s*" .. REFERENCES

-- The names that a pattern finds in a text of any case.
local function names_in(text, pattern)
  local at = { text:lower():match(pattern) }
  local names = {}
  for i = 1, #at, 2 do names[#names + 1] = text:sub(at[i], at[i + 1] - 1) end
  return names
end

--- The foreign keys of one column that a model declares, in any of the ways.
-- @tparam {table,...} list the elements of a table
-- @treturn {table,...} `column`, `table`, `referenced`
function schema.foreign_keys(list)
  local found = {}
  local function add(column, table, referenced)
    if referenced then found[#found + 1] = { column = column, table = table, referenced = referenced } end
  end
  for _, element in ipairs(list) do
    if element.name == "" or is_constraint(element.name) then
      local names = names_in(element.name .. " " .. element.definition, FOREIGN_KEY)
      add(names[1], names[2], names[3])
    else
      local names = names_in(element.definition, REFERENCES)
      add(element.name, names[1], names[2])
    end
  end
  return found
end

---@class berth.Table
---@field name string
---@field columns table      column by name: { name, kind }
---@field order string[]     the names of the columns in their order
---@field primary_key string[]
---@field computed table     functions by field name
---@field elements table     what is registered
---@field needs_id boolean   the model has no primary key: an id column is added
---@field foreign_keys table those of one column: { column, table, referenced }
---@field relations table    by name; see berth.relations
local function new_table(name, model)
  if type(name) ~= "string" or type(model) ~= "table" then
    error(("schema: %s is a %s, but must be a table of columns"):format(tostring(name), type(model)), 0)
  end
  local found = classify(name, model)
  local id = found.id or "id"
  local t = { name = name, columns = {}, order = {}, computed = found.computed, primary_key = { id },
    elements = elements(model, found, id), id = id, names_id = found.id ~= nil }
  t.declared_relations, t.foreign_keys = found.relations, schema.foreign_keys(t.elements)
  t.needs_id = model[id] == nil and not has_primary_key(model, found)
  for _, element in ipairs(t.elements) do
    local column = element.name
    if column ~= "" and not is_constraint(column) then
      t.order[#t.order + 1] = column
      t.columns[column] = { name = column, kind = kind_of(element.definition) }
    end
  end
  return t
end

--- Reads a schema. Raises an error that names what is wrong in it.
-- @treturn table the tables by name
function schema.read(models)
  if type(models) ~= "table" then
    error("pool.new: the schema is a " .. type(models) .. ", but must be a table of models", 0)
  end
  local tables = {}
  for name, model in pairs(models) do tables[name] = new_table(name, model) end
  return tables
end

--- Adds the id column that LuaFan adds to a model without a primary key.
function schema.add_id(t)
  table.insert(t.elements, 1, { name = t.id, definition = ID_DEFINITION })
  table.insert(t.order, 1, t.id)
  t.columns[t.id] = { name = t.id, kind = "bigint" }
  t.needs_id = false
end

--- The tables as arguments of Register, by name.
function schema.definitions(tables)
  local names, list = {}, {}
  for name in pairs(tables) do names[#names + 1] = name end
  for i, name in ipairs(sorted(names)) do
    list[i] = { name = name, elements = tables[name].elements }
  end
  return list
end

--- Takes over what the database says of a table: all its columns, its real key.
function schema.describe(t, description)
  if not description.columns or #description.columns == 0 then return end
  local columns, order = {}, {}
  for i, column in ipairs(description.columns) do
    local kind = kind_of(column.type or "")
    if kind == "" then kind = kind_of(column.sql_type or "") end
    order[i] = column.name
    columns[column.name] = { name = column.name, kind = kind }
  end
  t.columns, t.order = columns, order
  -- An id column that the model names finds rows, whatever the real key is.
  if not (t.names_id and columns[t.id]) then t.primary_key = description.primary_key or {} end
end

--- The primary key of a table; raises where there is none.
function schema.key_of(t, operation)
  if #t.primary_key == 0 then
    errors.raise { code = "NO_PRIMARY_KEY", table = t.name,
      message = ("table %q has no primary key, which row:%s() needs"):format(t.name, operation) }
  end
  return t.primary_key
end

return schema
