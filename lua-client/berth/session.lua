--- Sessions above the native module: what `berth.transport` opens.
--
-- Inside an event loop the native side returns false rather than wait, and the
-- coroutine is suspended here.
local reader = require "berth.reader"
local scheduler = require "berth.scheduler"

local session = {}

-- Seconds that may pass until there is room for a request without a timeout.
local LONGEST = 60

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

Session.polls, Session.pause = polls, pause

-- How much longer than the service this side waits; see session.cc.
local function patience(timeout)
  return timeout and timeout + 1
end

-- Gives up an answer that is larger than this side may hold. Of a statement in
-- SQL nobody knows here whether it is a read.
local function refuse(self, id, operation)
  reader.new(self, id):close()
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
  local now = require("berth_core").now
  local deadline = now() + (patience(timeout) or LONGEST)
  local id, err
  repeat
    pause(self, math.max(deadline - now(), 0))
    id, err = self.native:send(operation, arguments, timeout, now() < deadline)
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

Session.ended = ended

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
  return reader.new(self, id, patience(timeout))
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

--- Makes a session on a channel, which opens with its first request.
-- @tparam table channel with `native`
-- @tparam table options `database`, `persist`, `lease_idle`, `max_result_bytes`
-- @tparam[opt] table loop where its coroutines are suspended
function session.new(channel, options, loop)
  local left, waiter, renewed = loop and loop.left, nil, nil
  if left and left.channel == channel and left.options == options then
    waiter, renewed = left.waiter, left.renewed
    left.waiter, left.renewed, loop.left = nil, nil, nil
  elseif loop then
    waiter = loop:take()
  end
  -- As one constructor, which makes the table at its size.
  return setmetatable({ channel = channel, loop = loop, options = options, waiter = waiter, renewed = renewed,
    native = nil, finished = false, awaited = false }, Session)
end

return session
