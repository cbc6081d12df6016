--- A double of LuaFan's `fan` and `fan.fifo`, for what Berth uses of them.
--
-- As in LuaFan, `fan.loop(f)` runs `f` as a coroutine, `fan.sleep` suspends the
-- running one, nobody may wait for a descriptor, a FIFO is made if its path has
-- none and is refused if it is something else, and `onread` runs in the loop,
-- outside of any coroutine.
local loop = require "support.loop"
local poll = require "berth_poll"

local fan = { sleep = loop.sleep, loopbreak = loop.stop, gettime = poll.now }

function fan.loop(f)
  if f then loop.spawn(f) end
  loop.run()
end

local Fifo = {}
Fifo.__index = Fifo

function Fifo:close()
  if not self.fd then return end
  self.stop()
  poll.close(self.fd)
  self.fd = nil
end

local fifo = {}

function fifo.connect(options)
  assert(options.rwmode == "rw", "the double knows no other mode")
  local self = setmetatable({ fd = poll.open_fifo(options.name) }, Fifo)
  self.stop = loop.watch(self.fd, function()
    local data = poll.read(self.fd)
    if data then options.onread(data) end
  end)
  return self
end

return { fan = fan, fifo = fifo }
