local dates = require "berth.dates"
local values = require "berth.values"

local function column(kind) return { name = "c", kind = kind } end

describe("a date", function()
  local moment = dates.parse("2023-12-25 14:30:45.120000", "datetime")

  it("reads as a table", function()
    assert.equal(2023, moment.year)
    assert.equal(45, moment.second)
    assert.equal(120000, moment.second_part)
  end)

  it("has no other keys than LuaFan's seven", function()
    local keys = {}
    for key in pairs(moment) do keys[#keys + 1] = key end
    table.sort(keys)
    assert.same({ "day", "hour", "minute", "month", "second", "second_part", "year" }, keys)
  end)

  it("behaves as a string", function()
    assert.equal("2023-12-25 14:30:45.12", tostring(moment))
    assert.equal("at 2023-12-25 14:30:45.12", "at " .. moment)
    assert.equal("2023-12-25", moment:sub(1, 10))
    assert.is_true(moment == dates.parse("2023-12-25 14:30:45.12", "datetime"))
    assert.is_true(moment < dates.parse("2024-01-01 00:00:00", "datetime"))
  end)

  it("knows midnight, plain days and long or negative times", function()
    assert.equal("2023-12-25 00:00:00", tostring(dates.parse("2023-12-25 00:00:00", "datetime")))
    assert.equal("2023-12-25", tostring(dates.parse("2023-12-25", "date")))
    assert.equal("-838:59:59", tostring(dates.parse("-838:59:59", "time")))
    assert.equal(838, dates.parse("-838:59:59", "time").hour)
  end)

  it("is nil when MariaDB has zero", function()
    assert.is_nil(dates.parse("0000-00-00", "date"))
    assert.is_nil(dates.parse("0000-00-00 00:00:00", "datetime"))
  end)
end)

describe("a value is sent", function()
  it("as 0 or 1 for booleans", function()
    assert.equal(0, values.encode(false))
    assert.equal(1, values.encode(true))
  end)

  it("as an integer for whole floats", function()
    assert.equal("5", tostring(values.encode(5.0)):gsub("%.0$", math.type and "?" or ""))
  end)

  it("never as NaN", function()
    assert.has_error(function() values.encode(0 / 0) end)
  end)

  it("as text for dates, ours and os.date's", function()
    assert.equal("2023-12-25", values.encode(dates.parse("2023-12-25", "date"), column "date"))
    assert.equal("2023-12-25", values.encode({ year = 2023, month = 12, day = 25, hour = 1 }, column "date"))
    assert.equal("2023-12-25 01:02:03",
      values.encode({ year = 2023, month = 12, day = 25, hour = 1, min = 2, sec = 3 }, column "datetime"))
  end)

  it("as JSON for other tables", function()
    assert.equal('{"brand":"x"}', values.encode({ brand = "x" }, column "json"))
    assert.equal("true", values.encode(true, column "json"))
  end)

  it("in chunks by a function, as LuaFan does", function()
    local sent = values.encode(function(stmt, i)
      assert(stmt:send_long_data(i, "a\0"))
      assert(stmt:send_long_data(i, "b"))
    end, column "blob", 1)
    assert.same({ __berth = "blob", "a\0b" }, sent)
  end)

  it("as NULL for cjson.null", function()
    local found, cjson = pcall(require, "cjson")
    if found then assert.equal(values.null, values.encode(cjson.null)) end
  end)

  it("as digits for LuaJIT's 64-bit integers", function()
    if rawget(_G, "jit") then
      assert.equal("9007199254740993", values.encode(loadstring("return 9007199254740993LL")()))
      assert.equal("18446744073709551615", values.encode(loadstring("return 18446744073709551615ULL")()))
    end
  end)

  it("as NOW() only in date and time columns", function()
    assert.is_true(values.is_now("NOW()", column "timestamp"))
    assert.is_false(values.is_now("NOW()", column "varchar"))
  end)
end)

describe("parameters", function()
  it("are none for no arguments", function()
    assert.is_nil(values.parameters("a = 1"))
  end)

  it("keep nils between", function()
    local list = values.parameters("a = ? and b = ?", nil, 2)
    assert.equal(2, list.n)
    assert.is_nil(list[1])
    assert.equal(2, list[2])
  end)

  it("leave out trailing nils beyond the placeholders", function()
    assert.equal(1, values.parameters("a = ?", 1, nil, nil).n)
    assert.equal(2, values.parameters("a = ? and b = ?", 1, nil).n)
    assert.is_nil(values.parameters("order by id", nil))
  end)

  it("do not count question marks in strings and names", function()
    assert.equal(1, values.parameters([[a = '?' and `b?` = "\"?" and c = ?]], nil, nil).n)
  end)

  it("take arrays for IN (?)", function()
    assert.same({ n = 1, { 1, 2, "x" } }, values.parameters("a in (?)", { 1, 2, "x" }))
    assert.same({ n = 1, {} }, values.parameters("a in (?)", {}))
    assert.has_error(function() values.parameters("a = ?", { name = "x" }) end)
  end)
end)

describe("rows of a result", function()
  it("have dates as tables, decimals as numbers, zero dates as nil", function()
    local rows = values.rows({
      columns = { { name = "d", type = "DATE" }, { name = "n", type = "DECIMAL" }, { name = "z", type = "DATETIME" } },
      rows = { { d = "2023-12-25", n = "12.50", z = "0000-00-00 00:00:00" } },
    }, values.decoders {})
    assert.equal(25, rows[1].d.day)
    assert.equal(12.5, rows[1].n)
    assert.is_nil(rows[1].z)
  end)

  it("have booleans, decimals as text and JSON as tables where settings say so", function()
    local rows = values.rows({
      columns = { { name = "f", type = "TINYINT", length = 1 }, { name = "i", type = "TINYINT", length = 4 },
        { name = "n", type = "DECIMAL" }, { name = "j", type = "JSON" } },
      rows = { { f = 1, i = 1, n = "12.50", j = '{"a":[1]}' }, { f = 0 } },
    }, values.decoders { booleans = true, decimal = "string", json = "decode" })
    assert.same({ f = true, i = 1, n = "12.50", j = { a = { 1 } } }, rows[1])
    assert.same({ f = false }, rows[2])
  end)

  it("keep dates as text for cursors", function()
    local rows = values.cursor_rows {
      columns = { { name = "d", type = "DATE" }, { name = "n", type = "DECIMAL" } },
      rows = { { d = "2023-12-25", n = "12.50" } },
    }
    assert.same({ { d = "2023-12-25", n = 12.5 } }, rows)
  end)
end)
