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
local session = require "berth.session"

local transport = {}

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

local Channel = {}
Channel.__index = Channel

function Channel:open_session(options)
  return session.new(self, options, scheduler.current(self.scheduler, core))
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
