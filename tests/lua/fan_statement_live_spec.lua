-- fan.mariadb: prepared statements, against a real service.
local fan = require "support.fan"
local live = require "support.live"
local mariadb = require "fan.mariadb"

local describe_live = live.endpoint and describe or pending -- needs a server

describe_live("a prepared statement of fan.mariadb", function()
  local conn

  before_each(function()
    fan.begin()
    conn = fan.connect()
    assert(conn:execute [[CREATE TABLE t (id int auto_increment primary key, name varchar(100) unique, age int,
      score double, flag boolean, note longtext, data longblob, big bigint, price decimal(12,2), day date, at datetime,
      ts timestamp null, tm time)]])
  end)
  after_each(fan.finish)

  local function stored(columns)
    return fan.row(conn, "SELECT " .. (columns or "*") .. " FROM t ORDER BY id DESC LIMIT 1")
  end

  local function insert(columns, ...)
    local marks = ("?, "):rep(select("#", ...)):sub(1, -3)
    local statement = assert(conn:prepare(("INSERT INTO t (%s) VALUES (%s)"):format(columns, marks)))
    local result = assert(statement:bind_param(...):execute())
    assert.is_true(statement:close())
    return result
  end

  it("binds every kind of value, and gives the affected rows", function()
    assert.equal(1, insert("name, age, score, flag", "Alice", 25, 95.5, true))
    assert.same({ name = "Alice", age = 25, score = 95.5, flag = 1 }, stored "name, age, score, flag")
    insert("name, age, flag, note", "Bob", nil, false, nil)
    assert.same({ name = "Bob", flag = 0 }, stored "name, age, flag, note")
    insert("name, data", "bytes", "\0\1\2\255\254")
    assert.equal("\0\1\2\255\254", stored().data)
    insert("name, note", "large", ("LargeData"):rep(1000))
    assert.equal(("LargeData"):rep(1000), stored().note)
    insert("name, note", "utf8", "caf\195\169 \240\159\152\128")
    assert.equal("caf\195\169 \240\159\152\128", stored().note)
    insert("name, note, at", "tables", { 1, 2 }, { year = 2023, month = 12, day = 25, hour = 1 })
    assert.same({ note = "[1,2]", at = "2023-12-25 01:00:00" }, stored "note, at")
  end)

  it("keeps integers whole, beyond 2^53 too", function()
    insert("name, big", "x", 9007199254740991)
    assert.equal(9007199254740991, stored().big)
    if math.type then
      insert("name, big", "y", math.maxinteger)
      assert.equal(math.maxinteger, stored().big)
    end
  end)

  it("raises where the number of values is wrong", function()
    local statement = conn:prepare "INSERT INTO t (name, age) VALUES (?, ?)"
    assert.equal(statement, statement:bind("a", 1))
    for n, values in ipairs { { "a" }, { "a", 1, 2 } } do
      local ok, err = pcall(function() statement:bind((unpack or table.unpack)(values)) end)
      assert.is_false(ok)
      assert.matches(("fan_statement_live_spec.lua:%%d+: parameters number does not match, excepted 2, got %d"):format(
        2 * n - 1), err)
    end
    assert.equal(1, statement:execute())
  end)

  it("runs again with other values, and with the same", function()
    local statement = conn:prepare "INSERT INTO t (name, age) VALUES (?, ?)"
    for i = 1, 4 do assert.equal(1, statement:bind("User" .. i, i):execute()) end
    assert.equal(4, conn:getlastautoid())
    local failed, message = statement:execute()
    assert.is_nil(failed)
    assert.equal("stmt_error: 1062: Duplicate entry 'User4' for key 'name'", message)
    assert.equal(1, statement:bind("User5", 5):execute())
    assert.equal(5, fan.row(conn, "SELECT count(*) AS n FROM t").n)
  end)

  it("gives rows by name, and the values beside them", function()
    insert("name, age, score", "a", 1, 1.5)
    insert("name", "b")
    local statement = conn:prepare "SELECT name, age, score FROM t WHERE id > ? ORDER BY id"
    assert.is_true(statement:bind(0):execute())
    assert.is_true(statement:store_result())
    local row, name, age, score = statement:fetch()
    assert.same({ name = "a", age = 1, score = 1.5 }, row)
    assert.same({ "a", 1, 1.5 }, { name, age, score })
    assert.same({ { name = "b" }, "b", n = 4 }, { n = select("#", statement:fetch()), { name = "b" }, "b" })
    assert.is_nil(statement:fetch())
    assert.is_nil(statement:fetch())
    assert.is_true(statement:bind(1):execute())
    local names = {}
    for each in statement:pairs() do names[#names + 1] = each.name end
    assert.same({ "b" }, names)
  end)

  it("reads dates as tables that behave as text, DECIMAL as a number", function()
    insert("price, day, at, ts, tm, big", "1234567.89", "2023-12-25", "2023-12-25 00:00:00", "2023-12-25 14:30:45",
      "14:30:45", 7)
    local statement = conn:prepare "SELECT price, day, at, ts, tm, big FROM t"
    statement:execute()
    local row = statement:fetch()
    assert.same({ 1234567.89, 7 }, { row.price, row.big })
    assert.same({ 2023, 12, 25, 0 }, { row.day.year, row.day.month, row.day.day, row.day.hour })
    assert.same({ 0, 0, 0, 0 }, { row.at.hour, row.at.minute, row.at.second, row.at.second_part })
    assert.same({ 14, 30, 45 }, { row.ts.hour, row.ts.minute, row.ts.second })
    assert.same({ 0, 14, 30 }, { row.tm.year, row.tm.hour, row.tm.minute })
    assert.equal("at 2023-12-25 00:00:00", "at " .. row.at)
  end)

  it("reads integers of any size as numbers", function()
    local statement = conn:prepare
      "SELECT 9223372036854775807 AS i, CAST(18446744073709551615 AS unsigned) AS u, 3 AS small"
    statement:execute()
    local row, i, u = statement:fetch()
    assert.same({ 9223372036854775807, 18446744073709551615, 3 }, { row.i, row.u, row.small })
    assert.same({ row.i, row.u }, { i, u })
  end)

  it("stays open beside others, read in turns", function()
    for i = 1, 6 do insert("name, age", "n" .. i, i) end
    local up, down = conn:prepare "SELECT age FROM t ORDER BY age", conn:prepare "SELECT age FROM t ORDER BY age DESC"
    assert.is_true(up:execute())
    assert.is_true(down:execute())
    local change = conn:prepare "UPDATE t SET score = ? WHERE age = ?"
    for i = 1, 6 do
      assert.equal(i, up:fetch().age)
      assert.equal(7 - i, down:fetch().age)
      assert.equal(1, change:bind(i, i):execute())
    end
    assert.is_nil(up:fetch())
    assert.is_nil(down:fetch())
    assert.equal(21, fan.row(conn, "SELECT sum(score) AS s FROM t").s)
  end)

  it("may be closed before its rows are fetched, or run again", function()
    for i = 1, 20 do insert("name, note", "n" .. i, ("x"):rep(100000)) end
    local statement = conn:prepare "SELECT id, note FROM t ORDER BY id"
    for _ = 1, 3 do
      assert.is_true(statement:execute())
      assert.equal(1, statement:fetch().id)
    end
    assert.is_true(statement:close())
    assert.equal(20, fan.row(conn, "SELECT count(*) AS n FROM t").n)
  end)

  it("reads large results in flat memory", function()
    local statement = conn:prepare "SELECT REPEAT('x', 100000) AS x FROM seq_1_to_1000"
    assert.is_true(statement:execute())
    collectgarbage()
    local before, most, n = collectgarbage "count", 0, 0
    for row in statement:pairs() do
      n = n + #row.x
      if n % 10000000 == 0 then
        collectgarbage()
        most = math.max(most, collectgarbage "count" - before)
      end
    end
    assert.equal(100000000, n)
    assert.is_true(most < 30000, most .. " KB")
  end)

  describe("with LONG_DATA", function()
    it("takes pieces, several of them, into several placeholders", function()
      local statement = conn:prepare "INSERT INTO t (name, note, data) VALUES (?, ?, ?)"
      statement:bind("x", mariadb.LONG_DATA, mariadb.LONG_DATA)
      for i = 1, 5 do assert.is_true(statement:send_long_data(1, ("%d,"):format(i))) end
      assert.is_true(statement:send_long_data(2, ("\0\255'"):rep(1000000)))
      assert.is_true(statement:send_long_data(2, "end"))
      assert.equal(1, statement:execute())
      local row = stored()
      assert.equal("1,2,3,4,5,", row.note)
      assert.equal(("\0\255'"):rep(1000000) .. "end", row.data)
    end)

    it("takes it anew for each run", function()
      local statement = conn:prepare "INSERT INTO t (note) VALUES (?)"
      statement:bind(mariadb.LONG_DATA)
      for _, text in ipairs { "first", "second" } do
        assert.is_true(statement:send_long_data(0, text))
        assert.equal(1, statement:execute())
        assert.equal(text, stored().note)
      end
    end)

    it("refuses a placeholder that is not there", function()
      local statement = conn:prepare "INSERT INTO t (note) VALUES (?)"
      local none, message = statement:send_long_data(1, "x")
      assert.is_nil(none)
      assert.equal("stmt_error: 2034: Invalid parameter number", message)
      assert.is_false(pcall(statement.send_long_data, statement, "x", 1))
    end)

    it("is bound without any piece, and closed", function()
      local statement = conn:prepare "INSERT INTO t (name, note) VALUES (?, ?)"
      assert.equal(statement, statement:bind("x", mariadb.LONG_DATA))
      assert.is_true(statement:close())
    end)
  end)

  it("says what is missing: values, a run", function()
    local statement = conn:prepare "SELECT ? AS x"
    local none, message = statement:execute()
    assert.is_nil(none)
    assert.equal("stmt_error: 2031: No data supplied for parameters in prepared statement", message)
    none, message = statement:fetch()
    assert.is_nil(none)
    assert.matches("^stmt_error: 2014: ", message)
    assert.is_true(statement:bind("y"):execute())
    assert.equal("y", statement:fetch().x)
  end)

  it("reports MariaDB's errors with their numbers; the connection goes on", function()
    local none, message = conn:prepare "SELCT ?"
    assert.is_nil(none)
    assert.matches("You have an error in your SQL syntax", message, 1, true)
    local statement = conn:prepare "INSERT INTO t (age) VALUES (?)"
    none, message = statement:bind("no number"):execute()
    assert.is_nil(none)
    assert.matches("^stmt_error: 1366: Incorrect integer value", message)
    local reader = conn:prepare "SELECT (SELECT 1 UNION SELECT 2) AS x"
    none, message = reader:execute()
    assert.is_nil(none)
    assert.matches("^stmt_error: 1242: Subquery returns more than 1 row", message)
    assert.is_true(conn:ping())
    assert.equal(1, statement:bind(3):execute())
  end)

  it("calls procedures", function()
    conn:execute "DROP PROCEDURE IF EXISTS twice"
    conn:execute "CREATE PROCEDURE twice(IN n int) SELECT n AS once, n * 2 AS twice"
    local statement = conn:prepare "CALL twice(?)"
    assert.is_true(statement:bind(4):execute())
    local row, once, twice = statement:fetch()
    assert.same({ once = 4, twice = 8 }, row)
    assert.same({ 4, 8 }, { once, twice })
    assert.is_nil(statement:fetch())
    conn:execute "DROP PROCEDURE twice"
  end)

  it("is forgotten by the service once it is collected or closed", function()
    local function count()
      return fan.row(conn, [[SELECT variable_value + 0 AS n FROM information_schema.global_status
        WHERE variable_name = 'Prepared_stmt_count']]).n
    end
    local before, most = count(), 0
    for i = 1, 500 do
      local statement = assert(conn:prepare "SELECT ? AS x")
      assert(statement:bind(i):execute())
      assert.equal(i, statement:fetch().x)
      if i % 2 == 0 then statement:close() end
      if i % 50 == 0 then
        statement = nil -- luacheck: ignore
        collectgarbage()
        collectgarbage()
        most = math.max(most, count() - before)
      end
    end
    assert.is_true(most < 100, most .. " statements")
  end)

  it("fails once its connection is closed", function()
    local statement, reader = conn:prepare "INSERT INTO t (name) VALUES (?)", conn:prepare "SELECT 1 AS x"
    reader:execute()
    statement:bind("x")
    conn:close()
    for _, result in ipairs { { statement:execute() }, { reader:execute() }, { statement:send_long_data(0, "x") } } do
      assert.is_nil(result[1])
      assert.equal("stmt_error: 2006: Server has gone away", result[2])
    end
    assert.is_true(statement:close())
  end)

  it("keeps its connection", function()
    local statement = fan.connect():prepare "SELECT 5 AS x"
    collectgarbage()
    assert.is_true(statement:execute())
    assert.equal(5, statement:fetch().x)
  end)
end)
