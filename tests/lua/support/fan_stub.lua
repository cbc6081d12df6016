--- The least `fan` that programs written for LuaFan's tests need: `f` runs as a
--- coroutine, and sleeping blocks.
local core = require "berth_core"

local fan = { sleep = core.sleep, loopbreak = function() end }

function fan.loop(f)
  local co = coroutine.create(f)
  local ok, err = coroutine.resume(co)
  if not ok then error(debug.traceback(co, tostring(err)), 0) end
end

--- Seconds and microseconds.
function fan.gettime()
  local now = core.now()
  return math.floor(now), math.floor((now % 1) * 1e6)
end

return fan
