-- Rows and connections against a real service.
local live = require "support.live"
local things = require "support.things"

local count = things.count

local describe_live = live.endpoint and describe or pending -- needs a server

describe_live("rows in real life", function()
  local db

  before_each(function() db = things.pool() end)
  after_each(function()
    db:close()
    package.loaded.config = nil
  end)

  it("compute fields", function()
    db:safe(function(ctx) assert.equal("X!", ctx.things("insert", { name = "x" }).shout) end)
  end)

  it("update and delete themselves", function()
    db:safe(function(ctx)
      local row = ctx.things("insert", { name = "x" })
      row.name = "y"
      assert.equal(1, row:update())
      assert.equal(0, row:update())
      assert.equal(1, count "name = 'y'")
      assert.equal(1, row:delete())
      assert.equal(0, count())
    end)
  end)

  it("live on after their session", function()
    local row = db:safe(function(ctx) return ctx.things("insert", { name = "x" }) end)
    row.name = "later"
    assert.equal(1, row:update())
    assert.equal(1, count "name = 'later'")
    assert.equal(1, row:delete())
    assert.equal(0, count())
  end)

  it("are read by all forms of fragments", function()
    db:safe(function(ctx)
      for _, name in ipairs { "a", "b", "c" } do ctx.things("insert", { name = name }) end
      assert.equal("b", ctx.things("one", "where name = ?", "b").name)
      assert.equal("c", ctx.things("one", "order by id desc").name)
      assert.equal("b", ctx.things("list", "order by id limit 1, 1")[1].name)
      assert.equal("a", ctx.things("one", "name = ? FOR UPDATE", "a").name)
      assert.equal("a", ctx.things.name(" = ?", "a")[1].name)
      local seen = {}
      ctx.things(function(row) seen[#seen + 1] = ctx.things("one", "id = ?", row.id).name end, "order by id")
      assert.same({ "a", "b", "c" }, seen)
    end)
  end)

  it("are many without loss, and may be dropped at once", function()
    db:safe(function(ctx)
      for _ = 1, 3 do ctx:select("SELECT seq FROM seq_1_to_50000") end
      collectgarbage()
      assert.equal(1, ctx:select("SELECT 1 AS one")[1].one)
    end)
  end)

  it("deletes by a fragment, or everything", function()
    db:safe(function(ctx)
      for _, name in ipairs { "a", "b", "c" } do ctx.things("insert", { name = name }) end
      assert.equal(1, ctx.things("delete", "name = ?", "a"))
      assert.equal(2, ctx.things("remove"))
    end)
  end)

  it("has a connection as LuaFan's", function()
    db:safe(function(ctx)
      local connection = ctx._connection
      assert.is_true(connection:ping())
      assert.equal(1, connection:execute("INSERT INTO things (name) VALUES ('" .. connection:escape("O'Hara") .. "')"))
      assert.equal(1, connection:getlastautoid())
      local cursor = connection:execute("SELECT id, name, amount, now() AS n FROM things")
      assert.same({ "id", "name", "amount", "n" }, cursor:getcolnames())
      assert.equal(1, cursor:numrows())
      local row = cursor:fetch()
      assert.equal("O'Hara", row.name)
      assert.is_string(row.n)
      assert.is_nil(cursor:fetch())
      local value, message = connection:execute("SELCT")
      assert.is_nil(value)
      assert.matches("syntax", message)
      assert.is_true(connection:autocommit(false))
      connection:execute("DELETE FROM things")
      assert.is_true(connection:rollback())
      assert.is_true(connection:autocommit(true))
      assert.is_true(connection:commit())
    end)
    assert.equal(1, count())
  end)
end)
