-- mariadb.orm over connections that are not of Berth, as tests of LuaFan's
-- programs have them.
local orm = require "mariadb.orm"

-- A connection that notes what it is asked and answers from a list of patterns:
-- rows, a number, or an error.
local function fake(answers)
  local asked = {}
  local function answer(sql)
    for pattern, value in pairs(answers or {}) do
      if sql:lower():find(pattern, 1, true) then return value end
    end
    return 0
  end
  local function cursor(rows)
    local at = 0
    return { fetch = function() at = at + 1 return rows[at] end, close = function() return true end }
  end
  local db = { asked = asked, id = 0 }
  function db.execute(_, sql)
    asked[#asked + 1] = { sql = sql }
    local value = answer(sql)
    if type(value) == "string" then return nil, value end
    return type(value) == "table" and cursor(value) or value
  end
  function db.prepare(_, sql)
    local note = { sql = sql, params = { n = 0 } }
    asked[#asked + 1] = note
    local rows
    return {
      bind_param = function(_, ...) note.params = { n = select("#", ...), ... } end,
      execute = function()
        local value = answer(sql)
        if type(value) == "string" then return nil, value end
        if type(value) ~= "table" then return value end
        rows = cursor(value)
        return true
      end,
      fetch = function() return rows.fetch() end,
      close = function() note.closed = true return true end,
    }
  end
  function db.getlastautoid(_) return db.id end
  function db.last() return asked[#asked] end
  return db
end

local USERS = { ["show tables"] = { { Tables_in_x = "users" } }, ["show columns"] = {
  { Field = "id", Type = "int(11)", Key = "PRI" }, { Field = "name", Type = "varchar(50)", Key = "" },
  { Field = "born", Type = "date", Key = "" } } }

local function with(answers)
  local all = {}
  for key, value in pairs(USERS) do all[key] = value end
  for key, value in pairs(answers or {}) do all[key] = value end
  return all
end

local MODELS = { users = { id = "int auto_increment primary key", name = "varchar(50)", born = "date",
  label = function(_, row) return "<" .. row.name .. ">" end } }

describe("mariadb.orm over any connection", function()
  local before
  before_each(function()
    before = package.loaded.config
    package.loaded.config = {}
  end)
  after_each(function() package.loaded.config = before end)

  it("has LuaFan's constants", function()
    assert.equal("NOW()", orm.BUILTIN_VALUE_NOW)
    assert.is_table(orm.FIELD_ID_KEY)
    assert.same({ "^context", "^table", "^attr", "^model", "^name" },
      { orm.KEY_CONTEXT, orm.KEY_TABLE, orm.KEY_ATTR, orm.KEY_MODEL, orm.KEY_NAME })
  end)

  it("makes the tables that are missing, those first that others refer to, with an id", function()
    local db = fake()
    orm.new(db, { posts = { user_id = "bigint", ["foreign key (user_id)"] = "references users(id)" },
      users = { name = "varchar(9)", "INDEX `n` (`name`)" } })
    local made = {}
    for _, one in ipairs(db.asked) do
      if one.sql:find "^CREATE" then made[#made + 1] = one.sql end
    end
    assert.equal("CREATE TABLE IF NOT EXISTS `users` (`id` bigint primary key auto_increment not null, "
      .. "`name` varchar(9), INDEX `n` (`name`)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4", made[1])
    assert.matches("`user_id` bigint, foreign key (user_id) references users(id))", made[2], 1, true)
  end)

  it("adds the columns that a table lacks, and nothing else", function()
    local db = fake(with())
    orm.new(db, { users = { id = "int", NAME = "varchar(50)", age = "int", "INDEX `n` (`name`)" } })
    local changes = {}
    for _, one in ipairs(db.asked) do
      if not one.sql:find "^show" then changes[#changes + 1] = one.sql end
    end
    assert.same({ "ALTER TABLE `users` ADD `age` int" }, changes)
  end)

  it("raises what the connection says of a failed change", function()
    local ok, err = pcall(orm.new, fake { ["create table"] = "no right to do so" }, MODELS)
    assert.is_false(ok)
    assert.matches("no right to do so", tostring(err), 1, true)
  end)

  it("takes connections whose answers are no cursors", function()
    local function yes() return true end
    local bare = { execute = yes, prepare = function() return { bind_param = yes, execute = yes, close = yes } end }
    local ctx = orm.new(bare, { things = { name = "varchar(5)" } })
    assert.is_function(getmetatable(ctx.things).__call)
    assert.is_function(getmetatable(ctx.things.name).__call)
    assert.same({}, ctx.things "select")
    assert.equal("x", ctx.things("insert", { name = "x" }).name)
  end)

  it("gives contexts as pools do", function()
    local db = fake(with { ["select *"] = { { id = 1, name = "a", born = { year = 2000, month = 1, day = 2 } } } })
    local ctx = orm.new(db, MODELS)
    assert.equal(db, getmetatable(ctx).db)
    assert.equal(db, ctx._connection)
    assert.equal(MODELS, getmetatable(ctx).models)
    assert.equal("users", ctx.users[orm.KEY_NAME])
    assert.equal(MODELS.users, ctx.users[orm.KEY_MODEL])
    assert.equal(ctx, ctx.users[orm.KEY_CONTEXT])
    local user = ctx.users("one", "id = ?", 1)
    assert.equal("<a>", user.label)
    assert.same({ "SELECT * FROM `users` where id = ? limit 1", { n = 1, 1 }, true },
      { db.last().sql, db.last().params, db.last().closed })
    user.name = "b"
    user:update()
    assert.same({ "UPDATE `users` SET `name` = ? where `id` = ?", { n = 2, "b", 1 } },
      { db.last().sql, db.last().params })
    user:delete()
    assert.equal("DELETE FROM `users` where `id` = ?", db.last().sql)
    ctx._readonly = true
    assert.is_nil(getmetatable(ctx.users "one"))
  end)

  it("reads fragments as the service does", function()
    local db = fake(with { ["select *"] = {} })
    local ctx = orm.new(db, MODELS)
    local function sent(...)
      ctx.users(...)
      return (db.last().sql:gsub("^SELECT %* FROM `users`", ""))
    end
    assert.equal("", sent "list")
    assert.equal(" where name=?", sent("list", "where name=?", "a"))
    assert.equal(" where name = ? ORDER BY id", sent("list", "name = ? ORDER BY id", "a"))
    assert.equal(" order by ID limit 1000", sent("list", "order by ID limit 1000"))
    assert.equal(" u join posts p on p.id = u.id", sent("list", "u join posts p on p.id = u.id"))
    assert.equal(" where id in (?, ?)", sent("list", "id in (?)", { 1, 2 }))
    assert.equal(" where id not in (SELECT 1 FROM DUAL WHERE FALSE)", sent("list", "id not in (?)", {}))
    assert.equal(" where name = '?' and id = ?", sent("list", "name = '?' and id = ?", 1))
    assert.equal(" where id = ? limit 1 for update", sent("one", "id = ? for update", 1))
    assert.equal(" order by id limit 1, 1", sent("one", "order by id limit 1, 1"))
    ctx.users.name(" = ?", "a")
    assert.equal("SELECT * FROM `users` where `name` = ?", db.last().sql)
    ctx.users:list({ name = "a", id = { ">", 1 } }, { order_by = "name desc", limit = 2, offset = 1, lock = "share" })
    assert.matches(" ORDER BY `name` DESC LIMIT 2 OFFSET 1 lock in share mode$", db.last().sql)
  end)

  it("binds NULL as nil, and dates as text", function()
    local db = fake(with { ["select *"] = {} })
    local ctx = orm.new(db, MODELS)
    ctx.users("list", "name <=> ? and born = ?", nil, { year = 2000, month = 1, day = 2 })
    assert.same({ n = 2, nil, "2000-01-02 00:00:00" }, db.last().params)
  end)

  it("inserts what is stored, as the database answers", function()
    local db = fake(with { insert = { { id = 7, name = "a" } } })
    db.id = 7
    local ctx = orm.new(db, MODELS)
    local user = ctx.users("new", { name = "a", born = orm.BUILTIN_VALUE_NOW, other = 1 })
    assert.equal(7, user.id)
    assert.equal("INSERT INTO `users` (`name`, `born`) VALUES (?, NOW()) RETURNING *", db.last().sql)
    ctx.users("insert", { name = "b" })
    assert.equal("INSERT INTO `users` (`name`) VALUES (?) RETURNING *", db.last().sql)
    assert.same({ 7 }, (ctx.users("insert_many", { { name = "c" } })))
    assert.equal("INSERT INTO `users` (`name`) VALUES (?) RETURNING `id`", db.last().sql)
  end)

  it("gives rows ids where the database answers an insert with none", function()
    local db = fake(with { insert = 1 })
    db.id = 9
    local user = orm.new(db, MODELS).users("new", { name = "a" })
    assert.same({ id = 9, name = "a" }, { id = user.id, name = user.name })
  end)

  it("runs statements, and tells affected rows and ids", function()
    local db = fake(with { ["update users"] = 3, ["insert into"] = 1, ["select id"] = { { id = 1 }, { id = 2 } } })
    db.id = 4
    local ctx = orm.new(db, MODELS)
    assert.equal(3, (ctx:update("update users set name = ?", "x")))
    assert.equal(4, (ctx:insert("insert into users values ()")))
    assert.same({ { id = 1 }, { id = 2 } }, ctx:select "select id from users")
    local seen = 0
    for row in ctx:each "select id from users" do seen = seen + row.id end
    assert.equal(3, seen)
  end)

  it("raises error objects with MariaDB's number and text", function()
    local db = fake(with { insert = "stmt_error: 1062: Duplicate entry 'a' for key 'name'" })
    local ok, err = pcall(orm.new(db, MODELS).users, "insert", { name = "a" })
    assert.is_false(ok)
    assert.equal("Duplicate entry 'a' for key 'name'", tostring(err))
    assert.same({ 1062, "DUPLICATE_KEY" }, { err.errno, err.code })
  end)

  it("runs transactions with savepoints", function()
    local db = fake(with())
    local ctx = orm.new(db, MODELS)
    local from = #db.asked
    ctx:transaction(function()
      pcall(ctx.transaction, ctx, function() error("undone", 0) end)
      ctx:transaction(function() end)
    end, { isolation = "SERIALIZABLE" })
    local texts = {}
    for i = from + 1, #db.asked do texts[#texts + 1] = db.asked[i].sql end
    assert.same({ "SET TRANSACTION ISOLATION LEVEL serializable", "START TRANSACTION", "SAVEPOINT berth_1",
      "ROLLBACK TO SAVEPOINT berth_1", "SAVEPOINT berth_1", "RELEASE SAVEPOINT berth_1", "COMMIT" }, texts)
  end)
end)
