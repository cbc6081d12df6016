-- The drop-in for LuaFan, point by point: what mariadb.pool, mariadb.orm, config
-- and fan.config have and do. Where LuaFan's documents and its code disagree both
-- kinds of programs must work.
local files = require "support.files"
local live = require "support.live"
local orm = require "mariadb.orm"
local pool = require "mariadb.pool"

local DATABASE = "berth_spec"

local MODELS = {
  users = {
    id = "int auto_increment primary key",
    name = "varchar(50)",
    email = "varchar(100)",
    active = "boolean default true",
    amount = "decimal(20,4)",
    created_at = "datetime default current_timestamp",
    born = "date",
    alarm = "time",
    data = "longblob",
    meta = "json",
    note = "text",
    big = "bigint",
    upper_name = function(ctx, row, key) return row.name:upper() .. key .. tostring(ctx ~= nil) end,
    ["unique key email_idx"] = "(email)",
    ["index name_idx"] = "(name)",
    "INDEX `born` (`born`)",
  },
  posts = {
    id = "int auto_increment primary key",
    user_id = "int not null",
    title = "varchar(200)",
    ["foreign key (user_id)"] = "references users(id)",
  },
}

local describe_live = live.endpoint and describe or pending -- needs a server

describe_live("the drop-in", function()
  local db, log

  local function new_pool(models, settings)
    local all = { database = DATABASE, log = function(line) log[#log + 1] = line end }
    for key, value in pairs(settings or {}) do all[key] = value end
    return pool.new(models or MODELS, all)
  end

  before_each(function()
    package.loaded.config = {}
    live.empty(DATABASE)
    log = {}
    db = new_pool()
  end)
  after_each(function()
    db:close()
    package.loaded.config = nil
  end)

  local function safe(f) return db:safe(f) end

  local function insert_three(ctx)
    for _, name in ipairs { "a", "b", "c" } do ctx.users("insert", { name = name, email = name .. "@x" }) end
  end

  describe("has LuaFan's names:", function()
    it("mariadb.pool: new, and pools with pop, push, safe", function()
      assert.is_function(pool.new)
      for _, name in ipairs { "pop", "push", "safe" } do assert.is_function(db[name]) end
    end)

    it("mariadb.orm: BUILTIN_VALUE_NOW and FIELD_ID_KEY", function()
      assert.equal("NOW()", orm.BUILTIN_VALUE_NOW)
      assert.is_table(orm.FIELD_ID_KEY)
    end)

    it("contexts: select, update, delete, insert, _readonly, index, getmetatable(ctx).db and models", function()
      safe(function(ctx)
        for _, name in ipairs { "select", "update", "delete", "insert" } do assert.is_function(ctx[name]) end
        assert.is_false(ctx._readonly)
        assert.is_number(ctx.index)
        assert.is_function(getmetatable(ctx).db.execute)
        assert.equal(MODELS, getmetatable(ctx).models)
      end)
    end)

    it("tables: select, list, one, a function, delete, remove, insert, new, fields", function()
      safe(function(ctx)
        assert.equal("a", ctx.users("insert", { name = "a" }).name)
        assert.equal("b", ctx.users("new", { name = "b" }).name)
        assert.equal(2, #ctx.users "select")
        assert.equal(2, #ctx.users "list")
        assert.equal("a", ctx.users("one").name)
        assert.equal("b", ctx.users.name(" = ?", "b")[1].name)
        assert.equal(2, #ctx.users.name())
        assert.equal(1, ctx.users("delete", "name = ?", "a"))
        assert.equal(1, ctx.users("remove", "where name = ?", "b"))
      end)
    end)

    it("rows: update, delete, remove, computed fields", function()
      safe(function(ctx)
        insert_three(ctx)
        local rows = ctx.users("list", "order by id")
        assert.equal("Aupper_nametrue", rows[1].upper_name)
        rows[1].name = "z"
        assert.equal(1, rows[1]:update())
        assert.equal(1, rows[1]:delete())
        assert.equal(1, rows[2]:remove())
        assert.is_nil(getmetatable(rows[2]))
        assert.equal(1, #ctx.users "list")
      end)
    end)
  end)

  it("1: fragments are conditions or start with a clause, for every operation", function()
    safe(function(ctx)
      insert_three(ctx)
      for _, operation in ipairs { "select", "list" } do
        assert.equal(1, #ctx.users(operation, "name = ?", "a"))
        assert.equal(1, #ctx.users(operation, "where name=?", "a"))
        assert.equal(2, #ctx.users(operation, "id > ? ORDER BY id DESC LIMIT 2", 0))
        assert.equal(1, #ctx.users(operation, "order by id limit 1"))
        assert.equal(0, #ctx.users(operation, "u join posts p on p.user_id = u.id"))
      end
      assert.equal("c", ctx.users("one", "order by id desc").name)
      local seen = 0
      ctx.users(function() seen = seen + 1 end, "where id > ?", 1)
      ctx.users(function() seen = seen + 1 end, "id > ?", 1)
      assert.equal(4, seen)
      assert.equal(1, ctx.users("delete", "where name = ?", "a"))
      assert.equal(1, ctx.users("remove", "name = ?", "b"))
    end)
  end)

  it("2: one takes fragments with LIMIT and FOR UPDATE", function()
    safe(function(ctx)
      insert_three(ctx)
      assert.equal("b", ctx.users("one", "order by id limit 1, 1").name)
      assert.equal("a", ctx.users("one", "name = ? for update", "a").name)
      assert.equal("a", ctx.users("one", "where id = ? lock in share mode", 1).name)
    end)
  end)

  it("3: errors are raised, or returned with errors = \"return\"", function()
    local ok, err = pcall(db.safe, db, function() error("text", 0) end)
    assert.is_false(ok)
    assert.equal("text", err)
    local returning = new_pool(MODELS, { errors = "return" })
    local result, message, object = returning:safe(function(ctx) ctx:update "SELCT" end)
    assert.is_nil(result)
    assert.matches("SQL syntax", message)
    assert.equal("SYNTAX", object.code)
    assert.matches("pool:safe: ", log[#log], 1, true)
    returning:close()
  end)

  it("4: safe returns all values", function()
    assert.same({ n = 3, nil, "not found", 3 }, { n = select("#", safe(function() return nil, "not found", 3 end)),
      safe(function() return nil, "not found", 3 end) })
  end)

  it("5: ctx._connection is getmetatable(ctx).db, in the same session", function()
    safe(function(ctx)
      assert.equal(getmetatable(ctx).db, ctx._connection)
      ctx._connection:execute "SET @x = 5"
      assert.equal(5, ctx:select("SELECT @x AS x")[1].x)
    end)
  end)

  it("6: failing operations raise", function()
    safe(function(ctx)
      assert.is_false(pcall(ctx.users, "insert", { email = "e", big = "no number" }))
      assert.is_false(pcall(ctx.users, "list", "nam = 1"))
      assert.is_false(pcall(ctx.update, ctx, "SELCT"))
    end)
  end)

  it("7: dates are tables that behave as strings, and all forms are taken", function()
    safe(function(ctx)
      local user = ctx.users("insert", { name = "a", created_at = "2023-12-25 00:00:00", alarm = "07:30:00",
        born = os.date("*t", 86400 * 400) })
      assert.equal(2023, user.created_at.year)
      assert.equal("2023-12-25 00:00:00", tostring(user.created_at))
      assert.equal("at 2023-12-25", "at " .. user.created_at:sub(1, 10))
      assert.equal(1971, user.born.year)
      assert.equal(30, user.alarm.minute)
      user.created_at.year = 2024
      assert.equal(1, user:update())
      local again = ctx.users("one", "created_at = ?", user.created_at)
      assert.equal(2024, again.created_at.year)
      local cursor = ctx._connection:execute "SELECT created_at FROM users"
      assert.equal("2024-12-25 00:00:00", cursor:fetch().created_at)
    end)
  end)

  it("8: an insert gives the row with the server's defaults, and keeps an explicit id", function()
    safe(function(ctx)
      local user = ctx.users("insert", { name = "bob", created_at = orm.BUILTIN_VALUE_NOW })
      assert.equal("bob", user.name)
      assert.equal(1, user.active)
      assert.is_true(user.created_at.year > 2000)
      assert.equal(77, ctx.users("insert", { id = 77, name = "x" }).id)
    end)
  end)

  it("9: booleans read as 0 and 1, and false is written as 0", function()
    safe(function(ctx)
      local user = ctx.users("insert", { name = "a", active = false })
      assert.equal(0, user.active)
      user.active = true
      user:update()
      assert.equal(1, ctx.users("one").active)
      user.active = false
      user:update()
      assert.equal(0, ctx.users("one").active)
    end)
  end)

  it("10: tables become JSON, also in text columns, and read as text", function()
    safe(function(ctx)
      local meta = { brand = "b" }
      local user = ctx.users("insert", { name = "a", meta = meta, note = { 1, 2 } })
      assert.equal(meta, user.meta)
      local read = ctx.users("one")
      assert.equal('{"brand":"b"}', read.meta)
      assert.equal("[1,2]", read.note)
    end)
  end)

  it("11: DECIMAL is a number", function()
    safe(function(ctx)
      assert.equal(999999.9999, ctx.users("insert", { name = "a", amount = "999999.9999" }).amount)
    end)
  end)

  it("12: integers are integers up to 2^53 and beyond, floats of JSON too", function()
    safe(function(ctx)
      local user = ctx.users("insert", { name = "a", big = 9007199254740991.0 })
      assert.equal(9007199254740991, user.big)
      user.big = "9223372036854775807"
      user:update()
      assert.equal("9223372036854775807", tostring(ctx.users("one").big))
    end)
  end)

  it("13: update tells the affected rows", function()
    safe(function(ctx)
      local user = ctx.users("insert", { name = "a" })
      assert.equal(0, user:update())
      user.name = "b"
      assert.equal(1, user:update())
    end)
  end)

  it("14: ctx:update and ctx:delete give affected rows, ctx:insert the last id", function()
    safe(function(ctx)
      assert.same({ 1, 1 }, { ctx:insert("insert into users (name) values (?)", "a") })
      assert.same({ 2, 1 }, { ctx:update("insert into users (name) values ('b')") })
      assert.equal(2, (ctx:update("update users set name = ?", "c")))
      assert.equal(2, (ctx:delete("delete from users where name = ?", "c")))
    end)
  end)

  it("15 to 17: constraints are keys or the array part; tables are InnoDB and utf8mb4", function()
    safe(function() end)
    local ddl = live.sql(DATABASE, "SHOW CREATE TABLE users")[1]["Create Table"]
    assert.matches("UNIQUE KEY `email_idx` (`email`)", ddl, 1, true)
    assert.matches("KEY `name_idx` (`name`)", ddl, 1, true)
    assert.matches("KEY `born` (`born`)", ddl, 1, true)
    assert.matches("ENGINE=InnoDB", ddl, 1, true)
    assert.matches("CHARSET=utf8mb4", ddl, 1, true)
    assert.matches("^CREATE TABLE `users` %(\n  `id`", ddl)
    assert.matches("REFERENCES `users`", live.sql(DATABASE, "SHOW CREATE TABLE posts")[1]["Create Table"], 1, true)
  end)

  describe("18: the id column", function()
    it("is named by the model", function()
      local own = new_pool { things = { [orm.FIELD_ID_KEY] = "code", code = "varchar(10) primary key", n = "int" } }
      own:safe(function(ctx)
        local thing = ctx.things("insert", { code = "x", n = 1 })
        thing.n = 2
        assert.equal(1, thing:update())
      end)
      own:close()
    end)

    it("is added where there is none", function()
      local own = new_pool { things = { n = "int" } }
      own:safe(function(ctx) assert.equal(1, ctx.things("insert", { n = 1 }).id) end)
      own:close()
    end)

    it("else is the table's primary key, of several columns too", function()
      local own = new_pool { things = { a = "int", b = "int", n = "int", "PRIMARY KEY (`a`, `b`)" } }
      own:safe(function(ctx)
        ctx.things("insert", { a = 1, b = 1, n = 1 })
        local thing = ctx.things("insert", { a = 1, b = 2, n = 1 })
        thing.n = 9
        assert.equal(1, thing:update())
        assert.equal(1, ctx.things("one", "n = 9").a)
        assert.equal(2, ctx.things:find(1, 2).b)
      end)
      own:close()
    end)
  end)

  it("19: \"NOW()\" is the function in columns of dates, text elsewhere", function()
    safe(function(ctx)
      local user = ctx.users("insert", { name = "NOW()", created_at = "NOW()" })
      assert.equal("NOW()", user.name)
      user.born = "NOW()"
      assert.equal(1, user:update())
      assert.is_true(ctx.users("one").born.year > 2000)
    end)
  end)

  it("20: functions write long data; their errors are raised", function()
    safe(function(ctx)
      local user = ctx.users("insert", { name = "a", created_at = "NOW()", data = function(stmt, index)
        assert.is_number(index)
        for _ = 1, 3 do assert(stmt:send_long_data(index, "x\0")) end
      end })
      assert.equal("x\0x\0x\0", user.data)
      local ok, err = pcall(ctx.users, "insert", { data = function() error("no data", 0) end })
      assert.is_false(ok)
      assert.equal("no data", err)
    end)
  end)

  it("21 and 22: fan.config.load and config.mariadb are read when a pool is made", function()
    package.loaded.config = { maria_database = "elsewhere", mariadb = { pool_size = 4 } }
    require("fan.config").load { mariadb = { database = DATABASE } }
    local own = pool.new({})
    own:safe(function(ctx)
      assert.equal(DATABASE, ctx:select("SELECT database() AS d")[1].d)
      assert.equal(4, own:stats().pool_size)
    end)
    own:close()
  end)

  it("23: a connection that fails is tried again", function()
    local own = new_pool({}, { endpoint = "127.0.0.1:1", retry_count = 2, timeout = 5 })
    assert.is_false(pcall(own.safe, own, function(ctx) ctx:select "SELECT 1" end))
    assert.equal(2, own.counters.retried)
    own:close()
  end)

  it("25: trailing nils are left out, missing parameters raise, nulls of others are NULL", function()
    safe(function(ctx)
      insert_three(ctx)
      assert.equal(1, #ctx.users("list", "name = ?", "a", nil, nil))
      assert.equal(3, #ctx.users("list", "note <=> ?", nil))
      assert.is_false(pcall(ctx.users, "list", "name = ? and id = ?", "a"))
      assert.equal(3, #ctx.users("list", "note <=> ?", require("berth").null))
      assert.is_nil(ctx.users("insert", { name = "d", note = require("berth").null }).note)
    end)
  end)

  it("26: names are quoted: a column may be called order", function()
    local own = new_pool { groups = { order = "int", ["group"] = "varchar(5)" } }
    own:safe(function(ctx)
      local row = ctx.groups("insert", { order = 1, group = "x" })
      row.order = 2
      assert.equal(1, row:update())
      assert.equal(1, #ctx.groups.order(" = ?", 2))
      assert.equal(1, row:delete())
    end)
    own:close()
  end)

  it("27: rows have no keys but their columns", function()
    safe(function(ctx)
      ctx.users("insert", { name = "a" })
      local row = ctx.users("one")
      row:update()
      for key in pairs(row) do assert.is_string(MODELS.users[key]) end
    end)
  end)

  it("28: _readonly is for one session", function()
    safe(function(ctx)
      ctx.users("insert", { name = "a" })
      ctx._readonly = true
      assert.is_nil(getmetatable(ctx.users("one")))
    end)
    safe(function(ctx) assert.is_function(ctx.users("one").update) end)
  end)

  it("29: delete without a fragment empties the table, but not under safe_delete", function()
    local careful = new_pool(MODELS, { safe_delete = true })
    careful:safe(function(ctx)
      insert_three(ctx)
      assert.is_false(pcall(ctx.users, "delete"))
      assert.equal(3, ctx.users("delete", "all"))
      insert_three(ctx)
    end)
    careful:close()
    safe(function(ctx) assert.equal(3, ctx.users "delete") end)
  end)

  it("30: the function of a select may run statements", function()
    safe(function(ctx)
      insert_three(ctx)
      local names = {}
      ctx.users(function(user)
        names[#names + 1] = ctx.users("one", "id = ?", user.id).name
        ctx.posts("insert", { user_id = user.id, title = "x" })
      end)
      assert.same({ "a", "b", "c" }, names)
      assert.equal(3, #ctx.posts "list")
    end)
  end)

  it("31: rows live on after safe; the context does not", function()
    local kept, user = safe(function(ctx) return ctx, ctx.users("insert", { name = "a" }) end)
    assert.equal("a", user.name)
    user.name = "b"
    assert.equal(1, user:update())
    assert.equal(1, user:delete())
    local ok, err = pcall(kept.users, "list")
    assert.is_false(ok)
    assert.matches("session is closed", tostring(err), 1, true)
  end)

  it("32: pools have close and stats", function()
    assert.is_number(db:stats().pool_size)
    db:close()
    assert.is_false(pcall(db.safe, db, function() end))
  end)

  it("33: a table may have the name of a method", function()
    local own = new_pool { select = { n = "int" }, index = { n = "int" }, each = { n = "int" } }
    own:safe(function(ctx)
      assert.equal(1, ctx.select("insert", { n = 1 }).id)
      assert.equal(1, ctx.index("insert", { n = 1 }).id)
      assert.equal(1, ctx.each("insert", { n = 1 }).id)
    end)
    own:close()
  end)

  it("a column may have the name of an operation", function()
    local own = new_pool { counters = { count = "int", each = "int" } }
    own:safe(function(ctx)
      ctx.counters("insert", { count = 5, each = 1 })
      assert.equal(1, #ctx.counters.count(" = ?", 5))
      assert.equal(1, ctx.counters:count())
    end)
    own:close()
  end)

  it("MariaDB's messages come verbatim", function()
    safe(function(ctx)
      ctx.users("insert", { name = "a", email = "same" })
      local _, err = pcall(ctx.users, "insert", { name = "b", email = "same" })
      assert.matches("^Duplicate entry 'same' for key 'email_idx'", tostring(err))
      _, err = pcall(ctx.posts, "insert", { user_id = 99 })
      assert.matches("foreign key constraint fails", tostring(err), 1, true)
      _, err = pcall(ctx.posts, "insert", { title = "x" })
      assert.matches("Field 'user_id' doesn't have a default value", tostring(err), 1, true)
    end)
  end)

  it("the schema file of a program loads where there is no native module", function()
    local directory = files.temporary()
    files.write(directory .. "/schema.lua", [[
      local orm = require "mariadb.orm"
      print(orm.BUILTIN_VALUE_NOW, type(orm.FIELD_ID_KEY), require("mariadb.pool").new ~= nil)]])
    local command = "cd '%s' && LUA_PATH='%s/lua-client/?.lua;%s/lua-client/?/init.lua' LUA_CPATH='' "
      .. "'%s' schema.lua 2>&1"
    local pipe = io.popen(command:format(directory, files.root(), files.root(), files.interpreter()))
    local text = pipe:read "*a"
    pipe:close()
    files.remove(directory)
    assert.equal("NOW()\ttable\ttrue\n", text)
  end)
end)
