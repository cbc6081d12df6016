-- Writing many rows, batches and nested transactions against a real service.
local berth = require "berth"
local fixture = require "support.fixture"
local live = require "support.live"

local describe_live = live.endpoint and describe or pending -- needs a server

describe_live("writing in real life", function()
  local db

  before_each(function() db = fixture.pool() end)
  after_each(function() db:close() end)

  local function many(n)
    local rows = {}
    for i = 1, n do rows[i] = { name = "user " .. i, email = i .. "@x", age = i } end
    return rows
  end

  describe("insert_many", function()
    it("gives the keys in the order of the rows", function()
      db:safe(function(ctx)
        local ids, affected = ctx.users:insert_many(many(3))
        assert.same({ 1, 2, 3 }, ids)
        assert.equal(3, affected)
        assert.equal("user 2", ctx.users:find(ids[2]).name)
        assert.same({}, (ctx.users:insert_many {}))
      end)
    end)

    it("takes rows with different columns, defaults and SQL", function()
      db:safe(function(ctx)
        local ids = ctx.users:insert_many {
          { name = "a", age = berth.raw("? + 1", 41), created_at = "NOW()" },
          { id = 50, name = "b", meta = { x = 1 }, active = false },
          { name = "c", active = berth.default },
        }
        assert.same({ 1, 50, 51 }, ids)
        local users = ctx.users("list", "order by id")
        assert.equal(42, users[1].age)
        assert.is_true(users[1].created_at.year > 2000)
        assert.is_nil(users[2].age)
        assert.equal(0, users[2].active)
        assert.equal(1, users[3].active)
      end)
    end)

    it("splits what one request cannot carry, all or none", function()
      db:safe(function(ctx)
        local rows = many(2500)
        local ids = ctx.users:insert_many(rows)
        assert.equal(2500, #ids)
        assert.equal(2500, ids[2500])
        rows = { table.unpack and table.unpack(many(10)) or unpack(many(10)) }
        for i = 1, 1500 do rows[i] = { name = "late", email = "late" .. i } end
        rows[1501] = { name = "twice", email = "7@x" }
        local ok, err = pcall(function() ctx.users:insert_many(rows) end)
        assert.is_false(ok)
        assert.equal("DUPLICATE_KEY", err.code)
      end)
      assert.equal(2500, fixture.count "users")
    end)

    it("splits rows that are large", function()
      db:safe(function(ctx)
        local rows = {}
        for i = 1, 12 do rows[i] = { text = ("x"):rep(60000) } end
        assert.equal(12, #ctx.comments:insert_many(rows))
        rows = {}
        for i = 1, 150 do rows[i] = { text = ("x"):rep(60000) } end
        assert.equal(150, #ctx.comments:insert_many(rows))
      end)
    end)

    it("leaves out or updates rows whose key exists", function()
      db:safe(function(ctx)
        ctx.users:insert_many(many(2))
        local again = { { name = "new", email = "2@x" }, { name = "three", email = "3@x" } }
        local ids = ctx.users:insert_many(again, { on_conflict = "ignore" })
        assert.equal(1, #ids)
        assert.equal("user 2", ctx.users:find(2).name)
        ctx.users:insert_many(again, { on_conflict = "update", update = { "name" } })
        assert.equal("new", ctx.users:find(2).name)
        assert.equal(2, ctx.users:find(2).age)
      end)
    end)

    it("refuses what it does not know", function()
      db:safe(function(ctx)
        local ok, err = pcall(function() ctx.users:insert_many { { name = "x", colour = "red" } } end)
        assert.is_false(ok)
        assert.equal("UNKNOWN_COLUMN", err.code)
        assert.has_error(function() ctx.users:insert_many({ { name = "x" } }, { batch = 1 }) end)
      end)
    end)
  end)

  it("upsert stores or updates, and gives the row", function()
    db:safe(function(ctx)
      local user = ctx.users:upsert { name = "a", email = "a@x", age = 1 }
      assert.equal(1, user.id)
      user = ctx.users:upsert({ name = "b", email = "a@x", age = 2 }, { "age" })
      assert.equal(1, user.id)
      assert.equal("a", user.name)
      assert.equal(2, user.age)
      user = ctx.users:upsert({ name = "c", email = "a@x", age = berth.raw "1 + 2" })
      assert.equal("c", user.name)
      assert.equal(3, user.age)
      user.name = "d"
      assert.equal(1, user:update())
    end)
    assert.equal(1, fixture.count("users", "name = 'd'"))
  end)

  it("takes SQL in inserts and updates of a row", function()
    db:safe(function(ctx)
      local user = ctx.users("insert", { name = berth.raw("upper(?)", "x"), age = 1 })
      assert.equal("X", user.name)
      user.age = berth.raw("age + ?", 41)
      assert.equal(1, user:update())
      assert.equal(0, user:update())
      assert.equal(42, ctx.users:find(user.id).age)
    end)
  end)

  describe("a batch", function()
    it("gives the value of each statement", function()
      db:safe(function(ctx)
        local results, failures = ctx:batch(function(b)
          assert.is_nil(b.users("insert", { name = "a" }))
          b.users("insert", { name = "b" })
          b:update("UPDATE users SET age = ?", 5)
          b.users("list", "order by id")
          b.users:count()
          b.users("one", { name = "nobody" })
          b:select("SELECT 1 AS one")
          b.users.name(" = ?", "b")
        end)
        assert.is_nil(failures)
        assert.equal(8, results.n)
        assert.equal(1, results[1].id)
        assert.equal(2, results[3])
        assert.equal(5, results[4][2].age)
        assert.equal(2, results[5])
        assert.is_nil(results[6])
        assert.equal(1, results[7][1].one)
        assert.equal("b", results[8][1].name)
        results[1].name = "changed"
        assert.equal(1, results[1]:update())
      end)
    end)

    it("tells the error of each statement, and runs the others", function()
      db:safe(function(ctx)
        local results, failures = ctx:batch(function(b)
          b.users("insert", { name = "a", email = "same" })
          b.users("insert", { name = "b", email = "same" })
          b:select "SELCT"
          b.users:count()
        end)
        assert.is_nil(results[2])
        assert.equal("DUPLICATE_KEY", failures[2].code)
        assert.equal("SYNTAX", failures[3].code)
        assert.equal("SELCT", failures[3].sql)
        assert.equal(1, results[4])
        assert.is_nil(failures[1])
      end)
    end)

    it("sends nothing if its function raises", function()
      db:safe(function(ctx)
        assert.has_error(function()
          ctx:batch(function(b)
            b.users("insert", { name = "a" })
            error("no")
          end)
        end)
        assert.equal(0, ctx.users:count())
      end)
    end)

    it("may be as long as you like", function()
      db:safe(function(ctx)
        local results = ctx:batch(function(b)
          for i = 1, 500 do b.users("insert", { name = "user " .. i }) end
        end)
        assert.equal(500, results[500].id)
      end)
    end)

    it("takes no streams, transactions or connections", function()
      db:safe(function(ctx)
        assert.has_error(function() ctx:batch(function(b) b.users:each() end) end)
        assert.has_error(function() ctx:batch(function(b) b:transaction(function() end) end) end)
      end)
    end)
  end)

  describe("nested transactions", function()
    it("undo their own part only", function()
      db:transaction(function(ctx)
        ctx.users("insert", { name = "outer" })
        local ok, err = pcall(ctx.transaction, ctx, function()
          ctx.users("insert", { name = "inner" })
          error("no", 0)
        end)
        assert.is_false(ok)
        assert.equal("no", err)
        assert.equal(7, ctx:transaction(function(same)
          assert.equal(ctx, same)
          same.users("insert", { name = "second" })
          same:transaction(function() same.users("insert", { name = "third" }) end)
          return 7
        end))
      end)
      assert.equal(3, fixture.count "users")
      assert.equal(0, fixture.count("users", "name = 'inner'"))
    end)

    it("are transactions of their own where none is open", function()
      db:safe(function(ctx)
        assert.has_error(function()
          ctx:transaction(function()
            ctx.users("insert", { name = "gone" })
            error("no")
          end)
        end)
        ctx:transaction(function() ctx.users("insert", { name = "stays" }) end, { isolation = "SERIALIZABLE" })
      end)
      assert.equal(1, fixture.count "users")
    end)

    it("run again as a whole after a deadlock", function()
      local outer, inner = 0, 0
      db:transaction(function(ctx)
        outer = outer + 1
        ctx.users("insert", { name = "a" })
        ctx:transaction(function()
          inner = inner + 1
          ctx.users("insert", { name = "b" })
          if inner == 1 then
            ctx:update("SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'Deadlock found'")
          end
        end)
      end)
      assert.equal(2, outer)
      assert.equal(2, inner)
      assert.equal(2, fixture.count "users")
    end)
  end)

  it("JSON columns are tables in both directions where settings say so", function()
    db:close()
    db = fixture.pool { json = "decode" }
    db:safe(function(ctx)
      ctx.users("insert", { name = "a", meta = { tags = berth.array(), size = 3, none = berth.null } })
      local user = ctx.users("one")
      assert.same({ tags = {}, size = 3, none = berth.null }, user.meta)
      assert.equal(0, user:update())
      user.meta.size = 4
      assert.equal(1, user:update())
      assert.equal(4, ctx.users("one").meta.size)
      assert.equal('{"none":null,"size":4,"tags":[]}', ctx:select("SELECT CAST(meta AS CHAR) AS m FROM users")[1].m)
    end)
  end)

  it("booleans are booleans where settings say so", function()
    db:close()
    db = fixture.pool { booleans = true }
    db:safe(function(ctx)
      local user = ctx.users("insert", { name = "a", active = false })
      assert.is_false(user.active)
      assert.equal(0, user:update())
      user.active = true
      assert.equal(1, user:update())
      assert.is_true(ctx.users("one").active)
    end)
  end)
end)
