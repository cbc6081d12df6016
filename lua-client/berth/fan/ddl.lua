--- The schema of connections that are not of the service: what is missing is
--- made, as LuaFan does, and nothing else is touched.
local schema = require "berth.schema"
local values = require "berth.values"

local ddl = {}

-- Calls `visit` with each row of a query. What gives no cursor has no rows.
local function each_row(db, sql, visit)
  local cursor, message = db:execute(sql)
  if cursor == nil then error(message or "the connection gives no result for: " .. sql, 0) end
  local kind = type(cursor)
  if kind ~= "table" and kind ~= "userdata" then return end
  for row in function() return cursor:fetch() end do visit(row) end
  cursor:close()
end

local function names_of_tables(db)
  local names = {}
  each_row(db, "show tables", function(row)
    for _, name in pairs(row) do names[tostring(name):lower()] = true end
  end)
  return names
end

--- A table as the database has it: its columns in order and its primary key.
function ddl.describe(db, name)
  local found = { name = name, columns = {}, primary_key = {} }
  each_row(db, "show columns from " .. values.quote(name), function(row)
    if not row.Field then return end
    found.columns[#found.columns + 1] = { name = row.Field, type = row.Type }
    if row.Key == "PRI" then found.primary_key[#found.primary_key + 1] = row.Field end
  end)
  return found
end

local function text_of(element)
  if element.name == "" then return element.definition end
  if schema.is_constraint(element.name) then return element.name .. " " .. element.definition end
  return values.quote(element.name) .. " " .. element.definition
end

local function create(definition)
  local list = {}
  for i, element in ipairs(definition.elements) do list[i] = text_of(element) end
  return ("CREATE TABLE IF NOT EXISTS %s (%s) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"):format(
    values.quote(definition.name), table.concat(list, ", "))
end

-- Adds the changes that a table which is there needs: columns.
local function alter(changes, definition, found)
  if #found.columns == 0 then return end -- nothing is known of it
  local present = {}
  for _, column in ipairs(found.columns) do present[column.name:lower()] = true end
  for _, element in ipairs(definition.elements) do
    local name = element.name
    if name ~= "" and not schema.is_constraint(name) and not present[name:lower()] then
      changes[#changes + 1] = { table = definition.name,
        ddl = ("ALTER TABLE %s ADD %s"):format(values.quote(definition.name), text_of(element)) }
    end
  end
end

-- The definitions with those first that others refer to.
local function in_order(definitions)
  local by_name, list, seen = {}, {}, {}
  for _, definition in ipairs(definitions) do by_name[definition.name] = definition end
  local function visit(definition)
    if seen[definition.name] then return end
    seen[definition.name] = true
    for _, key in ipairs(schema.foreign_keys(definition.elements)) do
      if by_name[key.table] then visit(by_name[key.table]) end
    end
    list[#list + 1] = definition
  end
  for _, definition in ipairs(definitions) do visit(definition) end
  return list
end

--- What is missing in the database, as changes in their order.
function ddl.plan(db, definitions)
  local present, changes = names_of_tables(db), {}
  for _, definition in ipairs(in_order(definitions)) do
    if present[definition.name:lower()] then
      alter(changes, definition, ddl.describe(db, definition.name))
    else
      changes[#changes + 1] = { table = definition.name, ddl = create(definition) }
    end
  end
  return changes
end

--- Makes what is missing. Returns the tables as they are then.
function ddl.register(db, definitions)
  for _, change in ipairs(ddl.plan(db, definitions)) do
    local done, message = db:execute(change.ddl)
    if done == nil then error(message or "the connection has not run: " .. change.ddl, 0) end
  end
  local tables = {}
  for i, definition in ipairs(definitions) do tables[i] = ddl.describe(db, definition.name) end
  return tables
end

return ddl
