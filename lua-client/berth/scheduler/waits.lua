--- Waiting where the loop suspends coroutines itself: a descriptor for each
--- waiter.
local Waiter = {}
Waiter.__index = Waiter

--- Suspends the running coroutine until the waiter is notified, or for so many
--- seconds; spurious returns are normal.
function Waiter:pause(seconds)
  if seconds then self.notifier:timer(1, seconds) end
  self.adapter.wait(self.fd)
  self.notifier:take()
end

function Waiter:notify()
  self.notifier:signal(1)
end

function Waiter:release()
  self.owner.leased[self.place] = nil
  self.owner.free[#self.owner.free + 1] = self.place
end

local Waits = {}
Waits.__index = Waits

-- A place whose waiter was dropped without release. Descriptors are never
-- closed: loops remember those that they have seen.
local function find_dropped(self)
  collectgarbage()
  for place = 1, #self.notifiers do
    if not self.leased[place] then return place end
  end
end

local function new_place(self)
  local place = #self.notifiers + 1
  -- Now and then it is worth to look for dropped ones.
  local found = place > self.look_at and find_dropped(self)
  if found then return found end
  if place > self.look_at then self.look_at = 2 * place end
  self.notifiers[place] = self.core.notifier()
  return place
end

--- A waiter for the running coroutine.
function Waits:take()
  local place = table.remove(self.free) or new_place(self)
  local notifier = self.notifiers[place]
  local waiter = setmetatable({ owner = self, adapter = self.adapter, place = place, notifier = notifier,
    fd = notifier:fd(), key = 1 }, Waiter)
  self.leased[place] = waiter
  return waiter
end

--- Nothing is watched beyond a wait.
function Waits.stop() end

local waits = {}

function waits.new(adapter, core)
  return setmetatable({ adapter = adapter, core = core, notifiers = {}, free = {}, look_at = 64,
    leased = setmetatable({}, { __mode = "v" }) }, Waits)
end

return waits
