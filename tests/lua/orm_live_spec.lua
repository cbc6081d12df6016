-- mariadb.orm over connections of fan.mariadb, and over any other way to the same
-- database, against a real service: the same contexts in both.
local fan = require "support.fan"
local live = require "support.live"
local orm = require "mariadb.orm"

local describe_live = live.endpoint and describe or pending -- needs a server

local MODELS = {
  users = { name = "varchar(50) not null", email = "varchar(100) unique", age = "int", price = "decimal(10,2)",
    born = "date", seen = "datetime", meta = "json", data = "longblob", active = "boolean default true",
    label = function(ctx, row, key) return row.name .. ":" .. key .. ":" .. tostring(ctx.users ~= nil) end,
    "INDEX `age` (`age`)" },
  posts = { id = "bigint auto_increment primary key", user_id = "bigint", title = "varchar(50)",
    ["foreign key (user_id)"] = "references users(id)" },
}

-- What is no userdata of Berth, with LuaFan's methods and nothing else.
local function wrap(conn)
  return {
    execute = function(_, sql) return conn:execute(sql) end,
    prepare = function(_, sql) return conn:prepare(sql) end,
    getlastautoid = function() return conn:getlastautoid() end,
  }
end

local ways = {
  { "a connection of fan.mariadb", function(conn) return conn end },
  { "any object with execute, prepare and getlastautoid", wrap },
}

for _, way in ipairs(ways) do
  describe_live("orm.new over " .. way[1], function()
    local conn, ctx

    before_each(function()
      fan.begin()
      package.loaded.config.maria_log = function() end
      conn = fan.connect()
      ctx = orm.new(way[2](conn), MODELS)
    end)
    after_each(fan.finish)

    it("makes the tables, and adds columns later", function()
      assert.equal("bigint(20)", fan.row(conn, "SHOW COLUMNS FROM users LIKE 'id'").Type)
      assert.matches("ENGINE=InnoDB", fan.row(conn, "SHOW CREATE TABLE users")["Create Table"], 1, true)
      assert.matches("KEY `age`", fan.row(conn, "SHOW CREATE TABLE users")["Create Table"], 1, true)
      local more = { users = { name = "varchar(50) not null", nick = "varchar(9)" } }
      local again = orm.new(way[2](conn), more)
      assert.equal("x", again.users("insert", { name = "a", nick = "x" }).nick)
      assert.equal("a", ctx.users("one").name)
    end)

    it("inserts and reads rows with every kind of value", function()
      local user = ctx.users("insert", { name = "a", email = "a@x", age = 3, price = "12.50", born = "2000-01-02",
        seen = orm.BUILTIN_VALUE_NOW, meta = { b = 1 }, other = "skipped" })
      assert.same({ 1, "a", 12.5, 1 }, { user.id, user.name, user.price, user.active })
      assert.is_true(user.seen.year > 2000)
      local read = ctx.users("one", "email = ?", "a@x")
      assert.same({ 2000, 1, 2 }, { read.born.year, read.born.month, read.born.day })
      assert.equal('{"b":1}', read.meta)
      assert.equal("a:label:true", read.label)
      local buffer = ("\0\255"):rep(1000)
      local sent = ctx.users("new", { name = "b", data = function(st, i) assert(st:send_long_data(i, buffer)) end })
      assert.equal(buffer, ctx.users("one", "where id=?", sent.id).data)
    end)

    it("finds rows by fragments of both kinds, fields, and tables", function()
      for i, name in ipairs { "a", "b", "c" } do ctx.users("new", { name = name, age = i }) end
      assert.equal(3, #ctx.users "list")
      assert.equal(2, #ctx.users("select", "age > ? ORDER BY age LIMIT 2", 1))
      assert.equal("c", ctx.users("one", "order by age desc").name)
      assert.equal("b", ctx.users("one", "where name=? and age=?", "b", 2).name)
      assert.equal(2, #ctx.users("list", "age in (?)", { 1, 3 }))
      assert.equal("b", ctx.users.age(" = ?", 2)[1].name)
      assert.equal(3, #ctx.users.age())
      assert.equal(2, #ctx.users:list({ age = { ">", 1 } }, { order_by = "age" }))
      assert.equal(3, ctx.users:count())
      assert.is_true(ctx.users:exists("age = ?", 3))
      local seen = {}
      ctx.users(function(user) seen[#seen + 1] = ctx.users("one", "id = ?", user.id).name end, "order by id")
      assert.same({ "a", "b", "c" }, seen)
      local summed = 0
      for user in ctx.users:each "age > 1" do summed = summed + user.age end
      assert.equal(5, summed)
    end)

    it("updates and deletes rows", function()
      local user = ctx.users("new", { name = "a", age = 1 })
      user.name, user.age = "b", nil
      assert.equal(1, user:update())
      assert.equal(0, user:update())
      assert.same({ name = "b" }, fan.row(conn, "SELECT name, age FROM users"))
      assert.equal(1, user:delete())
      assert.is_nil(getmetatable(user))
      for i = 1, 3 do ctx.users("new", { name = "n" .. i }) end
      assert.equal(1, ctx.users("delete", "name = ?", "n1"))
      assert.equal(2, ctx.users "remove")
    end)

    it("runs statements, and gives plain rows under _readonly", function()
      assert.equal(1, (ctx:insert("insert into users (name) values (?)", "a")))
      assert.equal(1, (ctx:update("update users set age = ? where name = ?", 5, "a")))
      assert.same({ { age = 5 } }, ctx:select("select age from users where name = ?", "a"))
      ctx._readonly = true
      assert.is_nil(getmetatable(ctx.users "one"))
      assert.equal(1, (ctx:delete("delete from users")))
    end)

    it("raises MariaDB's words with their number", function()
      ctx.users("new", { name = "a", email = "same" })
      local ok, err = pcall(ctx.users, "new", { name = "b", email = "same" })
      assert.is_false(ok)
      assert.matches("Duplicate entry 'same' for key 'email'", tostring(err), 1, true)
      assert.same({ 1062, "DUPLICATE_KEY" }, { err.errno, err.code })
      assert.is_false(pcall(ctx.posts, "new", { user_id = 99 }))
    end)

    it("works in the connection's session", function()
      assert.equal(ctx._connection, getmetatable(ctx).db)
      conn:autocommit(false)
      ctx.users("new", { name = "a" })
      conn:rollback()
      conn:autocommit(true)
      assert.same({}, ctx.users "list")
      ctx:transaction(function()
        ctx.users("new", { name = "kept" })
        pcall(ctx.transaction, ctx, function()
          ctx.users("new", { name = "undone" })
          error("no", 0)
        end)
      end)
      assert.equal("kept", fan.row(conn, "SELECT group_concat(name) AS n FROM users").n)
    end)

    it("reads in turns with the connection's own statements", function()
      for i = 1, 4 do ctx.users("new", { name = "n" .. i }) end
      local statement = conn:prepare "SELECT name FROM users ORDER BY id DESC"
      statement:execute()
      local seen = {}
      for user in ctx.users:each "order by id" do seen[#seen + 1] = user.name .. statement:fetch().name end
      assert.same({ "n1n4", "n2n3", "n3n2", "n4n1" }, seen)
    end)
  end)
end

describe_live("orm.new", function()
  before_each(fan.begin)
  after_each(fan.finish)

  it("works in the session of a pool's context", function()
    local pool = require("mariadb.pool").new({}, { database = fan.DATABASE })
    pool:safe(function(ctx)
      local inner = orm.new(ctx._connection, { things = { n = "int" } })
      assert.equal(1, inner.things("new", { n = 5 }).id)
      ctx:update "SET @x = 3"
      assert.equal(3, inner:select("SELECT @x AS x")[1].x)
    end)
    pool:close()
  end)

  it("is of no use after its connection is closed", function()
    local conn = fan.connect()
    local ctx = orm.new(conn, { things = { n = "int" } })
    conn:close()
    assert.is_false(pcall(ctx.things, "list"))
    assert.is_false(pcall(orm.new, conn, {}))
  end)
end)
