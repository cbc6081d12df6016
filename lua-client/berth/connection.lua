--- The connection of a context, as LuaFan's applications use it:
--- `ctx._connection`, also `getmetatable(ctx).db`.
--
-- Its methods report as LuaFan's do: `true`, or `nil, "message"`.
local compat = require "berth.compat"
local values = require "berth.values"

local connection = {}

local Cursor = { __name = "berth.Cursor" }
Cursor.__index = Cursor

--- The next row as a table by column name; nil after the last.
function Cursor:fetch()
  self.position = self.position + 1
  return self.rows[self.position]
end

--- Forgets the rows. False if it was closed before.
function Cursor:close()
  if self.closed then return false end
  self.closed, self.rows = true, {}
  return true
end

--- The names of the columns in their order.
function Cursor:getcolnames()
  local names = {}
  for i, column in ipairs(self.columns) do names[i] = column.name end
  return names
end

--- The number of rows.
function Cursor:numrows()
  return self.count
end

local function new_cursor(result)
  local rows = values.cursor_rows(result)
  return setmetatable({ rows = rows, columns = result.columns or {}, count = #rows, position = 0 }, Cursor)
end

local Connection = { __name = "berth.Connection" }
Connection.__index = Connection

-- What LuaFan returns for one result: a cursor, or the affected rows.
function Connection:_outcome(result)
  if result.rows then return new_cursor(result) end
  local id = result.last_insert_id or 0
  if id ~= 0 then self._last_id = id end
  return result.affected or 0
end

-- Runs an operation: its result, or nil and a message, and the error object.
local function try(self, operation, arguments)
  local result, err = self._context:try(operation, arguments)
  if result then return result end
  return nil, err.message, err
end

local function tried(self, operation, arguments)
  local result, message, err = try(self, operation, arguments)
  if result then return true end
  return nil, message, err
end

--- Runs a statement.
-- @treturn cursor|integer a cursor, or the affected rows; several for a CALL;
--   or nil, a message and the error object
function Connection:execute(sql)
  local result, message, err = try(self, "execute", { sql = sql })
  if not result then return nil, message, err end
  if not result.results then return self:_outcome(result) end
  local outcomes = {}
  for i, one in ipairs(result.results) do outcomes[i] = self:_outcome(one) end
  return compat.unpack(outcomes)
end

--- Switches autocommit; anything but false and nil is on.
function Connection:autocommit(enabled)
  return tried(self, "autocommit", { enabled = not not enabled })
end

-- Whether there is nothing to commit: LuaFan's commit is content with that.
local function is_idle(self)
  local state = self._context:open_session():state()
  return state and state.autocommit and not state.in_transaction
end

--- Commits; without a transaction it does nothing.
function Connection:commit()
  if is_idle(self) then return true end
  return tried(self, "commit", {})
end

--- Rolls back; without a transaction it does nothing.
function Connection:rollback()
  return tried(self, "rollback", {})
end

--- Asks the database for a sign of life.
function Connection:ping()
  return tried(self, "ping", {})
end

local ESCAPES = {
  ["\0"] = "\\0", ["\n"] = "\\n", ["\r"] = "\\r", ["\\"] = "\\\\", ["'"] = "\\'", ['"'] = '\\"', ["\26"] = "\\Z",
}

--- A string as it is written between quotes in SQL. Placeholders are better.
function Connection:escape(text)
  self._context:open_session()
  return (tostring(text):gsub(".", ESCAPES):gsub("%z", "\\0"))
end

--- The last generated id; 0 when there is none.
function Connection:getlastautoid()
  local state = self._context:open_session():state()
  local id = state and state.last_insert_id or 0
  return id ~= 0 and id or self._last_id
end

function Connection:__tostring()
  return "berth.Connection" .. (self._context.session and "" or " (closed)")
end

--- Makes the connection of a context.
function connection.new(context)
  return setmetatable({ _context = context, _last_id = 0 }, Connection)
end

return connection
