--- The cursors of `conn:execute`: results that are held, so that several may be
--- read in turns.
local object = require "berth.fan.object"
local values = require "berth.values"

local cursor = {}

local function release(state)
  state.rows = nil
end

local Cursor = object.class("MARIADB_CURSOR_METATABLE", "cursor", release)

-- What LuaFan calls a type; what is not here is "undefined".
local WORDS = { CHAR = "string", VARCHAR = "string", ENUM = "string", SET = "string", UUID = "string", INET4 = "string",
  INET6 = "string", BINARY = "string", VARBINARY = "string", TEXT = "binary", BLOB = "binary", JSON = "binary",
  DATE = "date", DATETIME = "datetime", TIME = "time", TIMESTAMP = "timestamp", NULL = "null" }
for _, name in ipairs { "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "YEAR", "FLOAT", "DOUBLE", "DECIMAL" } do
  WORDS[name] = "number"
end

--- The next row as a table by column name; nil after the last, which closes the
--- cursor.
local function fetch(state)
  state.position = state.position + 1
  local row = state.rows[state.position]
  if row == nil then
    state.closed, state.ended, state.rows = true, true, nil
  end
  return row
end

Cursor:method("fetch", fetch)

-- After the end there is just nothing; LuaFan raises.
local fetch_open = Cursor.methods.fetch
function Cursor.methods.fetch(this)
  local state = Cursor:state(this)
  if state and state.ended then return nil end
  return fetch_open(this)
end

--- The names of the columns in their order.
Cursor:method("getcolnames", function(state)
  local names = {}
  for i, column in ipairs(state.columns) do names[i] = column.name end
  return names
end)

--- The types of the columns, such as "string(255)".
Cursor:method("getcoltypes", function(state)
  local types = {}
  for i, column in ipairs(state.columns) do
    types[i] = ("%s(%d)"):format(WORDS[column.type] or "undefined", column.length or 0)
  end
  return types
end)

--- The number of rows.
Cursor:method("numrows", function(state)
  return #state.rows
end)

--- Makes a cursor of a result with rows.
function cursor.new(result)
  return Cursor:new { rows = values.cursor_rows(result), columns = result.columns or {}, position = 0 }
end

return cursor
