-- Calls of `safe` with one `one`, by coroutines in one thread:
--   lua_safe.lua COROUTINES SECONDS
-- Needs BERTH_ENDPOINT, the suite's berthd. Prints calls per second, and all
-- calls that it made. Zero coroutines: no event loop, blocking calls.
local berth = require "berth"
local core = require "berth_core"
local loop = require "support.loop"

local coroutines, seconds = tonumber(arg[1]), tonumber(arg[2])

local db = berth.new({
  sbtest = { id = "int not null primary key", k = "int not null default 0", c = "char(120) not null default ''",
    pad = "char(60) not null default ''" },
}, {
  database = "bench", pool_size = math.max(coroutines, 1), log = function() end,
  scheduler = { name = "benchmark", watch = function(source, ready) return loop.watch(source:fd(), ready) end },
})

local function one(ctx, id)
  return ctx.sbtest("one", "id = ?", id)
end

local function call(id)
  assert(db:safe(one, id).id == id)
end

local all, calls, stop = 0, 0, nil
local function work()
  while core.now() < stop do
    call(calls * 7919 % 100000 + 1)
    calls = calls + 1
  end
end

local function measure(length)
  calls, stop = 0, core.now() + length
  local started = core.now()
  if coroutines == 0 then
    work()
  else
    for _ = 1, coroutines do loop.spawn(work) end
    loop.run()
  end
  all = all + calls
  return calls / (core.now() - started)
end

measure(0.3) -- connections and streams
print(("%.0f %.0f"):format(measure(seconds), all))
db:close()
