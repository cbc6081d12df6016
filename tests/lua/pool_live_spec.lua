-- Pools against a real service and a real MariaDB.
local document = require "support.document"
local files = require "support.files"
local live = require "support.live"
local pool = require "mariadb.pool"
local things = require "support.things"

local DATABASE = things.DATABASE
local count, failure = things.count, things.failure

local describe_live = live.endpoint and describe or pending -- needs a server

describe_live("a pool in real life", function()
  local db, log

  before_each(function() db, log = things.pool() end)
  after_each(function()
    db:close()
    package.loaded.config = nil
  end)

  it("says how long its sessions may be idle", function()
    local core = require "berth_core"
    local impatient = pool.new({}, { database = DATABASE, lease_idle = 0.1, log = function() end })
    local err = failure(impatient, function(ctx)
      ctx:update "SET @state = 1"
      local session, deadline = require("berth.context").of(ctx).session, core.now() + 10
      while session:alive() and core.now() < deadline do core.sleep(0.01) end
      ctx:select "SELECT @state"
    end)
    impatient:close()
    assert.equal("LEASE_IDLE", err.code)
  end)

  describe("safe", function()
    it("returns all values, nils included", function()
      local n = select("#", db:safe(function() return nil, 2, nil end))
      assert.equal(3, n)
    end)

    it("rolls back what is open when its function raises, and raises the same", function()
      local thrown = {}
      local err = failure(db, function(ctx)
        ctx._connection:autocommit(false)
        ctx.things("insert", { name = "gone" })
        error(thrown)
      end)
      assert.equal(thrown, err)
      assert.equal(0, count())
    end)

    it("rolls back what is open when its function returns, and says so", function()
      db:safe(function(ctx)
        ctx:update("BEGIN")
        ctx.things("insert", { name = "gone" })
      end)
      assert.equal(0, count())
      assert.matches("commit is missing", log[1], 1, true)
    end)

    it("gives a clean session each time", function()
      db:safe(function(ctx)
        ctx._connection:autocommit(false)
        ctx:update("SET @left = 1")
      end)
      db:safe(function(ctx)
        local row = ctx:select("SELECT @left AS l, @@autocommit AS a")[1]
        assert.is_nil(row.l)
        assert.equal(1, row.a)
      end)
    end)

    it("goes on after an error within it", function()
      db:safe(function(ctx)
        assert.is_false(pcall(ctx.select, ctx, "SELCT"))
        assert.equal(1, ctx:select("SELECT 1 AS one")[1].one)
      end)
    end)

    it("works nested up to the size of the pool, then names it", function()
      local function nest(depth)
        return db:safe(function() return depth > 1 and nest(depth - 1) or "deep" end)
      end
      assert.equal("deep", nest(3))
      local ok, err = pcall(nest, 4)
      assert.is_false(ok)
      assert.matches("pool_size = 3", tostring(err), 1, true)
    end)
  end)

  describe("transactions", function()
    it("commit", function()
      assert.equal(7, db:transaction(function(ctx)
        ctx.things("insert", { name = "a" })
        ctx.things("insert", { name = "b" })
        return 7
      end))
      assert.equal(2, count())
    end)

    it("roll back on an error", function()
      pcall(db.transaction, db, function(ctx)
        ctx.things("insert", { name = "a" })
        error("no")
      end)
      assert.equal(0, count())
    end)

    it("take an isolation", function()
      db:transaction(function(ctx) ctx.things("list") end, { isolation = "SERIALIZABLE" })
      db:transaction(function(ctx) ctx.things("list") end, { isolation = "read committed", read_only = true })
    end)

    it("run again after a deadlock", function()
      live.sql(DATABASE, "SELECT 1 AS value")
      db:safe(function(ctx)
        ctx.things("insert", { id = 1, name = "a" })
      end)
      local runs = 0
      db:transaction(function(ctx)
        runs = runs + 1
        if runs == 1 then
          ctx:update("SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'Deadlock found'")
        end
        ctx.things("one"):update()
      end)
      assert.equal(2, runs)
    end)
  end)

  it("adds columns of a grown schema, and logs what contradicts", function()
    db:safe(function(ctx) ctx.parts("list") end)
    local parts = { id = "int auto_increment primary key", thing_id = "varchar(10)", extra = "text" }
    local grown = pool.new({ parts = parts },
      { database = DATABASE, log = function(line) log[#log + 1] = line end })
    grown:safe(function(ctx) assert.same({}, ctx.parts.extra(" = ?", "x")) end)
    grown:close()
    assert.matches('table "parts", thing_id', log[1], 1, true)
  end)

  it("adds an id to a model without a key", function()
    local plain = pool.new({ notes = { text = "text", "INDEX `t` (`text`(10))" } }, { database = DATABASE })
    assert.equal(1, plain:safe(function(ctx) return ctx.notes("new", { text = "x" }).id end))
    plain:close()
  end)

  it("plans what its schema would change, and changes nothing", function()
    db:safe(function() end)
    local planned = pool.new({
      parts = { id = "int auto_increment primary key", thing_id = "varchar(10)", extra = "text" },
      notes = { text = "text" },
    }, { database = DATABASE })
    local changes, conflicts = planned:plan()
    table.sort(changes, function(a, b) return a.table < b.table end)
    assert.equal(2, #changes)
    assert.equal("notes", changes[1].table)
    assert.matches("CREATE TABLE IF NOT EXISTS `notes` (", changes[1].ddl, 1, true)
    assert.matches("`id` bigint", changes[1].ddl, 1, true)
    assert.equal("parts", changes[2].table)
    assert.matches("ADD COLUMN IF NOT EXISTS `extra` text", changes[2].ddl, 1, true)
    assert.equal("INSTANT", changes[2].cost)
    assert.equal("thing_id", conflicts[1].element)
    assert.equal(0, live.value(DATABASE, [[SELECT count(*) AS value FROM information_schema.tables
      WHERE table_schema = database() AND table_name = 'notes']]))
    assert.same({}, (pool.new({}, { database = DATABASE }):plan()))
    planned:close()
  end)

  it("is shown by a synopsis that runs", function()
    live.empty "myapp"
    local synopsis = files.read(files.root() .. "/lua-client/README.md"):match("\n```lua\n(.-)\n```")
    local printed = document.run(synopsis, {})
    assert.equal(2, #printed)
    assert.matches("^%d+\t%d%d%d%d%-", printed[1])
    assert.equal("Alice B.\talice@example.com", printed[2])
  end)

  it("tells figures of itself and the service", function()
    db:safe(function()
      local stats = db:stats()
      assert.equal(1, stats.in_use)
      assert.equal(3, stats.pool_size)
      assert.is_true(stats.server.max_size > 0)
    end)
  end)
end)
