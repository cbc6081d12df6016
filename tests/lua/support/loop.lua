--- A small event loop with real descriptors: what a program may have beside the
--- loops that Berth knows. Both kinds of adapter are tested with it, and the
--- double of LuaFan is made of it.
local poll = require "berth_poll"

local loop = {}

local ready, sleeping, readers

local function reset()
  ready, sleeping, readers = {}, {}, {}
end
reset()

--- Runs `f` as a coroutine of the loop, now or when `run` is called.
function loop.spawn(f)
  ready[#ready + 1] = coroutine.create(f)
end

--- Suspends the running coroutine.
function loop.sleep(seconds)
  sleeping[coroutine.running()] = poll.now() + seconds
  coroutine.yield()
end

--- Suspends the running coroutine until a descriptor is readable.
function loop.wait(fd)
  local co = coroutine.running()
  readers[fd] = function()
    readers[fd] = nil
    ready[#ready + 1] = co
  end
  coroutine.yield()
end

--- Calls `on_ready` whenever a descriptor is readable; returns what ends that.
function loop.watch(fd, on_ready)
  readers[fd] = on_ready
  return function() readers[fd] = nil end
end

local function wake_sleepers()
  local now, first = poll.now(), nil
  for co, time in pairs(sleeping) do
    if time <= now then
      sleeping[co] = nil
      ready[#ready + 1] = co
    else
      first = math.min(first or time, time)
    end
  end
  return first
end

-- Seconds that nothing can happen for, but on descriptors; nil: nothing can.
local function patience()
  local first = wake_sleepers()
  if ready[1] then return 0 end
  if first then return math.max(first - poll.now(), 0) end
  return next(readers) and -1 or nil
end

local function step(seconds)
  local fds = {}
  for fd in pairs(readers) do fds[#fds + 1] = fd end
  for _, fd in ipairs(poll.wait(fds, seconds)) do
    if readers[fd] then readers[fd]() end
  end
  local batch = ready
  ready = {}
  for _, co in ipairs(batch) do
    local ok, err = coroutine.resume(co)
    if not ok then error(debug.traceback(co, tostring(err)), 0) end
  end
end

--- Runs until nothing is left to do, or `stop` was called.
function loop.run()
  loop.stopped = false
  local ok, err = pcall(function()
    while not loop.stopped do
      local seconds = patience()
      if not seconds then break end
      step(seconds)
    end
  end)
  reset()
  if not ok then error(err, 0) end
end

function loop.stop()
  loop.stopped = true
end

return loop
