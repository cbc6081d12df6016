-- Values on their way into a real MariaDB and back.
local live = require "support.live"
local orm = require "mariadb.orm"
local things = require "support.things"
local berth = require "berth"

local describe_live = live.endpoint and describe or pending -- needs a server

describe_live("values in real life", function()
  local db

  before_each(function() db = things.pool() end)
  after_each(function()
    db:close()
    package.loaded.config = nil
  end)

  -- Inserts a row, and gives it as it is read afterwards.
  local function stored(columns)
    columns.name = columns.name or "x"
    return db:safe(function(ctx)
      local id = ctx.things("insert", columns).id
      return ctx.things("one", "id = ?", id)
    end)
  end

  it("of an insert come back with defaults", function()
    local row = db:safe(function(ctx) return ctx.things("insert", { name = "x" }) end)
    assert.equal(1, row.id)
    assert.equal(1, row.flag)
    assert.is_nil(row.amount)
  end)

  it("true and false are 1 and 0", function()
    assert.equal(0, stored({ flag = false }).flag)
    assert.equal(1, stored({ name = "y", flag = true }).flag)
  end)

  it("decimals are numbers", function()
    assert.equal(1234567.8901, stored({ amount = 1234567.8901 }).amount)
  end)

  it("doubles are exact", function()
    assert.equal(0.1, stored({ ratio = 0.1 }).ratio)
  end)

  it("dates are tables that behave as strings", function()
    local row = stored { born = "2000-02-29", seen = "2023-12-25 00:00:00", took = "-100:00:01",
      changed = { year = 2023, month = 1, day = 2, hour = 3, min = 4, sec = 5 } }
    assert.equal(29, row.born.day)
    assert.equal("2000-02-29", tostring(row.born))
    assert.equal("2023-12-25 00:00:00", tostring(row.seen))
    assert.equal("-100:00:01", tostring(row.took))
    assert.equal("2023-01-02 03:04:05", tostring(row.changed))
  end)

  it("fractions of a second survive", function()
    assert.equal(123456, stored({ seen = "2023-12-25 01:02:03.123456" }).seen.second_part)
  end)

  it("NOW() is a function for dates and text for text", function()
    local row = db:safe(function(ctx)
      return ctx.things("insert", { name = orm.BUILTIN_VALUE_NOW, changed = orm.BUILTIN_VALUE_NOW })
    end)
    assert.equal("NOW()", row.name)
    assert.is_true(row.changed.year > 2000)
  end)

  it("documents are written as JSON, read as text", function()
    local given = { brand = "b", sizes = { 1, 2 } }
    db:safe(function(ctx)
      local row = ctx.things("insert", { name = "x", meta = given })
      assert.equal(given, row.meta)
      assert.equal("b", ctx:select("SELECT json_value(meta, '$.brand') AS b FROM things")[1].b)
      assert.is_string(ctx.things("one").meta)
    end)
  end)

  it("bytes are kept, \\0 and all", function()
    local all = {}
    for i = 0, 255 do all[#all + 1] = string.char(i) end
    local bytes = table.concat(all):rep(50)
    assert.equal(bytes, stored({ data = bytes }).data)
    assert.equal("a\0b", stored({ name = "y", data = function(stmt, i)
      assert(stmt:send_long_data(i, "a\0"))
      assert(stmt:send_long_data(i, "b"))
    end }).data)
  end)

  it("text is kept in UTF-8", function()
    assert.equal("Grüße 🚢", stored({ name = "Grüße 🚢" }).name)
  end)

  it("large integers are exact", function()
    local row = stored { big = "18446744073709551615" }
    assert.equal("18446744073709551615", row.big)
  end)

  it("NULL is an absent key, and nil writes it", function()
    db:safe(function(ctx)
      local row = ctx.things("insert", { name = "x", amount = 1, ratio = 2 })
      row.amount = nil
      row.ratio = berth.null
      assert.equal(1, row:update())
      row = ctx.things("one")
      assert.is_nil(row.amount)
      assert.is_nil(row.ratio)
      assert.equal(1, #ctx.things("list", "amount <=> ?", nil))
    end)
  end)

  it("arrays stand in IN (?)", function()
    db:safe(function(ctx)
      for _, name in ipairs { "a", "b", "c" } do ctx.things("insert", { name = name }) end
      assert.equal(2, #ctx.things("list", "name IN (?)", { "a", "c", "z" }))
      assert.equal(0, #ctx.things("list", "name IN (?)", {}))
    end)
  end)
end)
