-- What real applications of LuaFan do with its pool, each habit as a test.
local files = require "support.files"
local json = require "berth.json"
local live = require "support.live"
local pool = require "mariadb.pool"

local DATABASE = "berth_spec"

local describe_live = live.endpoint and describe or pending -- needs a server

-- The module that these applications share: it merges the schemas of a directory.
local CTXPOOL = [[
local pool = require "mariadb.pool"
local models = {}
for _, name in ipairs { "device", "message", "record", "account" } do
  for key, model in pairs(dofile(directory .. "/database/" .. name .. ".lua")) do models[key] = model end
end
return pool.new(models)
]]

local SCHEMAS = {
  device = [[
    return { devices = { publickey = "varchar(4096)", alias = "varchar(32) default 'none'",
      "INDEX `publickey` (`publickey`(255))" } }]],
  message = [[
    local orm = require "mariadb.orm"
    return { messages = { [orm.FIELD_ID_KEY] = "id", body = "varchar(100)", sender = "varchar(20)", length = "int",
      state = "enum('new','sent') default 'new'", score = "double", received = "bigint",
      "UNIQUE KEY `body` (`body`,`sender`)" } }]],
  record = [[return { records = { path = "varchar(100)", data = "longblob" } }]],
  account = [[return { accounts = { name = "varchar(20)" } }]],
}

describe_live("an application", function()
  local ctxpool, directory, log

  before_each(function()
    live.empty(DATABASE)
    live.sql(DATABASE, "CREATE TABLE accounts (ID bigint auto_increment primary key, name varchar(20))")
    directory, log = files.temporary(), {}
    for name, text in pairs(SCHEMAS) do files.write(("%s/database/%s.lua"):format(directory, name), text) end
    files.write(directory .. "/ctxpool.lua", CTXPOOL)
    package.loaded.config = { maria_database = DATABASE, maria_port = "3306", maria_pool_size = "4",
      maria_log = function(line) log[#log + 1] = line end }
    _G.directory = directory -- luacheck: ignore
    ctxpool = dofile(directory .. "/ctxpool.lua")
  end)
  after_each(function()
    ctxpool:close()
    files.remove(directory)
    package.loaded.config, _G.directory = nil, nil -- luacheck: ignore
  end)

  local function names(rows)
    local list = {}
    for i, row in ipairs(rows) do list[i] = row.name end
    return list
  end

  it("merges the schemas of database/*.lua into one pool", function()
    ctxpool:safe(function(ctx)
      for _, name in ipairs { "devices", "messages", "records", "accounts" } do assert.same({}, ctx[name] "list") end
    end)
  end)

  it("calls safe with a named function and arguments, and uses the result unchecked", function()
    local function list_accounts(ctx, first, second)
      ctx.accounts("new", { name = first })
      ctx.accounts("new", { name = second })
      return ctx.accounts("list", "order by ID limit 1000")
    end
    local seen = 0
    for _, account in ipairs(ctxpool:safe(list_accounts, "a", "b")) do
      seen = seen + 1
      assert.is_string(account.name)
    end
    assert.equal(2, seen)
    assert.equal("a", ctxpool:safe(function(ctx) return ctx.accounts("one", "where name=?", "a") end).name)
  end)

  it("guards writes that nobody waits for by pcall", function()
    assert.is_true(pcall(function()
      ctxpool:safe(function(ctx) ctx.accounts("new", { name = "a" }) end)
    end))
    assert.is_false(pcall(function()
      ctxpool:safe(function(ctx) ctx.messages("new", { body = "x", state = "no such state" }) end)
    end))
    assert.equal(1, live.value(DATABASE, "SELECT count(*) AS value FROM accounts"))
  end)

  it("writes fragments as raw clauses in lower case", function()
    ctxpool:safe(function(ctx)
      for i = 1, 25 do ctx.messages("new", { body = "b" .. i, sender = i % 2 == 0 and "even" or "odd" }) end
      assert.equal("b4", ctx.messages("one", "where body=? and sender=?", "b4", "even").body)
      local list = ctx.messages("list", "where sender=? order by id desc limit 0,20", "odd")
      assert.equal(13, #list)
      assert.equal("b25", list[1].body)
      assert.equal(25, #ctx.messages("list", "order by ID limit 1000"))
    end)
  end)

  it("gets or creates, and keeps the id for ever", function()
    local cache = {}
    local function device_id(key)
      if not cache[key] then
        cache[key] = ctxpool:safe(function(ctx)
          local device = ctx.devices("one", "where publickey=?", key)
          return device or ctx.devices("new", { publickey = key })
        end).id
      end
      return cache[key]
    end
    assert.equal(1, device_id "k1")
    assert.equal(2, device_id "k2")
    assert.equal(1, device_id "k1")
    cache = {}
    assert.equal(2, device_id "k2")
  end)

  it("copies a JSON message into a row, unknown keys, floats and all, and updates it", function()
    ctxpool:safe(function(ctx)
      local message = ctx.messages("new", { body = "x" })
      local from_json = { body = "y", length = 3.0, score = 1.5, received = 1.7e12, kind = "sms", nested = { 1 } }
      for key, value in pairs(from_json) do message[key] = value end
      assert.equal(1, message:update())
      local stored = ctx.messages("one", "where id=?", message.id)
      assert.same({ "y", 3, 1.5, 1700000000000 }, { stored.body, stored.length, stored.score, stored.received })
    end)
    table.sort(log)
    assert.same({ 'table "messages" has no column "kind": skipped in update',
      'table "messages" has no column "nested": skipped in update' }, log)
  end)

  it("creates a row from a JSON message with extra keys", function()
    ctxpool:safe(function(ctx)
      local message = ctx.messages("new", { body = "x", extra = true, other = { 1 } })
      assert.equal("x", message.body)
      assert.is_nil(rawget(message, "extra"))
    end)
  end)

  it("hangs foreign values on rows", function()
    ctxpool:safe(function(ctx)
      local device = ctx.devices("new", { publickey = "k" })
      device.privkey = io.stdout
      device.alias = "mine"
      assert.equal(1, device:update())
      assert.equal(io.stdout, device.privkey)
      assert.equal("mine", ctx.devices("one").alias)
    end)
  end)

  it("updates by SQL, and ignores what it returns", function()
    ctxpool:safe(function(ctx)
      local id = ctx.devices("new", { publickey = "k" }).id
      ctx:update("update devices set alias=? where id=?", "x", id)
      assert.equal("x", ctx.devices("one", "where id=?", id).alias)
    end)
  end)

  it("sends BLOBs by a function", function()
    ctxpool:safe(function(ctx)
      local buffer = ("\0\255'"):rep(100000)
      local record = ctx.records("new", { path = "/x",
        data = function(stmt, index) assert(stmt:send_long_data(index, buffer)) end })
      assert.equal(buffer, ctx.records("one", "where id=?", record.id).data)
    end)
  end)

  it("lets rows escape, and reads them again by id to update them", function()
    local object = {}
    object.record = ctxpool:safe(function(ctx) return ctx.records("new", { path = "/x" }) end)
    ctxpool:safe(function(ctx)
      local record = ctx.records("one", "where id=?", object.record.id)
      record.path = "/y"
      record:update()
    end)
    assert.equal("/x", object.record.path)
    assert.equal("/y", ctxpool:safe(function(ctx) return ctx.records("one").path end))
  end)

  it("goes through getmetatable(ctx).db with a cursor", function()
    ctxpool:safe(function(ctx)
      for _, name in ipairs { "a", "b" } do ctx.accounts("new", { name = name }) end
      local cursor = getmetatable(ctx).db:execute "select name from accounts order by ID"
      local list = {}
      while true do
        local row = cursor:fetch()
        if not row then break end
        list[#list + 1] = row.name
      end
      cursor:close()
      assert.same({ "a", "b" }, list)
    end)
  end)

  it("reads plain rows for JSON under _readonly", function()
    ctxpool:safe(function(ctx)
      ctx.accounts("new", { name = "a" })
      ctx._readonly = true
      assert.equal('[{"ID":1,"name":"a"}]', json.encode(ctx.accounts "list"))
    end)
  end)

  it("declares indexes in the array part, enums and defaults in quotes", function()
    ctxpool:safe(function(ctx)
      local message = ctx.messages("new", { body = "x", sender = "a" })
      assert.equal("new", message.state)
      assert.equal("none", ctx.devices("new", { publickey = "k" }).alias)
      local ok, err = pcall(ctx.messages, "new", { body = "x", sender = "a" })
      assert.is_false(ok)
      assert.matches("Duplicate entry", tostring(err), 1, true)
    end)
  end)

  it("declares an index on a long varchar", function()
    local long = pool.new { keys = { publickey = "varchar(4096)", "INDEX `publickey` (`publickey`)" } }
    long:safe(function(ctx) assert.equal(1, ctx.keys("new", { publickey = ("k"):rep(4096) }).id) end)
    long:close()
  end)

  it("has a model without id whose table, made elsewhere, has ID", function()
    ctxpool:safe(function(ctx)
      local account = ctx.accounts("new", { name = "a" })
      assert.equal(1, account.ID)
      account.name = "b"
      assert.equal(1, account:update())
      assert.same({ "b" }, names(ctx.accounts "list"))
    end)
  end)

  it("requires fan.mariadb beside its pool, and does not use it", function()
    local mariadb = require "fan.mariadb"
    assert.is_function(mariadb.connect)
    assert.equal("a", ctxpool:safe(function(ctx) return ctx.accounts("new", { name = "a" }) end).name)
  end)

  it("prepares statements on getmetatable(ctx).db", function()
    ctxpool:safe(function(ctx)
      local statement = getmetatable(ctx).db:prepare "insert into accounts (name) values (?)"
      assert.equal(1, statement:bind_param("a"):execute())
      statement:close()
      assert.equal(1, getmetatable(ctx).db:getlastautoid())
      assert.same({ "a" }, names(ctx.accounts "list"))
    end)
  end)

  it("wraps pop and push in a safe of its own, which returns nil and a message", function()
    local facade = {}
    function facade.safe(f, ...)
      local ctx = ctxpool:pop()
      local result = { pcall(f, ctx, ...) }
      ctxpool:push(ctx)
      if not result[1] then return nil, tostring(result[2]) end
      return (unpack or table.unpack)(result, 2)
    end
    assert.same({ 1, "a" }, { facade.safe(function(ctx, name)
      local account = ctx.accounts("new", { name = name })
      return account.ID, account.name
    end, "a") })
    local none, message = facade.safe(function(ctx) ctx.accounts("list", "nothing = 1") end)
    assert.is_nil(none)
    assert.matches("nothing", message, 1, true)
  end)

  it("uses pop and push by hand", function()
    local ctx = ctxpool:pop()
    ctx.accounts("new", { name = "a" })
    ctxpool:push(ctx)
    assert.equal(1, live.value(DATABASE, "SELECT count(*) AS value FROM accounts"))
  end)

  it("sets its configuration from the environment, as globals of config.d", function()
    files.write(directory .. "/config.d/mariadb.lua", [[
      maria_host = os.getenv("MARIA_HOST") or "localhost"
      maria_port = os.getenv "MARIA_PORT"
      maria_database = os.getenv "MARIA_DATABASE_NAME"
      maria_user = os.getenv "MARIA_USERNAME"
      maria_passwd = os.getenv "MARIA_PASSWORD"
      maria_charset = os.getenv("MARIA_CHARSET") or "utf8mb4"
      maria_pool_size = tonumber(os.getenv "MARIA_POOL_COUNT")
    ]])
    files.write(directory .. "/program.lua", [[
      local pool = require("mariadb.pool").new({})
      print(pool:safe(function(ctx) return ctx:select("select database() as d")[1].d end), pool:stats().pool_size)
    ]])
    local command = "cd '%s' && MARIA_HOST=127.0.0.1 MARIA_PORT=3306 MARIA_DATABASE_NAME=%s MARIA_POOL_COUNT=3 "
      .. "'%s' program.lua 2>&1"
    local pipe = io.popen(command:format(directory, DATABASE, files.interpreter()))
    local text = pipe:read "*a"
    pipe:close()
    assert.equal(DATABASE .. "\t3\n", text)
  end)
end)
