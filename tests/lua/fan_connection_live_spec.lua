-- fan.mariadb: connections, against a real service.
local fan = require "support.fan"
local files = require "support.files"
local live = require "support.live"
local mariadb = require "fan.mariadb"

local DATABASE = fan.DATABASE
local describe_live = live.endpoint and describe or pending -- needs a server

describe_live("fan.mariadb", function()
  local conn

  before_each(function()
    fan.begin()
    conn = fan.connect()
  end)
  after_each(fan.finish)

  it("has connect and LONG_DATA, a light userdata", function()
    assert.is_function(mariadb.connect)
    assert.equal("userdata", type(mariadb.LONG_DATA))
    assert.not_equal(require("berth").null, mariadb.LONG_DATA)
  end)

  describe("connect", function()
    it("takes LuaFan's arguments, a port in text too, and dials the service", function()
      for _, port in ipairs { 3306, "3306" } do
        local other = assert(mariadb.connect(DATABASE, "user", "password", "127.0.0.1", port))
        assert.equal(DATABASE, fan.row(other, "SELECT database() AS d").d)
        assert.is_true(other:close())
      end
      local short = assert(mariadb.connect(DATABASE, "user", "password"))
      assert.is_true(short:close())
    end)

    it("gives nil and a message where it fails", function()
      local none, message = mariadb.connect("no database/" .. ("x"):rep(60), "user", "password")
      assert.is_nil(none)
      assert.matches("database", message, 1, true)
      package.loaded.config = { mariadb = { endpoint = "127.0.0.1:1", retry_count = 0 } }
      none, message = mariadb.connect(DATABASE, "user", "password")
      assert.is_nil(none)
      assert.is_string(message)
    end)

    it("names the endpoint where only a foreign host is given", function()
      local directory = files.temporary()
      files.write(directory .. "/foreign.lua", [[
        package.loaded.config = {}
        print(require("fan.mariadb").connect("x", "u", "p", "db.example.com", 3306))]])
      local pipe = io.popen(("cd '%s' && BERTH_ENDPOINT= '%s' foreign.lua 2>&1"):format(directory, files.interpreter()))
      local text = pipe:read "*a"
      pipe:close()
      files.remove(directory)
      assert.matches("^nil\tconfig.mariadb.host names the database server \"db.example.com\"", text)
    end)

    it("has no limit of its own: thirty at once, each a session of its own", function()
      local list, ids = {}, {}
      for i = 1, 30 do
        list[i] = fan.connect()
        list[i]:execute("SET @mine = " .. i)
      end
      for i = 1, 30 do
        local row = fan.row(list[i], "SELECT @mine AS mine, connection_id() AS id")
        assert.equal(i, row.mine)
        assert.is_nil(ids[row.id])
        ids[row.id] = true
      end
    end)
  end)

  it("gives full userdata with a locked metatable, which say what they are", function()
    local statement, cursor = conn:prepare "SELECT 1", conn:execute "SELECT 1 AS one"
    for name, object in pairs { CONNECTION = conn, STATEMENT = statement, CURSOR = cursor } do
      assert.equal("userdata", type(object))
      assert.is_string(getmetatable(object))
      assert.is_false(pcall(setmetatable, object, {}))
      assert.matches("^MARIADB_" .. name .. "_METATABLE %(0x%x+%)$", tostring(object))
    end
    for name, object in pairs { CURSOR = cursor, STATEMENT = statement, CONNECTION = conn } do
      assert.is_true(object:close())
      assert.is_false(object:close())
      assert.equal("MARIADB_" .. name .. "_METATABLE (closed)", tostring(object))
    end
  end)

  it("raises where a closed object is used", function()
    local statement, cursor = conn:prepare "SELECT 1", conn:execute "SELECT 1 AS one"
    local function refused(object, word, methods)
      object:close()
      for _, name in ipairs(methods) do
        local ok, err = pcall(object[name], object, "x")
        assert.is_false(ok)
        assert.matches(("bad argument #1 to '%s' (%s is closed)"):format(name, word), err, 1, true)
      end
    end
    refused(cursor, "cursor", { "fetch", "getcolnames", "getcoltypes", "numrows" })
    refused(statement, "statement", { "bind_param", "bind", "send_long_data", "execute", "store_result", "fetch",
      "pairs" })
    refused(conn, "connection", { "ping", "escape", "execute", "setcharset", "prepare", "commit", "rollback",
      "autocommit", "getlastautoid" })
  end)

  it("tells the caller's line of a wrong call", function()
    local ok, err = pcall(function() conn.ping {} end)
    assert.is_false(ok)
    assert.matches("live_spec.lua:%d+: bad argument #1 to 'ping' %(connection expected, got table%)", err)
    ok, err = pcall(function() conn:execute {} end)
    assert.is_false(ok)
    assert.matches("live_spec.lua:%d+: bad argument #1 to 'execute' %(string expected, got table%)", err)
  end)

  it("escapes what stands between quotes, in the session's sql_mode", function()
    local text = "it's \"q\" \\ back\0slash\n\r\26 \255"
    assert.not_equal(text, conn:escape(text))
    assert.equal([[a\'b\"c\\d\0e\nf]], conn:escape "a'b\"c\\d\0e\nf")
    assert.equal("12", conn:escape(12))
    local function echo() return fan.row(conn, "SELECT CAST('" .. conn:escape(text) .. "' AS BINARY) AS t").t end
    assert.equal(text, echo())
    assert(conn:execute "SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')")
    assert.equal("it''s \\", conn:escape "it's \\")
    assert.equal(text, echo())
    assert(conn:execute "SET SESSION sql_mode = REPLACE(@@sql_mode, 'NO_BACKSLASH_ESCAPES', '')")
    assert.equal("it\\'s \\\\", conn:escape "it's \\")
  end)

  it("sets the character set", function()
    local function now() return fan.row(conn, "SELECT @@character_set_connection AS cs").cs end
    for _, name in ipairs { "latin1", "utf8mb4" } do
      assert.is_true(conn:setcharset(name))
      assert.equal(name, now())
    end
    local none, message = conn:setcharset "klingon"
    assert.is_nil(none)
    assert.matches("klingon", message, 1, true)
    assert.is_nil((conn:setcharset "utf8; DROP"))
    none, message = conn:setcharset "GBK"
    assert.is_nil(none)
    assert.matches("cannot be escaped safely", message, 1, true)
    assert.equal("utf8mb4", now())
  end)

  it("tells the last generated id, 0 where there is none", function()
    assert.equal(0, conn:getlastautoid())
    conn:execute "CREATE TABLE t (id int auto_increment primary key, n int)"
    assert.equal(1, conn:execute "INSERT INTO t (n) VALUES (1)")
    assert.equal(1, conn:getlastautoid())
    conn:execute "INSERT INTO t (n) VALUES (1), (2)"
    assert.equal(2, conn:getlastautoid())
  end)

  it("refuses results that are too large to be held, and goes on", function()
    package.loaded.config = { maria_max_result_bytes = 4 * 1024 * 1024 }
    local small = fan.connect()
    local none, message = small:execute "SELECT REPEAT('x', 1000000) AS x FROM seq_1_to_20"
    assert.is_nil(none)
    assert.matches("max_result_bytes", message, 1, true)
    assert.equal(1, fan.row(small, "SELECT 1 AS one").one)
    local statement = small:prepare "SELECT REPEAT('x', 1000000) AS x FROM seq_1_to_20"
    assert.is_true(statement:execute())
    local n = 0
    for row in statement:pairs() do n = n + #row.x end
    assert.equal(20000000, n)
  end)

  it("is closed by the garbage collector, which does not wait", function()
    local other = fan.connect()
    local dropped = assert(mariadb.connect(DATABASE, "", ""))
    local id = fan.row(dropped, "SELECT connection_id() AS id").id
    dropped:execute "CREATE TABLE t (n int)"
    dropped:execute "SELECT GET_LOCK('fan_gc', 0)"
    dropped:autocommit(false)
    dropped:execute "INSERT INTO t VALUES (1)"
    local statement = dropped:prepare "SELECT 1"
    dropped = nil -- luacheck: ignore
    collectgarbage()
    assert.equal(0, fan.row(other, "SELECT GET_LOCK('fan_gc', 0) AS l").l) -- the statement keeps it
    assert.is_true(statement:execute())
    statement = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    assert.equal(1, fan.row(other, "SELECT GET_LOCK('fan_gc', 5) AS l").l)
    assert.equal(0, fan.row(other, "SELECT count(*) AS n FROM t").n)
    assert.is_number(id)
  end)

  it("takes more connections than the service has, one after another, without close", function()
    for i = 1, 300 do
      local one = assert(mariadb.connect(DATABASE, "", ""))
      assert.equal(i, fan.row(one, "SELECT " .. i .. " AS i").i)
      if i % 20 == 0 then
        one = nil -- luacheck: ignore
        collectgarbage()
        collectgarbage()
      end
    end
  end)

  if _VERSION >= "Lua 5.4" then
    it("is closed at the end of its block", function()
      local kept = load([[
        local connect, rows = ...
        local conn <close> = connect()
        local statement <close> = conn:prepare "SELECT 1"
        local cursor <close> = conn:execute "SELECT 1"
        return { conn, statement, cursor }]])(fan.connect)
      for _, object in ipairs(kept) do assert.matches("(closed)", tostring(object), 1, true) end
    end)
  end
end)

local endpoint = os.getenv "BERTH_AUTH_ENDPOINT"
local describe_auth = endpoint and endpoint ~= "" and describe or pending -- needs a service with users

describe_auth("fan.mariadb on a service with users", function()
  before_each(function() package.loaded.config = { mariadb = { endpoint = endpoint } } end)
  after_each(function() package.loaded.config = nil end)

  it("lets dbuser in, and refuses wrong credentials, unknown users and none", function()
    local conn = assert(mariadb.connect(nil, "dbuser", "dbpass", "127.0.0.1", 3306))
    assert.is_true(conn:ping())
    conn:close()
    for _, who in ipairs { { "dbuser", "wrong" }, { "nobody", "dbpass" }, { "", "" } } do
      local none, message, err = mariadb.connect(nil, who[1], who[2], "127.0.0.1", 3306)
      assert.is_nil(none)
      assert.is_string(message)
      assert.equal("CREDENTIALS", err.code)
    end
  end)
end)
