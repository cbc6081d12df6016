--- The event loops that this Lua has, for specs that run in each of them: the
--- real ones where they are installed, the double of LuaFan's, and a small one
--- with adapters as a user would write them.
--
-- Each has `name`, `adapter` (what a pool is given as `scheduler`; nil: it is
-- found), `run(f)` and, within, `spawn(f)` and `sleep(seconds)`.
local loops = {}

local isyieldable = coroutine.isyieldable

local function add(name, make)
  loops[#loops + 1] = { name = name, make = make }
end

add("a user's loop that suspends", function()
  local loop = require "support.loop"
  return { run = function(f) loop.spawn(f) loop.run() end, spawn = loop.spawn, sleep = loop.sleep,
    adapter = { name = "spec", wait = loop.wait } }
end)

add("a user's loop that calls back", function()
  local loop = require "support.loop"
  return { run = function(f) loop.spawn(f) loop.run() end, spawn = loop.spawn, sleep = loop.sleep,
    adapter = { name = "spec", watch = function(source, ready) return loop.watch(source:fd(), ready) end } }
end)

add("LuaFan (a double)", function()
  local double = require "support.luafan"
  package.loaded.fan, package.loaded["fan.fifo"] = double.fan, double.fifo
  package.loaded["berth.scheduler.luafan"] = nil
  local loop = require "support.loop"
  return {
    -- LuaFan's loop ends when it is told to.
    run = function(f) double.fan.loop(function() f() double.fan.loopbreak() end) end,
    spawn = loop.spawn, sleep = double.fan.sleep,
    leave = function()
      package.loaded.fan, package.loaded["fan.fifo"], package.loaded["berth.scheduler.luafan"] = nil, nil, nil
    end,
  }
end)

local function installed(name)
  local found, module = pcall(require, name)
  return found and module
end

local cqueues = installed "cqueues"
if cqueues then
  add("cqueues", function()
    local controller = cqueues.new()
    return {
      run = function(f) controller:wrap(f) assert(controller:loop()) end,
      spawn = function(f) controller:wrap(f) end, sleep = cqueues.sleep,
    }
  end)
end

local uv = installed "luv"
if uv then
  add("luv", function()
    local function spawn(f)
      local timer = uv.new_timer()
      timer:start(0, 0, function()
        timer:close()
        assert(coroutine.resume(coroutine.create(f)))
      end)
    end
    return {
      run = function(f) spawn(f) uv.run() end, spawn = spawn,
      sleep = function(seconds)
        local co, timer = coroutine.running(), uv.new_timer()
        timer:start(math.floor(seconds * 1000), 0, function()
          timer:close()
          assert(coroutine.resume(co))
        end)
        coroutine.yield()
      end,
    }
  end)
end

local copas = installed "copas"
if copas then
  add("copas", function()
    -- copas.loop of copas 1.2 never ends.
    local function run(f)
      local over, ok, why = false, nil, nil
      copas.addthread(function()
        ok, why = pcall(f)
        over = true
      end)
      repeat copas.step(0.01) until over
      if not ok then error(why, 0) end
    end
    -- Nor has it a sleep. Berth's own pauses do; a statement would keep its
    -- connection when the loop is left in the middle of it.
    local choice = copas.running == nil and "copas" or nil
    local adapter = choice and require "berth.scheduler.copas"
    local function sleep(seconds)
      require("berth.transport").sleep(seconds, adapter)
    end
    return { run = run, spawn = copas.addthread, sleep = copas.sleep or sleep,
      adapter = choice }
  end)
end

-- PUC Lua 5.1 suspends nothing beyond a pcall.
return isyieldable and loops or {}
