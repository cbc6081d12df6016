-- fan.mariadb: statements that are run as text, and their cursors, against a real
-- service.
local fan = require "support.fan"
local live = require "support.live"

local describe_live = live.endpoint and describe or pending -- needs a server

describe_live("fan.mariadb's", function()
  local conn

  before_each(function()
    fan.begin()
    conn = fan.connect()
  end)
  after_each(fan.finish)

  describe("execute", function()
    before_each(function()
      assert(conn:execute "CREATE TABLE t (id int auto_increment primary key, name varchar(255))")
    end)

    it("gives the affected rows of what is no query", function()
      assert.equal(0, conn:execute "SET @x = 1")
      assert.equal(2, conn:execute "INSERT INTO t (name) VALUES ('a'), ('b')")
      assert.equal(2, conn:execute "UPDATE t SET name = 'c'")
      assert.equal(0, conn:execute "UPDATE t SET name = 'c'")
      assert.equal(1, conn:execute "DELETE FROM t WHERE id = 1")
    end)

    it("gives a cursor with rows by name, which closes itself at the end", function()
      conn:execute "INSERT INTO t (name) VALUES ('a'), (NULL)"
      local cursor = conn:execute "SELECT id, name FROM t ORDER BY id"
      assert.equal(2, cursor:numrows())
      assert.same({ "id", "name" }, cursor:getcolnames())
      assert.same({ "number(11)", "string(255)" }, cursor:getcoltypes())
      assert.same({ id = 1, name = "a" }, cursor:fetch())
      assert.same({ id = 2 }, cursor:fetch())
      assert.is_nil(cursor:fetch())
      assert.is_nil(cursor:fetch())
      assert.is_false(cursor:close())
      assert.is_false(pcall(cursor.numrows, cursor))
    end)

    it("gives cursors of results without rows", function()
      local cursor = conn:execute "SELECT id FROM t"
      assert.equal(0, cursor:numrows())
      assert.is_nil(cursor:fetch())
    end)

    it("names columns as they are written", function()
      assert.equal(1, fan.row(conn, "SELECT COUNT(*) AS count FROM dual").count)
      assert.is_string(fan.row(conn, "SELECT @@character_set_connection")["@@character_set_connection"])
      assert.equal("PRIMARY", fan.row(conn, "SHOW INDEX FROM t").Key_name)
      assert.equal("id", fan.row(conn, "DESCRIBE t").Field)
      assert.is_table(fan.row(conn, "EXPLAIN SELECT * FROM t"))
    end)

    it("gives nil and MariaDB's own words where it fails, and goes on", function()
      conn:execute "ALTER TABLE t ADD UNIQUE KEY name (name)"
      conn:execute "CREATE TABLE child (t int not null, kind enum('a', 'b'), FOREIGN KEY (t) REFERENCES t (id))"
      conn:execute "INSERT INTO t (name) VALUES ('a')"
      for sql, text in pairs {
        ["INSERT INTO t (name) VALUES ('a')"] = "Duplicate entry 'a' for key 'name'",
        ["INSERT INTO child (kind) VALUES ('a')"] = "Field 't' doesn't have a default value",
        ["INSERT INTO child (t) VALUES (99)"] = "a foreign key constraint fails",
        ["INSERT INTO child (t, kind) VALUES (1, 'z')"] = "Data truncated for column 'kind'",
        ["SELECT * FROM nowhere"] = "nowhere' doesn't exist",
        ["SELCT 1"] = "You have an error in your SQL syntax",
      } do
        local none, message = conn:execute(sql)
        assert.is_nil(none)
        assert.is_string(message)
        assert.matches(text, message, 1, true)
      end
      assert.is_true(conn:ping())
    end)

    it("keeps several cursors, to be read in turns", function()
      for i = 1, 5 do conn:execute(("INSERT INTO t (name) VALUES ('n%d')"):format(i)) end
      local up, down = conn:execute "SELECT id FROM t ORDER BY id", conn:execute "SELECT id FROM t ORDER BY id DESC"
      for i = 1, 5 do
        assert.equal(i, up:fetch().id)
        assert.equal(6 - i, down:fetch().id)
        assert.equal("n" .. i, fan.row(conn, "SELECT name FROM t WHERE id = " .. i).name)
      end
    end)

    it("gives several values for a CALL: cursors and affected rows", function()
      conn:execute "DROP PROCEDURE IF EXISTS several"
      assert.equal(0, conn:execute [[CREATE PROCEDURE several(IN n int) BEGIN
        SELECT n AS first; INSERT INTO t (name) VALUES ('x'), ('y'); SELECT count(*) AS second FROM t; END]])
      local results = { conn:execute "CALL several(7)" }
      assert.equal("userdata", type(results[1]))
      assert.same({ first = 7 }, results[1]:fetch())
      assert.same({ second = 2 }, results[2]:fetch())
      assert.equal("number", type(results[#results]))
      assert.equal(2, fan.row(conn, "SELECT count(*) AS n FROM t").n)
      assert.equal(0, conn:execute "DROP PROCEDURE several")
    end)
  end)

  it("cursors read every type: numbers as numbers, dates as text, NULL as nothing", function()
    assert(conn:execute [[CREATE TABLE v (i bigint, u bigint unsigned, t tinyint, y year, f float, d double,
      m decimal(10,2), e decimal(20,5), b boolean, day date, at datetime, ts timestamp null, tm time, s varchar(20),
      x text, bin blob, en enum('a', 'b'), st set('a', 'b'), js json, bits bit(8), none int)]])
    local name = "caf\195\169 \240\159\152\128"
    assert(conn:execute(([[INSERT INTO v VALUES (-9223372036854775808, 18446744073709551615, -128, 2023, 1.5, 2.25,
      999999.99, 1234567890.12345, true, '2023-12-25', '2023-12-25 14:30:45', '2023-12-25 14:30:45', '-12:30:00',
      '%s', 'text', '%s', 'b', 'a,b', '{"a":1}', b'101', NULL)]]):format(name, conn:escape "\0\1'\255\\")))
    local cursor = conn:execute "SELECT * FROM v"
    local types = cursor:getcoltypes()
    local row = cursor:fetch()
    assert.equal(-9223372036854775807 - 1, row.i)
    assert.equal(18446744073709551615, row.u)
    assert.same({ -128, 2023, 1.5, 2.25, 999999.99, 1234567890.12345, 1, 5 },
      { row.t, row.y, row.f, row.d, row.m, row.e, row.b, row.bits })
    assert.same({ "2023-12-25", "2023-12-25 14:30:45", "2023-12-25 14:30:45", "-12:30:00" },
      { row.day, row.at, row.ts, row.tm })
    assert.same({ name, "text", "\0\1'\255\\", "b", "a,b", '{"a":1}' },
      { row.s, row.x, row.bin, row.en, row.st, row.js })
    assert.is_nil(row.none)
    local words = {}
    for i, text in ipairs(types) do words[i] = text:match "^%a+" end
    assert.same({ "number", "number", "number", "number", "number", "number", "number", "number", "number", "date",
      "datetime", "timestamp", "time", "string", "binary", "binary", "string", "string", "binary", "undefined",
      "number" }, words)
  end)
end)
