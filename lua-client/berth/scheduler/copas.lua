--- Statements inside copas.
--
-- copas waits for sockets only, so each descriptor gets what copas needs of
-- one. It is found by itself where `copas.running` tells; copas 1.2, which has
-- no such flag, is chosen with `scheduler = "copas"`.
local copas = require "copas"

local Source = {}
Source.__index = Source

function Source:getfd() return self.fd end
function Source.dirty() return false end
function Source.close() end -- copas closes the last socket of a thread that ends
function Source.settimeout() end

-- Copas asks, waits until the descriptor is readable, and asks again.
function Source:receive()
  self.asked = not self.asked
  if self.asked then return nil, "timeout" end
  return ""
end

local sources = {}

return {
  name = "copas",
  found = function()
    return copas.running == true
  end,
  wait = function(fd)
    local source = sources[fd]
    if not source then
      source = setmetatable({ fd = fd }, Source)
      sources[fd] = source
    end
    source.asked = false
    copas.receive(source, 1)
  end,
}
