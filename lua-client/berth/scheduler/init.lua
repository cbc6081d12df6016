--- How a statement waits: inside an event loop its coroutine is suspended, else
--- it blocks.
--
-- An adapter joins a loop; README.md has what it must offer.
local hub = require "berth.scheduler.hub"
local waits = require "berth.scheduler.waits"

local scheduler = {}

-- The loops that are looked for, by the module that a program inside them has
-- loaded.
local KNOWN = { { "cqueues", "cqueues" }, { "copas", "copas" }, { "fan", "luafan" }, { "luv", "luv" } }

-- In Lua 5.1 nothing can be suspended beyond a pcall, so nothing is.
local isyieldable = coroutine.isyieldable or function() return false end

--- The adapter of a pool's setting `scheduler`: a name, an adapter, or nil.
function scheduler.adapter(choice)
  if choice == nil or choice == "auto" then return nil end
  if type(choice) == "string" then
    local found, adapter = pcall(require, "berth.scheduler." .. choice)
    if not found then error(("scheduler %q cannot be used: %s"):format(choice, adapter), 0) end
    choice = adapter
  end
  if type(choice) ~= "table" or not (choice.wait or choice.watch or choice.active) then
    error("scheduler must be a name, or an adapter with wait or watch", 0)
  end
  return choice
end

-- Whether the running coroutine may be suspended by the adapter.
local function is_active(adapter)
  if not isyieldable() then return false end
  local active = adapter.active
  return active == nil or active()
end

local function find()
  for _, known in ipairs(KNOWN) do
    if package.loaded[known[1]] then
      local found, adapter = pcall(require, "berth.scheduler." .. known[2])
      if found and (adapter.found == nil or adapter.found()) and is_active(adapter) then return adapter end
    end
  end
end

local loops = setmetatable({}, { __mode = "k" })

--- The loop in which the running coroutine may be suspended; nil: block.
-- @tparam[opt] table choice the adapter that was chosen
-- @tparam table core the native module
function scheduler.current(choice, core)
  if not isyieldable() then return nil end
  local adapter
  if choice then
    adapter = is_active(choice) and choice
  else
    adapter = find()
  end
  if not adapter then return nil end
  local loop = loops[adapter]
  if not loop then
    loop = (adapter.wait and waits or hub).new(adapter, core)
    loops[adapter] = loop
  end
  return loop
end

--- Whether a coroutine that waits in `loop` may be suspended here and now.
function scheduler.may_suspend(loop)
  return is_active(loop.adapter)
end

--- Lets loops end that are kept running only by what no pool uses any more.
function scheduler.stop()
  for _, loop in pairs(loops) do loop:stop() end
end

return scheduler
