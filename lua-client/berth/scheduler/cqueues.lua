--- Statements inside cqueues.
local cqueues = require "cqueues"

return {
  name = "cqueues",
  -- Only in a coroutine that the controller itself resumes.
  active = function()
    local controller, direct = cqueues.running()
    return controller ~= nil and direct == true
  end,
  wait = function(fd)
    cqueues.poll { pollfd = fd, events = "r" }
  end,
}
