-- Statements inside event loops, against a real service.
local core = require "berth_core"
local files = require "support.files"
local live = require "support.live"
local loops = require "support.loops"
local berth = require "berth"

local DATABASE = "berth_spec"
local isyieldable = coroutine.isyieldable
local describe_live = live.endpoint and describe or pending -- needs a server

local function new_pool(adapter, more)
  local settings = { database = DATABASE, pool_size = 100, scheduler = adapter, log = function() end }
  for key, value in pairs(more or {}) do settings[key] = value end
  return berth.new({}, settings)
end

-- Runs `f(spawn, sleep, adapter)` in a loop and raises what it raises.
local function within(entry, f)
  local loop = entry.make()
  local ok, err
  loop.run(function()
    ok, err = pcall(f, loop)
  end)
  if loop.leave then loop.leave() end
  if not ok then error(err, 0) end
end

-- Runs `n` coroutines and returns when all of them are done; their errors.
local function all(loop, n, f)
  local left, failures = n, {}
  for i = 1, n do
    loop.spawn(function()
      local ok, err = pcall(f, i)
      if not ok then failures[#failures + 1] = tostring(err) end
      left = left - 1
    end)
  end
  while left > 0 do loop.sleep(0.005) end
  assert.same({}, failures)
end

local function nap(db, seconds)
  return db:safe(function(ctx) return ctx:select("SELECT SLEEP(?) AS slept", seconds)[1].slept end)
end

for _, entry in ipairs(loops) do
  describe_live("inside " .. entry.name, function()
    it("the statements of a hundred coroutines overlap", function()
      within(entry, function(loop)
        local db = new_pool(loop.adapter)
        all(loop, 100, function() nap(db, 0) end) -- the service has its connections
        local best = math.huge
        for _ = 1, 4 do
          local started = core.now()
          all(loop, 100, function() assert(nap(db, 0.2) == 0) end)
          best = math.min(best, core.now() - started)
          if best <= 0.4 then break end
        end
        assert.is_true(best >= 0.2 and best <= 0.4, ("took %.3f s"):format(best))
        db:close()
      end)
    end)

    it("other coroutines go on while a statement runs", function()
      within(entry, function(loop)
        local db = new_pool(loop.adapter)
        local ticks, done = 0, false
        loop.spawn(function()
          while not done do
            loop.sleep(0.01)
            ticks = ticks + 1
          end
        end)
        nap(db, 0.3)
        done = true
        assert.is_true(ticks >= 5, ticks .. " ticks")
        db:close()
      end)
    end)

    it("waiters of a full pool are served in their order, one at a time", function()
      within(entry, function(loop)
        local db = new_pool(loop.adapter, { pool_size = 1 })
        local came, order, most, now = {}, {}, 0, 0
        all(loop, 10, function(i)
          came[#came + 1] = i -- Loops start their coroutines in any order.
          db:safe(function(ctx)
            order[#order + 1] = i
            now = now + 1
            most = math.max(most, now)
            ctx:select "SELECT SLEEP(0.01)"
            now = now - 1
          end)
        end)
        assert.equal(1, most)
        assert.equal(10, #order)
        assert.same(came, order)
        assert.equal(0, db:stats().in_use)
        db:close()
      end)
    end)

    it("a waiter gives up when its time is over", function()
      within(entry, function(loop)
        local db = new_pool(loop.adapter, { pool_size = 1, timeout = 0.1 })
        local held = db:pop()
        local started = core.now()
        local ok, err = pcall(nap, db, 0)
        assert.is_false(ok)
        assert.equal("POOL_SIZE", err.code)
        assert.is_true(core.now() - started >= 0.1)
        db:push(held)
        assert.equal(0, nap(db, 0))
        db:close()
      end)
    end)

    it("transactions, errors and calls outside of sessions are as ever", function()
      within(entry, function(loop)
        live.sql(DATABASE, "CREATE OR REPLACE TABLE looped (id INT PRIMARY KEY)")
        local db = new_pool(loop.adapter)
        db:transaction(function(ctx) ctx:insert "INSERT INTO looped VALUES (1)" end)
        local ok, err = pcall(db.transaction, db, function(ctx)
          ctx:insert "INSERT INTO looped VALUES (2)"
          ctx:insert "INSERT INTO looped VALUES (1)"
        end)
        assert.is_false(ok)
        assert.equal("DUPLICATE_KEY", err.code)
        -- Left open, it is rolled back when safe returns.
        db:safe(function(ctx)
          ctx:update "START TRANSACTION"
          ctx:insert "INSERT INTO looped VALUES (3)"
        end)
        assert.equal(1, live.value(DATABASE, "SELECT count(*) AS value FROM looped"))
        assert.is_table(db:stats().server)
        db:close()
      end)
    end)

    it("a large result comes a message at a time", function()
      within(entry, function(loop)
        local transport = require "berth.transport"
        local scheduler = require "berth.scheduler"
        local channel = transport.connect(live.endpoint, {}, scheduler.adapter(loop.adapter))
        local session = channel:open_session { database = DATABASE, timeout = 30 }
        local reader = assert(session:stream("execute",
          { sql = "SELECT seq, repeat('x', 1000) AS fill FROM seq_1_to_5000" }))
        local chunks, rows, last = 0, 0, nil
        for chunk in function() return reader:next() end do
          chunks, rows, last = chunks + 1, rows + #chunk, chunk[#chunk]
        end
        assert.equal(5000, rows)
        assert.equal(5000, last.seq)
        assert.equal(1000, #last.fill)
        assert.is_true(chunks > 1, chunks .. " chunks")
        assert.equal("seq", reader.columns[1].name)
        assert.equal(1, assert(session:call("execute", { sql = "SELECT 1 AS one" })).rows[1].one)
        session:finish()
        channel:close()
      end)
    end)

    it("what cannot be suspended blocks", function()
      within(entry, function(loop)
        local db = new_pool(loop.adapter)
        local list = { 3, 1, 2 }
        db:safe(function(ctx)
          table.sort(list, function(a, b) return ctx:select("SELECT ? < ? AS less", a, b)[1].less == 1 end)
        end)
        assert.same({ 1, 2, 3 }, list)
        db:close()
      end)
    end)

    it("pauses between attempts suspend, too", function()
      within(entry, function(loop)
        local away = new_pool(loop.adapter, { endpoint = "127.0.0.1:1", timeout = 2, retry_count = 2 })
        local ticks, done = 0, false
        loop.spawn(function()
          while not done do
            loop.sleep(0.005)
            ticks = ticks + 1
          end
        end)
        local ok, err = pcall(nap, away, 0)
        done = true
        assert.is_false(ok)
        assert.equal("UNAVAILABLE", err.status)
        assert.is_true(ticks > 3, ticks .. " ticks")
        away:close()
      end)
    end)
  end)
end

-- Waits until the service has every connection back.
local function assert_nothing_is_leased()
  local channel = core.connect(live.endpoint, {})
  local leased
  local deadline = core.now() + 10
  repeat
    leased = assert(channel:call("GetPoolStats")).in_use
    if leased == 0 then break end
    core.sleep(0.02)
  until core.now() >= deadline
  channel:close()
  assert.equal(0, leased)
end

describe_live("what is left behind", function()
  local loop = isyieldable and require "support.loop"

  -- Starts a statement that takes long and drops its coroutine.
  local function abandon(close)
    local fd -- what the statement waits for; nobody watches it
    local adapter = { name = "abandoned", wait = function(f) fd = f coroutine.yield() end }
    local db = new_pool(adapter)
    local co = coroutine.create(function() nap(db, 60) end)
    assert(coroutine.resume(co))
    assert.is_number(fd)
    assert.equal("suspended", coroutine.status(co))
    assert.equal(1, db:stats().in_use)
    return db, close and close(co)
  end

  if loop then
    it("is given back at once when the coroutine is collected", function()
      local db = abandon()
      collectgarbage()
      collectgarbage()
      assert_nothing_is_leased()
      assert.equal(0, db:stats().in_use)
      db:close()
    end)
  end

  if coroutine.close then
    it("is given back at once when the coroutine is closed", function()
      local db = abandon(coroutine.close)
      assert_nothing_is_leased()
      assert.equal(0, db:stats().in_use)
      db:close()
    end)
  end

  it("is given back when a context is dropped without push", function()
    local db = new_pool()
    db:pop():select "SELECT GET_LOCK('dropped', 0)"
    collectgarbage()
    collectgarbage()
    assert_nothing_is_leased()
    db:close()
  end)

  -- The memory of this process, in KiB.
  local function resident()
    collectgarbage()
    collectgarbage()
    return tonumber(files.read("/proc/self/status"):match "VmRSS:%s*(%d+)")
  end

  it("is nothing after many calls of safe, and memory stays flat", function()
    local db = new_pool()
    local n = math.floor(10000 * tonumber(os.getenv "BERTH_TEST_SCALE" or 0.1))
    local quarters = {}
    for i = 1, n do
      local ok = pcall(db.safe, db, function(ctx)
        ctx:select "SELECT 1"
        if i % 7 == 0 then ctx:update "START TRANSACTION" end
        if i % 10 == 0 then error "stop" end
        if i % 100 == 0 then ctx:select "SELEC" end
      end)
      assert.equal(i % 10 ~= 0, ok)
      if i % math.floor(n / 4) == 0 then quarters[#quarters + 1] = resident() end
    end
    -- What leaks does so in every quarter; an allocator's step is in one.
    local more = math.min(quarters[3] - quarters[2], quarters[4] - quarters[3])
    assert.is_true(more < 512, more .. " KiB more in a quarter")
    assert_nothing_is_leased()
    db:close()
  end)
end)

describe_live("outside of loops", function()
  it("a statement blocks, in coroutines as well", function()
    local db = new_pool(nil, { pool_size = 2 })
    local co = coroutine.wrap(function()
      local result = nap(db, 0)
      coroutine.yield(result)
    end)
    if coroutine.isyieldable then
      assert.equal(0, co())
    else
      assert.equal(0, nap(db, 0))
    end
    db:close()
  end)

  it("a loop may be declined", function()
    local db = new_pool("blocking")
    assert.equal(0, nap(db, 0))
    db:close()
  end)

  it("an unknown one is refused", function()
    local ok, err = pcall(new_pool, "carousel")
    assert.is_false(ok)
    assert.matches('scheduler "carousel" cannot be used', tostring(err), 1, true)
  end)
end)
