-- Streams against a real service: large results in flat memory.
local fixture = require "support.fixture"
local live = require "support.live"

local describe_live = live.endpoint and describe or pending -- needs a server

describe_live("each in real life", function()
  local db

  before_each(function() db = fixture.pool() end)
  after_each(function() db:close() end)

  local MANY = "SELECT seq AS id, repeat('x', 200) AS filler FROM seq_1_to_100000"

  local function memory()
    collectgarbage()
    collectgarbage()
    return collectgarbage "count"
  end

  it("reads every row, while memory stays flat", function()
    db:safe(function(ctx)
      local n, sum, before, most = 0, 0, memory(), 0
      for row in ctx:each(MANY) do
        n, sum = n + 1, sum + row.id
        if n % 20000 == 0 then most = math.max(most, memory() - before) end
      end
      assert.equal(100000, n)
      assert.equal(5000050000, sum)
      assert.is_true(most < 8 * 1024, ("%.0f KiB more"):format(most)) -- the whole has about 40 MiB
    end)
  end)

  it("gives up the rest at a break, and the session goes on", function()
    db:safe(function(ctx)
      for _ = 1, 3 do
        for row in ctx:each(MANY) do
          if row.id == 10 then break end
        end
        assert.equal(1, ctx:select("SELECT 1 AS one")[1].one)
      end
    end)
  end)

  it("lets statements in between, which keep the rest", function()
    db:safe(function(ctx)
      ctx.users:insert_many { { name = "a" }, { name = "b" }, { name = "c" } }
      local names = {}
      for user in ctx.users:each({}, { order_by = "id" }) do
        user.age = user.id
        assert.equal(1, user:update())
        names[#names + 1] = user.name
      end
      assert.same({ "a", "b", "c" }, names)
      local n = 0
      for row in ctx:each(MANY) do
        n = n + 1
        if row.id == 1 then ctx.users:count() end
      end
      assert.equal(100000, n)
    end)
  end)

  it("turns dates and decimals as lists do", function()
    db:safe(function(ctx)
      for row in ctx:each "SELECT DATE '2020-02-29' AS d, 1.50 AS n, NULL AS z" do
        assert.equal(29, row.d.day)
        assert.equal(1.5, row.n)
        assert.is_nil(row.z)
      end
      for _ in ctx.users:each() do error "there are no rows" end
    end)
  end)

  it("raises a wrong statement as an error of its own", function()
    db:safe(function(ctx)
      local ok, err = pcall(function()
        for _ in ctx:each "SELCT" do error "no" end
      end)
      assert.is_false(ok)
      assert.equal("SYNTAX", err.code)
      assert.equal("SELCT", err.sql)
      assert.equal(1, ctx:select("SELECT 1 AS one")[1].one)
    end)
  end)
end)
