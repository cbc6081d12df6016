--- The seam between the Lua side and the wire, over the native module.
--
-- A pool takes any table with this shape as `transport`, so tests run without a
-- server:
--
--    transport.connect(endpoint, credentials, scheduler) → channel
--    transport.now() → seconds; transport.sleep(seconds, scheduler)
--    transport.waiter(scheduler) → waiter, or nil where nothing can be suspended
--    channel:open_session{database=, persist=, lease_idle=, max_result_bytes=}
--      → session, or nil, error; the table is kept, and may be given again
--    channel:call(method, arguments, timeout)  → result, or nil, error
--    channel:close()
--    session:call(operation, arguments, timeout) → result, or nil, error
--    session:send(operation, arguments, timeout) → id, or nil, error
--    session:receive(id, timeout)                → result, or nil, error
--    session:stream(operation, arguments, timeout) → reader, or nil, error
--    session:cancel(), session:finish(), session:state(), session:in_transaction(),
--    session:alive()
--    reader:next() → rows, or nil at the end, or nil, error; reader:close()
--    reader.bytes: the size of what `next` gave
--    waiter:pause(seconds), waiter:notify(), waiter:release()
--
-- The service takes 64 requests of a session ahead of its answers (its
-- `session.pipeline_depth`): who sends more must receive some in between.
--
-- A session opens with its first request, within one round trip. `persist` then
-- makes the attempts: it is called with a function, and what to call it with
-- behind the remaining time. The function returns a result, or nil, an error and
-- whether there is no use in another attempt; `persist` returns the result, or
-- nil and the error.
local scheduler = require "berth.scheduler"

local transport = {}

-- Seconds that a request may take without a timeout of its own.
local LONGEST = 60

local core

-- The native module is loaded with the first pool, not with the first require,
-- so that schema files load without it.
local function native()
  core = core or require "berth_core"
  return core
end

--- Seconds of a clock that never goes back.
function transport.now()
  transport.now = native().now
  return core.now()
end

--- What suspends the running coroutine; nil where nothing may be suspended.
function transport.waiter(choice)
  local loop = scheduler.current(choice, native())
  return loop and loop:take()
end

--- Waits, between two attempts to reach the service.
function transport.sleep(seconds, choice)
  local waiter = transport.waiter(choice)
  if not waiter then return native().sleep(seconds) end
  local wake = core.now() + seconds
  repeat
    waiter:pause(math.max(wake - core.now(), 0))
  until core.now() >= wake
  waiter:release()
end

-- Rows of one answer, a message at a time.
local Reader = {}
Reader.__index = Reader

local Session = {}
Session.__index = Session

-- What leaves nothing in a session but perhaps a transaction.
local PLAIN = { select = true, insert = true, update = true, delete = true, begin = true, commit = true,
  rollback = true, savepoint = true, ping = true }

-- Whether the native side is to return false rather than wait: where the
-- coroutine may be suspended.
local function polls(self)
  return self.waiter and scheduler.may_suspend(self.loop)
end

-- Suspends the coroutine until the native side has something, or for so many
-- seconds.
local function pause(self, seconds)
  if self.awaited then error("another coroutine waits for this session", 0) end
  self.awaited = true
  self.waiter:pause(seconds)
  self.awaited = false
end

-- How much longer than the service this side waits; see session.cc.
local function patience(timeout)
  return timeout and timeout + 1
end

-- Gives the rest of an answer up: it is cancelled, and what is on its way is
-- dropped.
local function drop(self, id)
  self.native:send("cancel", { request_id = id })
  local reader = setmetatable({ session = self, id = id, state = {} }, Reader)
  repeat until not reader:next()
end

-- Gives up an answer that is larger than this side may hold. Of a statement in
-- SQL nobody knows here whether it is a read.
local function refuse(self, id, operation)
  drop(self, id)
  return nil, { code = "LIMIT", status = "RESOURCE_EXHAUSTED", retry = "NEVER",
    outcome = operation == "select" and "NOT_DONE" or "UNKNOWN",
    message = ("the result is larger than max_result_bytes (%d bytes); read it row by row with each, "
      .. "or raise max_result_bytes"):format(self.options.max_result_bytes),
    metadata = { limit = "max_result_bytes", limit_value = ("%d"):format(self.options.max_result_bytes) } }
end

-- Waits for an answer; `polling` is what `polls` says. The native side knows
-- when its time is up.
local function receive(self, id, timeout, operation, polling)
  local handle, most = self.native, self.options.max_result_bytes
  local result, err, too_large = handle:receive(id, timeout, most, polling)
  while result == false do
    pause(self)
    result, err, too_large = handle:receive(id, timeout, most, polling)
  end
  if too_large then return refuse(self, id, operation) end
  return result, err
end

-- Sends once there is room for it.
local function send_later(self, operation, arguments, timeout)
  local deadline = core.now() + (patience(timeout) or LONGEST)
  local id, err
  repeat
    pause(self, math.max(deadline - core.now(), 0))
    id, err = self.native:send(operation, arguments, timeout, core.now() < deadline)
  until id ~= false
  return id, err
end

local function send(self, operation, arguments, timeout, polling)
  if not PLAIN[operation] then self.holds = true end
  local id, err = self.native:send(operation, arguments, timeout, polling)
  if id == false then return send_later(self, operation, arguments, timeout) end
  return id, err
end

local function call(self, operation, arguments, timeout)
  if not self.waiter then
    local result, err, too_large = self.native:call(operation, arguments, timeout, self.options.max_result_bytes)
    if too_large then return refuse(self, too_large, operation) end
    return result, err
  end
  local polling = polls(self)
  local id, err = send(self, operation, arguments, timeout, polling)
  if not id then return nil, err end
  return receive(self, id, patience(timeout), operation, polling)
end

-- Opens a native session, which opens with its first request.
local function new_handle(self, remaining)
  local options, waiter = self.options, self.waiter
  return self.channel.native:session { database = options.database, timeout = remaining,
    lease_idle = options.lease_idle, open_with_first_request = true,
    notifier = waiter and waiter.notifier, key = waiter and waiter.key }
end

-- One attempt at the first request, which opens the session.
local function attempt(remaining, self, operation, arguments, timeout)
  local handle = self.renewed
  self.renewed = nil
  if not handle then
    local failure
    handle, failure = new_handle(self, remaining)
    if not handle then return nil, failure end
  end
  self.native = handle
  local result, err = call(self, operation, arguments, timeout)
  if result then return result end
  -- Its time was the request's, not one to open a session in.
  if handle:opened() or err.status == "DEADLINE_EXCEEDED" then return nil, err, true end
  self.native = nil
  return nil, err
end

-- What makes the attempts where nobody else does: one.
local function once(f, ...)
  return f(nil, ...)
end

local function open_with(self, operation, arguments, timeout)
  return (self.options.persist or once)(attempt, self, operation, arguments, timeout)
end

-- An error of what was used after its end.
local function ended()
  return nil, { code = "SESSION_ENDED", status = "FAILED_PRECONDITION", outcome = "NOT_DONE", retry = "NEVER",
    message = "the session has ended" }
end

--- Runs an operation and waits for its answer.
function Session:call(operation, arguments, timeout)
  if self.native then return call(self, operation, arguments or {}, timeout) end
  if self.finished then return ended() end
  return open_with(self, operation, arguments or {}, timeout)
end

-- What is sent without waiting needs a session that is open.
local function opened(self)
  if self.native then return true end
  if self.finished then return ended() end
  return open_with(self, "rollback", {})
end

--- Sends an operation without waiting for its answer, which `receive` fetches.
function Session:send(operation, arguments, timeout)
  local ok, err = opened(self)
  if not ok then return nil, err end
  return send(self, operation, arguments or {}, timeout, polls(self))
end

--- Fetches the answer of what was sent.
function Session:receive(id, timeout)
  if not self.native then return ended() end
  return receive(self, id, patience(timeout), nil, polls(self))
end

--- Runs an operation whose rows are fetched a message at a time.
function Session:stream(operation, arguments, timeout)
  local id, err = self:send(operation, arguments, timeout)
  if not id then return nil, err end
  return setmetatable({ session = self, id = id, timeout = timeout, state = {} }, Reader)
end

--- The next rows; nil after the last, nil and an error where it fails.
function Reader:next()
  if not self.id then return nil end
  local session = self.session
  local handle = session.native
  if not handle then
    self.id = nil
    return ended()
  end
  local timeout, polling = patience(self.timeout), polls(session)
  local rows, more = handle:next(self.id, self.state, timeout, polling)
  while rows == false do
    pause(session)
    rows, more = handle:next(self.id, self.state, timeout, polling)
  end
  if not rows or not more then self.id = nil end
  if not rows then return nil, more end
  self.columns, self.truncated, self.bytes = self.state.columns, self.state.truncated, self.state.bytes
  -- The last message may have nothing but the end.
  if rows[1] == nil then return self:next() end
  return rows
end

--- Gives up the rest: it is cancelled, and what is on its way is dropped.
function Reader:close()
  local id, session = self.id, self.session
  self.id = nil
  if id and session.native then drop(session, id) end
end

--- Drops the session without an exchange with the service.
function Session:cancel()
  if self.native then self.native:cancel() end
  self:finish()
end

-- Leaves the session to the next one that is opened before the coroutine gives
-- way: that one ends it and opens in one message. False where that is no use.
local function leave(self, handle)
  local loop = self.loop
  if not (loop and loop.resuming) or loop.left or self.holds or self.awaited or not handle:renew() then
    return false
  end
  loop.left, self.renewed = self, handle
  return true
end

--- Ends a session that was left and that nobody has taken.
function Session:end_left()
  local handle, waiter = self.renewed, self.waiter
  self.renewed, self.waiter = nil, nil
  handle:finish()
  waiter:release()
end

--- Ends the session; a transaction that is open is rolled back. Returns when
--- what it held is free, but for a connection to MariaDB until the coroutine
--- gives way.
function Session:finish()
  if self.finished then return true end
  local handle, waiter = self.native or self.renewed, self.waiter
  if handle and leave(self, handle) then
    self.finished, self.native = true, nil
    return true
  end
  if handle and not self.awaited and polls(self) and handle:in_transaction() and handle:alive() then
    -- The end itself would block until the service has rolled back.
    call(self, "rollback", {})
  end
  self.finished, self.native, self.waiter, self.renewed = true, nil, nil, nil
  local ok, err = true, nil
  if handle then
    if self.awaited then handle:cancel() end -- its coroutine is gone
    ok, err = handle:finish()
  end
  if waiter then waiter:release() end
  return ok, err
end

--- The state as MariaDB told it with the last answer; of a session that is not
--- open, that of a new one.
function Session:state()
  return self.native and self.native:state() or { in_transaction = false, autocommit = true, last_insert_id = 0,
    affected_rows = 0, warning_count = 0 }
end

--- Whether a transaction is open.
function Session:in_transaction()
  return self.native ~= nil and self.native:in_transaction()
end

--- Whether the session can still be used, as far as is known.
function Session:alive()
  if self.native then return self.native:alive() end
  return not self.finished
end

local Channel = {}
Channel.__index = Channel

function Channel:open_session(options)
  local loop = scheduler.current(self.scheduler, core)
  local left, waiter, renewed = loop and loop.left, nil, nil
  if left and left.channel == self and left.options == options then
    waiter, renewed = left.waiter, left.renewed
    left.waiter, left.renewed, loop.left = nil, nil, nil
  elseif loop then
    waiter = loop:take()
  end
  -- As one constructor, which makes the table at its size.
  return setmetatable({ channel = self, loop = loop, options = options, waiter = waiter, renewed = renewed,
    native = nil, finished = false, awaited = false }, Session)
end

function Channel:call(method, arguments, timeout)
  local waiter = transport.waiter(self.scheduler)
  if not waiter then return self.native:call(method, arguments, timeout) end
  local handle, err = self.native:start(method, arguments, timeout, waiter.notifier, waiter.key)
  if not handle then
    waiter:release()
    return nil, err
  end
  while not handle:ready() do waiter:pause() end
  waiter:release()
  return handle:take()
end

function Channel:close()
  self.native:close()
  scheduler.stop()
end

--- Makes a channel; nothing is sent before it is used.
-- @tparam string endpoint the address of the service
-- @tparam table credentials `user`, `password`, `plaintext`
-- @tparam[opt] table choice the adapter of an event loop
function transport.connect(endpoint, credentials, choice)
  return setmetatable({ native = native().connect(endpoint, credentials), scheduler = choice }, Channel)
end

return transport
