--- Connections as LuaFan's programs use them: those of `fan.mariadb`, and that
--- of a context, `ctx._connection`, also `getmetatable(ctx).db`.
--
-- Methods report as LuaFan's do: a result, or `nil, "message"`, and the error
-- object as a third value.
local compat = require "berth.compat"
local cursor = require "berth.fan.cursor"
local errors = require "berth.errors"
local object = require "berth.fan.object"
local statement = require "berth.fan.statement"
local values = require "berth.values"

local connection = {}

-- Closes of statements that travel with one request.
local CLOSES = 16

-- Ends the session in good order; what is open in it is rolled back.
local function release(state)
  if state.owner then state.owner:close() else state.context:close() end
end

-- The service has the connection back at once, and nothing is waited for.
local function drop(state)
  local session = state.context.session
  if session then session:cancel() end
end

local Connection = object.class("MARIADB_CONNECTION_METATABLE", "connection", release, drop)

-- Sends the closes of statements that were closed meanwhile; their numbers.
local function send_closes(state)
  local ids, dropped = {}, state.dropped
  local session = state.context:open_session()
  while dropped[1] and #ids < CLOSES do
    ids[#ids + 1] = session:send("close_prepared", { handle = table.remove(dropped) })
  end
  return session, ids
end

-- Runs an operation: its result, or nil, a message and the error object.
local function try(state, operation, arguments)
  local session, ids
  if state.dropped[1] then
    state.context:settle()
    session, ids = send_closes(state)
  end
  local result, err = state.context:try(operation, arguments)
  -- Answers come in order, so these are there. Of a session that has ended they
  -- have nothing to say.
  for _, id in ipairs(ids or {}) do session:receive(id) end
  if result then return result end
  return nil, err.message, err
end

local function tried(state, operation, arguments)
  local result, message, err = try(state, operation, arguments)
  if result then return true end
  return nil, message, err
end

-- What LuaFan returns for one result: a cursor, or the affected rows.
local function outcome(state, result)
  if result.rows then return cursor.new(result) end
  local id = result.last_insert_id or 0
  if id ~= 0 then state.last_id = id end
  return result.affected or 0
end

local function check_text(text, method)
  if type(text) == "number" then return tostring(text) end
  if type(text) == "string" then return text end
  errors.misuse("bad argument #1 to '%s' (string expected, got %s)", method, type(text))
end

--- Runs a statement.
-- @treturn cursor|integer a cursor, or the affected rows; several for a CALL;
--   or nil, a message and the error object
Connection:method("execute", function(state, sql)
  sql = check_text(sql, "execute")
  if state.escapes ~= nil and sql:lower():find("sql_mode", 1, true) then state.escapes = nil end
  local result, message, err = try(state, "execute", { sql = sql })
  if not result then return nil, message, err end
  if not result.results then return outcome(state, result) end
  local outcomes = {}
  for i, one in ipairs(result.results) do outcomes[i] = outcome(state, one) end
  return compat.unpack(outcomes)
end)

--- Prepares a statement.
-- @treturn statement or nil, a message and the error object
Connection:method("prepare", function(state, sql)
  local arguments = { sql = check_text(sql, "prepare") }
  local prepared, message, err = try(state, "prepare", arguments)
  if not prepared and err.code == "LIMIT" then
    -- Those that nobody uses any more are closed when they are collected.
    collectgarbage()
    prepared, message, err = try(state, "prepare", arguments)
  end
  if not prepared then return nil, message, err end
  return statement.new(state, state.context:connection(), prepared)
end)

--- Switches autocommit; anything but false and nil is on.
Connection:method("autocommit", function(state, enabled)
  return tried(state, "autocommit", { enabled = not not enabled })
end)

--- Commits; without a transaction it does nothing.
Connection:method("commit", function(state)
  local session = state.context:open_session():state()
  if session and session.autocommit and not session.in_transaction then return true end
  return tried(state, "commit", {})
end)

--- Rolls back; without a transaction it does nothing.
Connection:method("rollback", function(state)
  return tried(state, "rollback", {})
end)

--- Asks the database for a sign of life.
Connection:method("ping", function(state)
  return tried(state, "ping", {})
end)

-- Character sets in which a backslash or a quote may be a part of a letter, so
-- that `escape` is none.
local UNSAFE = { big5 = true, cp932 = true, gbk = true, sjis = true }

--- Sets the character set that text is sent and told in.
Connection:method("setcharset", function(state, name)
  name = check_text(name, "setcharset")
  if not name:find("^[%w_]+$") then return nil, ("Unknown character set: '%s'"):format(name) end
  if UNSAFE[name:lower()] then return nil, ("text in %s cannot be escaped safely; use utf8mb4"):format(name) end
  return tried(state, "execute", { sql = "SET NAMES " .. name })
end)

local ESCAPES = {
  ["\0"] = "\\0", ["\n"] = "\\n", ["\r"] = "\\r", ["\\"] = "\\\\", ["'"] = "\\'", ['"'] = '\\"', ["\26"] = "\\Z",
}

-- How text is escaped in the session's sql_mode: it is asked for once.
local function find_escapes(state)
  local result, message, err = try(state, "execute",
    { sql = "SELECT @@sql_mode LIKE '%NO\\_BACKSLASH\\_ESCAPES%' AS plain" })
  if not result then return nil, message, err end
  local row = result.rows and result.rows[1]
  state.escapes = row and row.plain == 1 and { ["'"] = "''" } or ESCAPES
  return true
end

--- A string as it is written between single quotes in SQL. Placeholders are
--- better.
Connection:method("escape", function(state, text)
  text = check_text(text, "escape")
  if not state.escapes then
    local found, message, err = find_escapes(state)
    if not found then return nil, message, err end
  end
  return (text:gsub(".", state.escapes))
end)

--- The last generated id; 0 when there is none.
Connection:method("getlastautoid", function(state)
  local session = state.context:open_session():state()
  local id = session and session.last_insert_id or 0
  return id ~= 0 and id or state.last_id
end)

--- Makes the connection of a context. With `owner`, a pool of its own, closing
-- the connection closes that.
function connection.new(context, owner)
  return Connection:new { context = context, owner = owner, last_id = 0, dropped = {}, try = try, outcome = outcome,
    decoders = values.with_numbers(context.pool.decoders) }
end

--- The context that a connection works in; nil for anything else. Raises for a
--- closed one.
function connection.context_of(value)
  local state = type(value) == "userdata" and Connection:state(value)
  if not state then return nil end
  if state.closed then error("the connection is closed", 0) end
  return state.context
end

return connection
