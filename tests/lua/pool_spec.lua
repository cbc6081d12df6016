local errors = require "berth.errors"
local new_mock = require "support.mock"
local pool = require "mariadb.pool"
local berth = require "berth"

local function nothing() end

describe("a pool", function()
  local mock, saved

  before_each(function()
    saved = package.loaded.config
    package.loaded.config = {}
    mock = new_mock()
  end)
  after_each(function() package.loaded.config = saved end)

  local function new(schema, settings)
    return pool.new(schema or {}, mock.settings(settings))
  end

  it("sends nothing before its first use", function()
    new({ users = { name = "text" } })
    assert.is_nil(mock.endpoint)
    assert.same({}, mock.calls)
  end)

  it("dials the endpoint with its credentials", function()
    new(nil, { endpoint = "berth:1", user = "u", password = "p" }):safe(nothing)
    assert.equal("berth:1", mock.endpoint)
    assert.same({ user = "u", password = "p" }, mock.credentials)
  end)

  it("reads config when it is made", function()
    package.loaded.config = { mariadb = { database = "late" } }
    new():safe(nothing)
    assert.equal("late", mock.sessions[1].database)
  end)

  it("names the caller's line for a wrong schema", function()
    local ok, message = pcall(function() pool.new({ users = 1 }) end)
    assert.is_false(ok)
    assert.matches("pool_spec.lua:%d+: schema: users", message)
  end)

  describe("registers its schema", function()
    it("once, with warnings, and logs conflicts", function()
      mock.answers.Register = { conflicts = { { table = "users", element = "name", wanted = "text", actual = "int" } } }
      local db = new({ users = { id = "int primary key", name = "text" } })
      db:safe(nothing)
      db:safe(nothing)
      assert.equal(1, #mock:called "Register")
      assert.equal("warn", mock:last("Register").on_conflict)
      assert.same({ 'table "users", name: declared text, the database has int, which holds' }, mock.lines)
    end)

    it("again when the first time failed", function()
      mock.answers.Register = function() return nil, { message = "no", code = "SCHEMA_CONFLICT" } end
      local db = new({ users = { id = "int primary key" } })
      assert.has_error(function() db:safe(nothing) end)
      mock.answers.Register = {}
      db:safe(nothing)
      assert.equal(2, #mock:called "Register")
    end)

    it("with an id column for a model without a key", function()
      mock.answers.GetTable = function() return nil, { code = "UNKNOWN_TABLE" } end
      new({ users = { name = "text" } }):safe(nothing)
      assert.equal("id", mock:last("Register").tables[1].elements[1].name)
    end)

    it("without one where the table has a key of its own", function()
      mock.answers.GetTable = { table = { name = "worlds", primary_key = { "ID" } } }
      new({ worlds = { name = "text" } }):safe(nothing)
      assert.equal("name", mock:last("Register").tables[1].elements[1].name)
    end)
  end)

  describe("safe", function()
    it("passes arguments and returns all values, nils included", function()
      local count = select("#", new():safe(function(_, a, b) return nil, a, b, nil end, 1, nil))
      assert.equal(4, count)
      assert.same({ nil, 1 }, { new():safe(function(_, a) return nil, a end, 1) })
    end)

    it("raises an error of any type unchanged, after giving the session back", function()
      local db = new()
      for _, thrown in ipairs { "text", { a = 1 }, 42, errors.new("e") } do
        local before = mock.finished
        local ok, err = pcall(db.safe, db, function() error(thrown, 0) end)
        assert.is_false(ok)
        assert.equal(thrown, err)
        assert.equal(before + 1, mock.finished)
      end
      assert.has_error(function() db:safe(function() error(nil, 0) end) end)
      assert.equal(0, db:stats().in_use)
    end)

    it("returns nil, message and object with errors = return", function()
      local thrown = errors.new { message = "m", code = "C" }
      local value, message, err = new(nil, { errors = "return" }):safe(function() error(thrown, 0) end)
      assert.is_nil(value)
      assert.equal("m", message)
      assert.equal(thrown, err)
      assert.same({ "pool:safe: m" }, mock.lines)
    end)

    it("says so when a transaction is left open", function()
      new():safe(function() mock.state.in_transaction = true end)
      assert.equal(1, #mock.lines)
      assert.is_false(mock.state.in_transaction)
    end)

    it("closes the context at the end", function()
      local db, kept = new({ users = { id = "int primary key" } })
      db:safe(function(ctx) kept = ctx end)
      for _, use in ipairs {
        function() kept.users("list") end,
        function() kept:select("select 1") end,
        function() kept._connection:ping() end,
      } do
        local ok, err = pcall(use)
        assert.is_false(ok)
        assert.equal("SESSION_CLOSED", err.code)
        assert.matches("session is closed", err.message, 1, true)
      end
    end)

    it("refuses what is no function", function()
      assert.has_error(function() new():safe(1) end)
    end)

    it("raises when all sessions are in use, naming pool_size", function()
      local db = new(nil, { pool_size = 1 })
      local ok, err = pcall(db.safe, db, function() db:safe(nothing) end)
      assert.is_false(ok)
      assert.equal("POOL_SIZE", err.code)
      assert.matches("pool_size = 1", err.message, 1, true)
      db:safe(nothing)
    end)

    it("retries opening its session, with pauses", function()
      local away = { message = "away", status = "UNAVAILABLE", retryable = true }
      mock.open_failures = { away, away }
      new():safe(nothing)
      assert.equal(3, #mock.sessions)
      assert.equal(2, mock.slept)
    end)

    it("gives up after retry_count, or at once when repeating is no use", function()
      local away = { message = "away", retryable = true, status = "UNAVAILABLE" }
      mock.open_failures = { away, away, away, away, away }
      assert.has_error(function() new(nil, { retry_count = 2 }):safe(nothing) end)
      assert.equal(3, #mock.sessions)
      mock = new_mock()
      mock.open_failures = { { message = "who?", code = "CREDENTIALS", status = "UNAUTHENTICATED" } }
      assert.has_error(function() new():safe(nothing) end)
      assert.equal(1, #mock.sessions)
    end)

    it("never runs its function twice", function()
      local runs = 0
      pcall(function()
        new():safe(function()
          runs = runs + 1
          errors.raise { message = "deadlock", retry = "TRANSACTION", retryable = true }
        end)
      end)
      assert.equal(1, runs)
    end)
  end)

  describe("transaction", function()
    it("commits and returns all values", function()
      local a, b, c = new():transaction(function(_, x) return x, nil, 3 end, { isolation = "SERIALIZABLE" }, 1)
      assert.same({ 1, nil, 3 }, { a, b, c })
      assert.equal("serializable", mock:last("begin").isolation)
      assert.equal(1, #mock:called "commit")
    end)

    it("does not commit what raised", function()
      local ok, err = pcall(function() new():transaction(function() error("no", 0) end) end)
      assert.is_false(ok)
      assert.equal("no", err)
      assert.equal(0, #mock:called "commit")
    end)

    it("runs again after a deadlock, retries times at most", function()
      local runs = 0
      local function deadlock()
        runs = runs + 1
        if runs < 3 then errors.raise { message = "deadlock", code = "DEADLOCK", retry = "TRANSACTION" } end
        return runs
      end
      assert.equal(3, new():transaction(deadlock))
      runs = -10
      assert.has_error(function() new():transaction(deadlock, { retries = 1 }) end)
      assert.equal(-8, runs)
    end)

    it("leaves alone a transaction that its function ended", function()
      new():transaction(function(ctx) ctx._connection:rollback() end)
      assert.equal(0, #mock:called "commit")
    end)
  end)

  it("lends contexts by pop and takes them back by push", function()
    local db = new()
    local ctx = db:pop()
    assert.equal(1, db:stats().in_use)
    db:push(ctx)
    assert.equal(0, db:stats().in_use)
    assert.equal(1, mock.finished)
    assert.has_error(function() db:push({}) end)
  end)

  it("counts no contexts that were dropped", function()
    local db = new(nil, { pool_size = 1 })
    db:pop()
    db:push(db:pop())
  end)

  it("is of no use after close", function()
    local db = new()
    db:safe(nothing)
    db:close()
    db:close()
    assert.is_true(mock.channel_closed)
    local ok, err = pcall(db.safe, db, nothing)
    assert.is_false(ok)
    assert.equal("POOL_CLOSED", err.code)
  end)

  it("tells figures of the service, or why there are none", function()
    mock.answers.GetPoolStats = { max_size = 8 }
    assert.equal(8, new():stats().server.max_size)
    mock.answers.GetPoolStats = function() return nil, { message = "away" } end
    assert.equal("away", new():stats().server_error.message)
  end)

  it("is there without the drop-in too, reading no config", function()
    package.loaded.config = { mariadb = { database = "not_read" } }
    berth.new({}, mock.settings { database = "mine" }):safe(nothing)
    assert.equal("mine", mock.sessions[1].database)
  end)
end)
