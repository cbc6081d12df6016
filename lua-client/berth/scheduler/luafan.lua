--- Statements inside LuaFan's loop.
--
-- LuaFan lets nobody wait for a descriptor, but reads FIFOs: the native side
-- writes to one, which has no name any more once LuaFan has it open.
local fifo = require "fan.fifo"

return {
  name = "luafan",
  -- LuaFan's programs run in its loop; a FIFO that is made again for every
  -- statement would cost more than the statement.
  lingers = true,
  watch = function(source, on_ready)
    local path = assert(source:fifo(), "no FIFO can be made in $TMPDIR")
    local pipe, err = fifo.connect { name = path, rwmode = "rw", onread = function() on_ready() end }
    source:remove_fifo()
    assert(pipe, err)
    return function() pipe:close() end
  end,
}
