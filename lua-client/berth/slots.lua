--- The most sessions that a pool has open at once, and who waits for one.
--
-- Waiters are served in the order in which they came. Slots and waiters that
-- were dropped with their coroutine count no more.
local slots = {}

local Slots = {}
Slots.__index = Slots

local function recount(self)
  local n = 0
  for _ in pairs(self.taken) do n = n + 1 end
  self.count = n
  return n
end

--- How many slots are taken.
function Slots:in_use()
  return recount(self)
end

local function grant(self)
  local slot = self.spare or {}
  self.spare = nil
  self.taken[slot] = true
  self.count = self.count + 1
  return slot
end

-- The waiter that came first; those that were dropped are passed over.
local function first(self)
  while self.head <= self.tail do
    local entry = self.queue[self.head]
    if entry and not entry.slot then return entry end
    self.queue[self.head] = nil
    self.head = self.head + 1
  end
end

local function has_room(self)
  if self.count < self.size then return true end
  if recount(self) < self.size then return true end
  -- Sessions whose contexts were dropped without push.
  collectgarbage()
  return recount(self) < self.size
end

-- Waits in the queue. Nil and a reason where no slot came in time.
local function wait(self, waiter, transport, timeout)
  local entry = { waiter = waiter }
  self.tail = self.tail + 1
  self.queue[self.tail] = entry
  local place, deadline = self.tail, transport.now() + timeout
  repeat
    waiter:pause(math.max(deadline - transport.now(), 0))
  until entry.slot or self.closed or transport.now() >= deadline
  waiter:release()
  if not entry.slot then self.queue[place] = nil end
  return entry.slot, "timeout"
end

--- Takes a slot. Suspends the coroutine while none is free; where it cannot be
--- suspended nobody could give one back.
-- @treturn[1] table the slot
-- @treturn[2] nil
-- @treturn[2] string "timeout", or nil where it could not wait
function Slots:take(transport, settings)
  if self.count < self.size and self.head > self.tail then return grant(self) end
  if not first(self) and has_room(self) then return grant(self) end
  local waiter = transport.waiter and transport.waiter(settings.scheduler)
  if waiter then return wait(self, waiter, transport, settings.timeout) end
  if has_room(self) then return grant(self) end
end

--- Gives a slot back, to whoever waits longest. It is not to be used any more.
function Slots:give(slot)
  if not self.taken[slot] then return end
  self.taken[slot] = nil
  self.count = self.count - 1
  slot.holder = nil
  self.spare = slot
  local entry = self.head <= self.tail and self.count < self.size and first(self)
  if entry then
    entry.slot = grant(self)
    entry.waiter:notify()
  end
end

--- Iterates over what has a slot, as its taker has noted it in `slot.holder`.
function Slots:holders()
  local slot
  return function()
    repeat slot = next(self.taken, slot) until slot == nil or slot.holder
    return slot and slot.holder
  end
end

--- Sends the waiters away.
function Slots:close()
  self.closed = true
  for place = self.head, self.tail do
    local entry = self.queue[place]
    if entry then entry.waiter:notify() end
  end
end

function slots.new(size)
  return setmetatable({ size = size, count = 0, head = 1, tail = 0,
    taken = setmetatable({}, { __mode = "k" }), queue = setmetatable({}, { __mode = "v" }) }, Slots)
end

return slots
