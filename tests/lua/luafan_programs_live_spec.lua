-- Programs as LuaFan's own tests are written run as they are: in a process of
-- their own, inside `fan.loop`, with the tests' way of connecting.
local fan = require "support.fan"
local files = require "support.files"
local live = require "support.live"

local describe_live = live.endpoint and describe or pending -- needs a server

-- What these programs have beside themselves.
local PRELUDE = [[
package.preload.fan = function() return require "support.fan_stub" end
package.preload.config = function()
  return { maria_database = "berth_spec", maria_user = "test_user", maria_passwd = "test_password",
    maria_host = "127.0.0.1", maria_port = 3306, maria_charset = "utf8mb4", maria_pool_size = 5, debug = false }
end
local fan, config, mariadb = require "fan", require "config", require "fan.mariadb"
local function get_connection()
  return assert(mariadb.connect(config.maria_database, config.maria_user, config.maria_passwd, config.maria_host,
    config.maria_port))
end
local function count(conn, name)
  local result, n = conn:execute("SELECT COUNT(*) as count FROM " .. name), nil
  if type(result) == "userdata" then
    n = result:fetch().count
    result:close()
  end
  return n
end
fan.loop(function()
]]

describe_live("a program of LuaFan", function()
  local directory

  before_each(function()
    fan.begin()
    directory = files.temporary()
  end)
  after_each(function()
    files.remove(directory)
    fan.finish()
  end)

  -- What a program prints; it ends as LuaFan's tests do.
  local function run(body)
    files.write(directory .. "/program.lua", PRELUDE .. body .. "\nos.exit(0)\nend)\n")
    local pipe = io.popen(("cd '%s' && '%s' program.lua 2>&1"):format(directory, files.interpreter()))
    local text = pipe:read "*a"
    pipe:close()
    return text
  end

  it("connects, pings, and closes", function()
    assert.equal("true\ttrue\tfalse\n", run [[
      local conn = get_connection()
      print(conn:ping(), conn:close(), conn:close()) ]])
  end)

  it("fills tables and reads them under the guard of userdata", function()
    assert.equal("3\tAlice\t95.5\tnumber\nnil\n", run [[
      local conn = get_connection()
      assert(conn:execute("DROP TABLE IF EXISTS test_basic"))
      assert(conn:execute("CREATE TABLE test_basic (id INT AUTO_INCREMENT PRIMARY KEY, name TEXT, score DOUBLE)"))
      for _, name in ipairs { "Alice", "Bob", "Carol" } do
        local text = conn:escape(name)
        assert(conn:execute("INSERT INTO test_basic (name, score) VALUES ('" .. text .. "', 95.5)"))
      end
      local result = conn:execute("SELECT * FROM test_basic ORDER BY id")
      if type(result) == "userdata" then
        local row = result:fetch()
        print(count(conn, "test_basic"), row.name, row.score, type(row.id))
        while row do row = result:fetch() end
        print(row)
        result:close()
      end
      conn:close() ]])
  end)

  it("uses prepared statements in every way of the tests", function()
    assert.equal("true\tfalse\tfalse\n2\n", run [[
      local conn = get_connection()
      assert(conn:execute("CREATE TABLE test_prepared (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(100), age INT,"
        .. " notes TEXT, data BLOB)"))
      local stmt = conn:prepare("INSERT INTO test_prepared (name, age) VALUES (?, ?)")
      local good = pcall(function() stmt:bind("Charlie", 30) end)
      local few = pcall(function() stmt:bind("Dave") end)
      local many = pcall(function() stmt:bind("Eve", 35, 92.0) end)
      print(good, few, many)
      assert(stmt:execute())
      stmt:close()
      local long = conn:prepare("INSERT INTO test_prepared (name, notes) VALUES (?, ?)")
      assert(pcall(function() long:bind("LongData", mariadb.LONG_DATA) end))
      long:close()
      local binary = conn:prepare("INSERT INTO test_prepared (name, data) VALUES (?, ?)")
      binary:bind("BinaryTest", "\0\1\2\255")
      assert(binary:execute() ~= nil)
      binary:close()
      local select = conn:prepare("SELECT name FROM test_prepared WHERE age > ?")
      select:bind(1)
      assert(select:execute() == true)
      select:close() -- nothing was fetched
      print(count(conn, "test_prepared"))
      conn:close() ]])
  end)

  it("has six connections at once, kept in a pool of its own", function()
    assert.equal("6\t6\n", run [[
      local pool, ids, n = {}, {}, 0
      for i = 1, 6 do pool[i] = get_connection() end
      for _, conn in ipairs(pool) do
        local result = conn:execute("SELECT CONNECTION_ID() as id")
        local id = result:fetch().id
        result:close()
        if not ids[id] then n = n + 1 end
        ids[id] = true
      end
      local alive = 0
      for _, conn in ipairs(pool) do if conn:ping() then alive = alive + 1 end end
      print(n, alive)
      for _, conn in ipairs(pool) do conn:close() end ]])
  end)

  it("is isolated from another connection in its transaction", function()
    assert.equal("0\t1\t1\n", run [[
      local one, two = get_connection(), get_connection()
      assert(one:execute("CREATE TABLE test_tx (id INT PRIMARY KEY)"))
      assert(one:autocommit(false))
      assert(one:execute("INSERT INTO test_tx VALUES (1)"))
      local before = count(two, "test_tx")
      assert(one:commit())
      local after = count(two, "test_tx")
      assert(one:execute("INSERT INTO test_tx VALUES (2)"))
      local failed, message = one:execute("INSERT INTO test_tx VALUES (1)")
      assert(failed == nil and type(message) == "string" and message:match("Duplicate entry"))
      assert(one:rollback())
      assert(one:autocommit(true))
      print(before, after, count(two, "test_tx")) ]])
  end)

  it("calls procedures with OUT parameters and several results", function()
    assert.equal("42\nuserdata\t1\tuserdata\t2\n", run [[
      local conn = get_connection()
      conn:execute("DROP PROCEDURE IF EXISTS test_out")
      assert(conn:execute("CREATE PROCEDURE test_out(IN a INT, OUT b INT) BEGIN SET b = a * 2; END"))
      assert(conn:execute("CALL test_out(21, @result)"))
      local result = conn:execute("SELECT @result AS value")
      print(result:fetch().value)
      conn:execute("DROP PROCEDURE IF EXISTS test_two")
      assert(conn:execute("CREATE PROCEDURE test_two() BEGIN SELECT 1 AS n; SELECT 2 AS n; END"))
      local first, second = conn:execute("CALL test_two()")
      print(type(first), first:fetch().n, type(second), second:fetch().n)
      conn:execute("DROP PROCEDURE test_out")
      conn:execute("DROP PROCEDURE test_two")
      conn:close() ]])
  end)

  it("sees its character set, and stores what it says", function()
    assert.equal("utf8mb4\ttrue\n", run [[
      local conn = get_connection()
      assert(conn:setcharset("utf8mb4"))
      local row = conn:execute("SELECT @@character_set_connection"):fetch()
      local text = "\228\189\160\229\165\189 \240\159\140\141"
      assert(conn:execute("CREATE TABLE test_charset (t TEXT) CHARACTER SET utf8mb4"))
      assert(conn:execute("INSERT INTO test_charset VALUES ('" .. conn:escape(text) .. "')"))
      print(row["@@character_set_connection"], conn:execute("SELECT t FROM test_charset"):fetch().t == text) ]])
  end)

  it("does not grow over thousands of results that are dropped unread", function()
    assert.matches("^true\t", run [[
      local conn = get_connection()
      local function work(n)
        for i = 1, n do
          local stmt = conn:prepare("SELECT ? AS i, REPEAT('x', 1000) AS x")
          stmt:bind(i)
          assert(stmt:execute())
          assert(conn:execute("SELECT " .. i .. " AS i, REPEAT('x', 1000) AS x"))
        end
        collectgarbage()
        collectgarbage()
        return collectgarbage("count")
      end
      local before = work(500)
      local after = work(2000)
      print(after - before < 500, after - before) ]])
  end)

  it("sleeps, tells the time, and uses the pool and the ORM beside connections", function()
    assert.equal("true\tAlice\t1\n", run [[
      local pool = require "mariadb.pool".new { users = { name = "varchar(50)" } }
      local sec, usec = fan.gettime()
      fan.sleep(0.01)
      local later, more = fan.gettime()
      local user = pool:safe(function(ctx) return ctx.users("new", { name = "Alice" }) end)
      local conn = get_connection()
      local ctx = require "mariadb.orm".new(conn, { users = { name = "varchar(50)" } })
      print(later + more / 1e6 > sec + usec / 1e6, ctx.users("one", "where id=?", user.id).name, count(conn, "users"))
      pool:close() ]])
  end)
end)
