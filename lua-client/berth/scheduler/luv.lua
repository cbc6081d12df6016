--- Statements inside libuv's loop.
--
-- A coroutine waits by `coroutine.yield`, and a callback of the loop resumes
-- it. It is found by itself while `uv.run` runs; a program whose coroutines
-- begin before `uv.run` chooses it with `scheduler = "luv"`.
local uv = require "luv"

local polls = {}

return {
  name = "luv",
  found = function()
    return uv.loop_mode() ~= nil
  end,
  watch = function(source, on_ready)
    local fd = source:fd()
    local poll = polls[fd]
    if not poll then
      poll = assert(uv.new_poll(fd))
      polls[fd] = poll
    end
    poll:start("r", on_ready)
    return function() poll:stop() end
  end,
}
