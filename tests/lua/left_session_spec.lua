-- Sessions that a coroutine leaves to its next one, above a native module that
-- only notes what it is asked.
local isyieldable = coroutine.isyieldable
local describe_loops = isyieldable and describe or pending -- nothing is suspended in 5.1

describe_loops("a session that ends inside a loop that calls back", function()
  local real, core, transport, log, dispatch, in_transaction

  local function note(...)
    log[#log + 1] = table.concat({ ... }, " ")
  end

  -- A session of the native module. Its answers come with the next dispatch.
  local function new_handle(notifier, key)
    local handle, last, answered = {}, 0, 0
    function handle.send(_, operation)
      note("send", operation)
      last = last + 1
      notifier:signal(key)
      return last
    end
    function handle.receive(_, id)
      local there = id <= answered
      answered = last
      return there and {}
    end
    function handle.opened() return true end
    function handle.alive() return true end
    function handle.in_transaction() return in_transaction end
    function handle.renew()
      if in_transaction then return false end
      note "renew"
      return true
    end
    function handle.finish()
      note "finish"
      return true
    end
    return handle
  end

  local function new_notifier()
    local keys = {}
    return {
      signal = function(_, key) keys[#keys + 1] = key end,
      timer = function() end,
      take = function()
        local taken = keys
        keys = {}
        return taken
      end,
    }
  end

  before_each(function()
    log, in_transaction = {}, false
    core = { now = function() return 0 end, notifier = new_notifier }
    function core.connect()
      return { close = function() end, session = function(_, options)
        note("session", options.database)
        return new_handle(options.notifier, options.key)
      end }
    end
    real = { package.loaded.berth_core, package.loaded["berth.transport"] }
    package.loaded.berth_core, package.loaded["berth.transport"] = core, nil
    transport = require "berth.transport"
  end)

  after_each(function()
    package.loaded.berth_core, package.loaded["berth.transport"] = real[1], real[2]
  end)

  -- Runs `f(open)` as a coroutine of a loop to its end.
  local function run(f)
    local channel = transport.connect("", {}, { name = "spec", watch = function(_, on_ready)
      dispatch = on_ready
      return function() end
    end })
    local co, options = coroutine.create(f), { one = { database = "one" }, two = { database = "two" } }
    assert(coroutine.resume(co, function(database) return channel:open_session(options[database]) end))
    while coroutine.status(co) ~= "dead" do dispatch() end
  end

  local function use(session, operation)
    assert(session:call(operation, {}))
    assert(session:finish())
  end

  it("is taken by the next one of its coroutine, and finished after the last", function()
    run(function(open)
      for _ = 1, 3 do use(open "one", "select") end
      note "over"
    end)
    assert.same({ "session one", "send select", "renew", "send select", "renew", "send select", "renew", "over",
      "finish" }, log)
  end)

  it("is finished when the coroutine gives way", function()
    run(function(open)
      use(open "one", "select")
      local other = open "two"
      use(other, "select")
    end)
    assert.same({ "session one", "send select", "renew", "session two", "send select", "finish", "renew",
      "finish" }, log)
  end)

  it("is finished at once after a statement that may leave something behind", function()
    run(function(open)
      use(open "one", "execute")
      use(open "one", "select")
    end)
    assert.same({ "session one", "send execute", "finish", "session one", "send select", "renew", "finish" }, log)
  end)

  it("is finished at once where a transaction is open", function()
    run(function(open)
      local session = open "one"
      assert(session:call("begin", {}))
      in_transaction = true
      assert(session:finish())
      note "over"
    end)
    assert.same({ "session one", "send begin", "send rollback", "finish", "over" }, log)
  end)

  it("is finished where nobody uses the one that has taken it", function()
    run(function(open)
      use(open "one", "select")
      assert(open("one"):finish())
      note "over"
    end)
    assert.same({ "session one", "send select", "renew", "renew", "over", "finish" }, log)
  end)

  it("reads as one that was not opened, and runs nothing more", function()
    run(function(open)
      local session = open "one"
      assert(session:call("select", {}))
      assert(session:finish())
      assert.is_true(session:state().autocommit)
      assert.is_false(session:alive())
      local result, err = session:call("select", {})
      assert.is_nil(result)
      assert.equal("SESSION_ENDED", err.code)
    end)
  end)
end)
