--- The seam between the Lua side and the wire, over the native module.
--
-- A pool takes any table with this shape as `transport`, so tests run without a
-- server:
--
--    transport.connect(endpoint, credentials) → channel
--    transport.now() → seconds; transport.sleep(seconds)
--    channel:open_session{database=, timeout=} → session, or nil, error
--    channel:call(method, arguments, timeout)  → result, or nil, error
--    channel:close()
--    session:call(operation, arguments)        → result, or nil, error
--    session:finish(), session:state(), session:alive()
local transport = {}

local core

-- The native module is loaded with the first pool, not with the first require,
-- so that schema files load without it.
local function native()
  core = core or require "berth_core"
  return core
end

local Channel = {}
Channel.__index = Channel

function Channel:open_session(options)
  return self.native:session(options)
end

function Channel:call(method, arguments, timeout)
  return self.native:call(method, arguments, timeout)
end

function Channel:close()
  self.native:close()
end

--- Makes a channel; nothing is sent before it is used.
function transport.connect(endpoint, credentials)
  return setmetatable({ native = native().connect(endpoint, credentials) }, Channel)
end

--- Seconds of a clock that never goes back.
function transport.now()
  return native().now()
end

local function find_sleep()
  if native().sleep then return native().sleep end
  for _, name in ipairs { "socket", "system" } do
    local found, module = pcall(require, name)
    if found and type(module) == "table" and module.sleep then return module.sleep end
  end
  return function(seconds)
    local wake = transport.now() + seconds
    while transport.now() < wake do end -- half a second at most, and only while the service is away
  end
end

local sleep

--- Waits, between two attempts to reach the service.
function transport.sleep(seconds)
  sleep = sleep or find_sleep()
  sleep(seconds)
end

return transport
