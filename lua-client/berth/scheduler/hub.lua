--- Waiting where the loop calls back: one descriptor for all waiters, which
--- yield and are resumed here.
local resume, running, status, yield = coroutine.resume, coroutine.running, coroutine.status, coroutine.yield

local Waiter = {}
Waiter.__index = Waiter

--- Suspends the running coroutine until the waiter is notified, or for so many
--- seconds; spurious returns are normal.
function Waiter:pause(seconds)
  local hub = self.hub
  if seconds then self.notifier:timer(self.key, seconds) end
  hub.waiting[self.key] = running()
  hub.count = hub.count + 1
  if not hub.stop_watching then hub:start() end
  yield()
end

function Waiter:notify()
  self.notifier:signal(self.key)
end

function Waiter:release()
  self.hub.free[#self.hub.free + 1] = self
end

local Hub = {}
Hub.__index = Hub

function Hub:start()
  self.stop_watching = self.adapter.watch(self.notifier, function() self:dispatch() end)
end

--- Stops watching, so that the loop may end.
function Hub:stop()
  if self.stop_watching and self.count == 0 then
    self.stop_watching()
    self.stop_watching = nil
  end
end

-- Resumes a coroutine. What it left for itself is finished when it gives way.
function Hub:resume(co)
  self.resuming = true
  local ok, err = resume(co)
  self.resuming = false
  local left = self.left
  if left then
    self.left = nil
    left:end_left()
  end
  return ok, err
end

-- Resumes the coroutines whose keys came. An error of theirs is raised once
-- all have run.
function Hub:dispatch()
  local failure
  local keys, waiting = self.notifier:take(), self.waiting
  for i = 1, #keys do
    local co = waiting[keys[i]]
    if co then
      waiting[keys[i]] = nil
      self.count = self.count - 1
      if status(co) == "suspended" then
        local ok, err = self:resume(co)
        if not ok then failure = failure or debug.traceback(co, tostring(err)) end
      end
    end
  end
  if not self.adapter.lingers then self:stop() end
  if failure then error(failure, 0) end
end

--- A waiter for the running coroutine.
function Hub:take()
  local free = self.free
  local waiter = free[#free]
  if waiter then
    free[#free] = nil
    return waiter
  end
  self.last_key = self.last_key + 1
  return setmetatable({ hub = self, notifier = self.notifier, key = self.last_key }, Waiter)
end

local hub = {}

function hub.new(adapter, core)
  return setmetatable({ adapter = adapter, notifier = core.notifier(), waiting = {}, count = 0, last_key = 0,
    free = {} }, Hub)
end

return hub
