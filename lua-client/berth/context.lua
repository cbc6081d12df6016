--- Contexts: what `pool:safe` hands to its function. A context is one session,
--- and with it one connection to the database.
local batch = require "berth.batch"
local each = require "berth.each"
local connection = require "berth.fan.connection"
local errors = require "berth.errors"
local statement = require "berth.statement"
local tables = require "berth.table"
local transaction = require "berth.transaction"

local context = {}

---@class berth.Inside
---@field pool berth.Pool
---@field session table? the transport's session, while it is open
---@field ctx berth.Context what programs see
---@field timeout number? seconds for each request
local Context = {}
Context.__index = Context

--- The session; raises after the context has ended.
function Context:open_session()
  if not self.session then
    errors.raise { code = "SESSION_CLOSED",
      message = "session is closed: a context must not be used after the function that it was made for" }
  end
  return self.session
end

--- Reads a stream that is under way to its end: the connection is wanted.
function Context:settle()
  local session = self.session
  if session and session.source then each.settle(session.source) end
end

-- An error with what the caller gave. One of its own deadline is named so.
local function failure(err, arguments)
  return errors.new(err, { sql = arguments.sql or arguments.where, table = arguments.table })
end

--- Runs an operation. Returns nil and an error object where it fails.
-- @tparam string operation
-- @tparam table arguments
-- @tparam[opt] number timeout seconds; else those of the context
function Context:try(operation, arguments, timeout)
  self:settle()
  local finished = self.pool.observer and self.pool.observer(operation, arguments)
  local result, err = self:open_session():call(operation, arguments, timeout or self.timeout)
  if not result then err = failure(err, arguments) end
  if finished then finished(result, err) end
  return result, err
end

--- Runs an operation; raises where it fails.
function Context:call(operation, arguments, timeout)
  local result, err = self:try(operation, arguments, timeout)
  if not result then error(err, 0) end
  return result
end

--- Sends the request of a statement of a batch: its id, or nil and an error.
function Context:send(session, sent)
  sent.finished = self.pool.observer and self.pool.observer(sent.operation, sent.arguments)
  local id, err = session:send(sent.operation, sent.arguments, sent.timeout or self.timeout)
  if not id then err = failure(err, sent.arguments) end
  return id, err
end

--- Waits for the answer to what `send` has sent.
function Context:receive(session, sent)
  local result, err = session:receive(sent.id, sent.timeout or self.timeout)
  if not result then err = failure(err, sent.arguments) end
  if sent.finished then sent.finished(result, err) end
  return result, err
end

local UNARY = { update = "Update", delete = "Delete" }

--- Runs the write of a row: in the session while it is open, later by itself.
function Context:write(operation, arguments)
  if self.session then return self:call(operation, arguments) end
  return self.pool:call(UNARY[operation], arguments)
end

--- Runs `f()` so that it happens as a whole or not at all.
function Context:atomically(f)
  return transaction.atomically(self, f)
end

--- Gives the session back; what is open in it is rolled back.
-- @treturn boolean whether a transaction was left open
function Context:close()
  local session = self.session
  if not session then return false end
  if session.source then each.give_up(session.source) end
  local left_open = session:in_transaction()
  self.session = nil
  session:finish()
  return left_open
end

-- `abandon` is in pool.lua.
function Context:__close()
  context.abandon(self)
end

--- The inside of a ctx; nil for anything else.
function context.of(ctx)
  local mt = type(ctx) == "table" and getmetatable(ctx)
  return mt and mt.context
end

--- The connection of this context, made when it is wanted.
function Context:connection()
  return getmetatable(self.ctx).db
end

-- The methods of ctx. A table of the same name goes before, as in LuaFan.
local methods = { _readonly = false }

for name, run in pairs(statement) do
  methods[name] = function(ctx, ...) return run(context.of(ctx), ...) end
end

--- Runs `f(ctx, ...)` in a transaction; within one, as a part that is undone by
--- itself where it raises.
function methods.transaction(ctx, f, options, ...)
  if type(f) ~= "function" then errors.misuse("a function is expected, not a %s", type(f)) end
  return transaction.run(context.of(ctx), f, options, ctx, ...)
end

--- Sets the seconds that each further request may take; nil: no limit.
function methods.timeout(ctx, seconds)
  if seconds ~= nil and (type(seconds) ~= "number" or seconds ~= seconds or seconds <= 0) then
    errors.misuse("a timeout is a number of seconds above 0, or nil")
  end
  context.of(ctx).timeout = seconds
end

-- What a program sees of a table of a pool.
local function bind_table(inside, name, start)
  local t = inside.pool.tables[name]
  return t and tables.bind(inside, t, start)
end

-- The ctx of a batch: tables and statements, which `start` notes.
local function new_recorder_facade(recorder, start)
  return setmetatable({}, {
    __name = "berth.Batch",
    __index = function(batched, name)
      local bound = bind_table(recorder, name, start)
      if bound then
        rawset(batched, name, bound)
        return bound
      end
      local run = statement[name]
      return run and function(_, ...) return start(recorder, run, ...) end
    end,
  })
end

--- Runs `f(b)` and sends all statements that it gives `b` at once.
-- @treturn table the value of each statement
-- @treturn ?table the errors by the number of the statement
function methods.batch(ctx, f)
  if type(f) ~= "function" then errors.misuse("a function is expected, not a %s", type(f)) end
  return batch.run(context.of(ctx), new_recorder_facade, f)
end

-- What programs find in the metatable of a ctx, as in LuaFan, is made when they
-- do: `db`, `models`, `tables`.
local rare = {}

function rare.db(mt)
  return connection.new(mt.context)
end

function rare.models(mt)
  return mt.context.pool.models
end

function rare.tables(mt)
  return setmetatable({}, { __index = function(all, name)
    local bound = bind_table(mt.context, name)
    rawset(all, name, bound)
    return bound
  end })
end

local Rare = { __index = function(mt, key)
  local make = rare[key]
  if not make then return nil end
  local made = make(mt)
  rawset(mt, key, made)
  return made
end }

local function index(ctx, key)
  local mt = getmetatable(ctx)
  local bound = bind_table(mt.context, key)
  if bound then
    rawset(ctx, key, bound)
    return bound
  end
  if key == "_connection" then return mt.db end
  if key == "index" then return mt.context.index end -- as LuaFan's pool numbers them
  return methods[key]
end

--- Makes the context of a session.
-- @treturn berth.Inside the inside, whose `ctx` is what programs get
function context.new(pool, session)
  -- As one constructor, which makes the table at its size.
  local self = setmetatable({ pool = pool, session = session, index = pool.counters.opened,
    timeout = pool.settings.statement_timeout, ctx = nil, slot = nil, running = false }, Context)
  self.ctx = setmetatable({}, setmetatable({ __name = "berth.Context", __index = index, context = self }, Rare))
  return self
end

return context
