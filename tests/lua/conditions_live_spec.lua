-- Reading with conditions, options and the operations beyond LuaFan's.
local berth = require "berth"
local fixture = require "support.fixture"
local live = require "support.live"

local describe_live = live.endpoint and describe or pending -- needs a server

describe_live("reading in real life", function()
  local db

  before_each(function()
    db = fixture.pool()
    db:safe(function(ctx)
      ctx.users:insert_many {
        { name = "Alice", age = 30, email = "a@x" }, { name = "Bob", age = 20 }, { name = "Carol", email = "c@x" },
      }
    end)
  end)
  after_each(function() db:close() end)

  local function names(...)
    local arguments = { ... }
    return db:safe(function(ctx)
      local list = {}
      for i, user in ipairs(ctx.users("list", (unpack or table.unpack)(arguments))) do list[i] = user.name end
      return list
    end)
  end

  it("takes conditions as tables", function()
    assert.same({ "Alice" }, names { email = "a@x" })
    assert.same({ "Alice" }, names { email = "a@x", age = { ">", 18 } })
    assert.same({ "Carol" }, names { age = berth.null })
    assert.same({ "Alice", "Bob" }, names { age = { "between", 20, 30 } })
    assert.same({ "Bob", "Carol" }, names { name = { "in", { "Bob", "Carol", "Dave" } } })
    assert.same({}, names { name = { "in", {} } })
    assert.same({ "Alice", "Carol" }, names { name = { "like", "%l%" } })
    assert.same({ "Alice", "Carol" }, names { "or", { age = 30 }, { age = berth.null } })
    assert.same({ "Bob", "Carol" }, names { "not", { name = "Alice" } })
    assert.same({ "Alice" }, names { berth.raw("length(name) = ?", 5), age = { ">=", berth.raw "10 + 20" } })
    assert.same({ "Alice", "Bob", "Carol" }, names {})
  end)

  it("takes options", function()
    assert.same({ "Carol", "Bob" }, names({}, { order_by = "name desc", limit = 2 }))
    assert.same({ "Bob" }, names(nil, { order_by = { "name" }, limit = 1, offset = 1 }))
    assert.same({ "Alice" }, names(berth.raw("age > ?", 20), { lock = "update" }))
    db:safe(function(ctx)
      local user = ctx.users("one", { name = "Bob" }, { columns = { "id", "name" } })
      assert.same({ id = 2, name = "Bob" }, user)
      user.name = "Bobby"
      assert.equal(1, user:update())
    end)
    assert.has_error(function() names({}, { order = "name" }) end)
  end)

  it("has names checked by the server", function()
    local ok, err = pcall(names, { ["name` = '' OR 1=1 -- "] = "x" })
    assert.is_false(ok)
    assert.equal("UNKNOWN_COLUMN", err.code)
    ok, err = pcall(names, {}, { order_by = "name, sleep(10)" })
    assert.is_false(ok)
    assert.equal("UNKNOWN_COLUMN", err.code)
  end)

  it("counts and asks whether rows exist", function()
    db:safe(function(ctx)
      assert.equal(3, ctx.users:count())
      assert.equal(2, ctx.users:count { age = { ">", 0 } })
      assert.equal(1, ctx.users("count", "age > ?", 20))
      assert.is_true(ctx.users:exists { name = "Bob" })
      assert.is_false(ctx.users:exists("name = ?", "Nobody"))
    end)
  end)

  it("finds by the primary key", function()
    db:safe(function(ctx)
      assert.equal("Bob", ctx.users:find(2).name)
      assert.is_nil(ctx.users:find(99))
      assert.is_nil(ctx.users:find(berth.null))
      assert.is_nil(ctx.users:find(nil))
      assert.equal("Carol", ctx.users:find({ email = "c@x" }).name)
      assert.has_error(function() ctx.users:find(1, 2) end)
    end)
  end)

  it("deletes by a condition, but never by an empty one", function()
    db:safe(function(ctx)
      local ok, err = pcall(function() ctx.users("delete", { id = nil }) end)
      assert.is_false(ok)
      assert.equal("INVALID_FIELD", err.code)
      assert.equal(1, ctx.users("delete", { age = { "<", 25 } }))
      assert.equal(2, ctx.users:count())
    end)
  end)

  describe("pages", function()
    before_each(function()
      db:safe(function(ctx)
        local rows = {}
        for i = 4, 25 do rows[#rows + 1] = { name = "user " .. i % 5, age = i } end
        ctx.users:insert_many(rows)
      end)
    end)

    it("by number", function()
      db:safe(function(ctx)
        local page = ctx.users:paginate({ age = { ">", 0 } }, { per_page = 10, page = 3 })
        assert.equal(24, page.total)
        assert.equal(3, page.pages)
        assert.equal(4, #page)
        assert.equal(25, page[4].id)
        assert.equal(0, #ctx.users:paginate(nil, { page = 9 }))
      end)
    end)

    it("by key, each row once, in any order", function()
      for _, order in ipairs { "id", "name desc", { "name", "id desc" }, "created_at" } do
        db:safe(function(ctx)
          local seen, last, after, rounds = {}, nil, true, 0
          repeat
            local page = ctx.users:paginate({ age = { "not null" } }, { per_page = 7, order_by = order, after = after })
            for _, user in ipairs(page) do
              assert.is_nil(seen[user.id])
              seen[user.id] = true
              if order == "name desc" and last then assert.is_true(user.name <= last.name) end
              last = user
            end
            after, rounds = page.after, rounds + 1
          until not after
          assert.equal(4, rounds)
          local n = 0
          for _ in pairs(seen) do n = n + 1 end
          assert.equal(24, n)
        end)
      end
    end)

    it("by key refuse columns that may be NULL", function()
      db:safe(function(ctx)
        local ok, err = pcall(function()
          return ctx.users:paginate(nil, { per_page = 1, order_by = "email", after = true })
        end)
        assert.is_false(ok)
        assert.matches("email is NULL", tostring(err), 1, true)
      end)
    end)
  end)
end)
