local berth = require "berth"
local new_mock = require "support.mock"
local orm = require "mariadb.orm"
local pool = require "mariadb.pool"

local USERS = {
  id = "int auto_increment primary key",
  name = "varchar(100)",
  meta = "json",
  born = "date",
  changed = "timestamp",
  upper_name = function(_, row) return row.name:upper() end,
}

describe("a context", function()
  local mock, ctx

  before_each(function()
    package.loaded.config = {}
    mock = new_mock()
    ctx = pool.new({ users = USERS }, mock.settings()):pop()
  end)
  after_each(function() package.loaded.config = nil end)

  local function answer_users(...)
    local rows = { ... }
    mock.answers.select = function() return mock.rows(rows, { born = "DATE" }) end
  end

  describe("selects", function()
    it("with the fragment as it is", function()
      answer_users({ id = 1 }, { id = 2 })
      local list = ctx.users("select", "where name = ? ORDER BY id", "x")
      assert.equal(2, #list)
      assert.same({ table = "users", where = "where name = ? ORDER BY id", params = { n = 1, "x" } },
        mock:last "select")
    end)

    it("all rows without a fragment", function()
      answer_users({ id = 1 })
      assert.equal(1, #ctx.users("list"))
      assert.same({ table = "users" }, mock:last "select")
    end)

    it("one row, or nil", function()
      answer_users({ id = 1 })
      assert.equal(1, ctx.users("one", "id = ?", 1).id)
      assert.equal(1, mock:last("select").max_rows)
      answer_users()
      assert.is_nil(ctx.users("one", "id = ?", 2))
    end)

    it("with a function for each row", function()
      answer_users({ id = 1 }, { id = 2 })
      local seen = {}
      assert.is_nil(ctx.users(function(row) seen[#seen + 1] = row.id end, "id > ?", 0))
      assert.same({ 1, 2 }, seen)
    end)

    it("by a field", function()
      answer_users({ id = 1 })
      ctx.users.name(" = ?", "x")
      assert.equal("`name` = ?", mock:last("select").where)
      ctx.users.name()
      assert.is_nil(mock:last("select").where)
    end)

    it("nothing in silence: a cut result is an error", function()
      mock.answers.select = function()
        local result = mock.rows { { id = 1 } }
        result.truncated = true
        return result
      end
      local ok, err = pcall(function() return ctx.users("list") end)
      assert.is_false(ok)
      assert.equal("LIMIT", err.code)
      assert.equal(1, ctx.users("one").id)
    end)

    it("plain rows when it is _readonly", function()
      answer_users({ id = 1 })
      ctx._readonly = true
      assert.is_nil(getmetatable(ctx.users("one")))
    end)
  end)

  it("raises error objects that know the fragment and the table", function()
    mock.answers.select = function() return nil, { message = "no column", code = "UNKNOWN_COLUMN" } end
    local ok, err = pcall(function() return ctx.users("one", "nam = ?", 1) end)
    assert.is_false(ok)
    assert.equal("UNKNOWN_COLUMN", err.code)
    assert.equal("nam = ?", err.sql)
    assert.equal("users", err.table)
  end)

  it("names the operations it has", function()
    local ok, message = pcall(function() ctx.users("selct") end)
    assert.is_false(ok)
    assert.matches('context_spec.lua:%d+: users has no operation "selct"', message)
  end)

  describe("deletes", function()
    it("what a fragment matches", function()
      mock.answers.delete = { affected = 2 }
      assert.equal(2, ctx.users("delete", "id < ?", 3))
      assert.same({ table = "users", where = "id < ?", params = { n = 1, 3 } }, mock:last "delete")
    end)

    it("every row without one", function()
      mock.answers.delete = { affected = 9 }
      assert.equal(9, ctx.users("remove"))
      assert.same({ table = "users", all_rows = true }, mock:last "delete")
    end)

    it("nothing without one under safe_delete", function()
      local careful = pool.new({ users = USERS }, mock.settings { safe_delete = true }):pop()
      assert.has_error(function() careful.users("delete") end)
    end)
  end)

  describe("inserts", function()
    before_each(function()
      mock.answers.insert = function(arguments)
        local row = { id = 7 }
        for i, name in ipairs(arguments.columns) do row[name] = arguments.rows[1][i] end
        return { affected = 1, ids = { 7 }, last_insert_id = 7, returned = mock.rows({ row }, { born = "DATE" }) }
      end
    end)

    it("known columns in their order and gives the stored row", function()
      local user = ctx.users("insert", { name = "x", born = "2023-12-25" })
      assert.same({ table = "users", columns = { "born", "name" }, rows = { { n = 2, "2023-12-25", "x" } },
        returning = { "*" } }, mock:last "insert")
      assert.equal(7, user.id)
      assert.equal(2023, user.born.year)
    end)

    it("skips unknown keys, with one line of log for each", function()
      ctx.users("new", { name = "x", colour = "red" })
      ctx.users("new", { name = "y", colour = "blue" })
      assert.same({ "name" }, mock:last("insert").columns)
      assert.same({ 'table "users" has no column "colour": skipped in insert' }, mock.lines)
    end)

    it("nothing when no key is known", function()
      assert.is_nil(ctx.users("insert", { colour = "red" }))
      assert.equal(0, #mock:called "insert")
    end)

    it("false as 0, a table as JSON that the row keeps as a table", function()
      local meta = { brand = "b" }
      local user = ctx.users("insert", { name = false, meta = meta })
      assert.same({ n = 2, '{"brand":"b"}', 0 }, mock:last("insert").rows[1])
      assert.equal(meta, user.meta)
      assert.equal(0, user:update())
    end)

    it("NOW() by a statement, in date and time columns only", function()
      mock.answers.execute = function() return mock.rows({ { id = 8 } }) end
      ctx.users("insert", { name = "x", changed = orm.BUILTIN_VALUE_NOW })
      assert.same({ sql = "INSERT INTO `users` (`changed`, `name`) VALUES (NOW(), ?) RETURNING *",
        params = { n = 1, "x" } }, mock:last "execute")
      ctx.users("insert", { name = orm.BUILTIN_VALUE_NOW })
      assert.same({ n = 1, "NOW()" }, mock:last("insert").rows[1])
    end)

    it("gives what was given where nothing is returned", function()
      mock.answers.insert = { affected = 1, ids = { 9 } }
      local user = ctx.users("insert", { name = "x" })
      assert.equal(9, user.id)
      assert.equal("x", user.name)
    end)

    it("raises for unknown keys in the native API", function()
      local native = berth.new({ users = USERS }, mock.settings()):pop()
      local ok, err = pcall(function() native.users("insert", { colour = "red" }) end)
      assert.is_false(ok)
      assert.equal("UNKNOWN_COLUMN", err.code)
      assert.equal("colour", err.metadata.column)
    end)
  end)

  describe("runs SQL", function()
    it("with plain rows", function()
      mock.answers.execute = function() return mock.rows { { a = 1 } } end
      assert.same({ { a = 1 } }, ctx:select("select ? a", 1))
      assert.same({ sql = "select ? a", params = { n = 1, 1 } }, mock:last "execute")
    end)

    it("with the values that LuaFan's documents promise", function()
      mock.answers.execute = { affected = 2, last_insert_id = 5 }
      assert.same({ 2, 5 }, { ctx:update("update users set name = ?", "x") })
      assert.same({ 2, 5 }, { ctx:delete("delete from users") })
      assert.same({ 5, 2 }, { ctx:insert("insert into users values ()") })
      assert.same({ 5, 2 }, { ctx:update("insert into users values ()") })
    end)
  end)

  describe("has a connection", function()
    it("under both names", function()
      assert.equal(ctx._connection, getmetatable(ctx).db)
    end)

    it("whose failures are nil and a message", function()
      mock.answers.execute = function() return nil, { message = "syntax", code = "SYNTAX" } end
      local value, message = ctx._connection:execute("selct")
      assert.is_nil(value)
      assert.equal("syntax", message)
    end)

    it("whose queries give cursors", function()
      mock.answers.execute = function() return mock.rows { { a = 1 }, { a = 2 } } end
      local cursor = ctx._connection:execute("select")
      assert.same({ "a" }, cursor:getcolnames())
      assert.equal(2, cursor:numrows())
      assert.same({ a = 1 }, cursor:fetch())
      assert.same({ a = 2 }, cursor:fetch())
      assert.is_nil(cursor:fetch())
      assert.is_false(cursor:close()) -- it closes itself at the end
    end)

    it("whose writes give the affected rows, whose calls give several values", function()
      mock.answers.execute = { affected = 3, last_insert_id = 11 }
      assert.equal(3, ctx._connection:execute("update"))
      assert.equal(11, ctx._connection:getlastautoid())
      mock.answers.execute = function() return { results = { mock.rows { { a = 1 } }, { affected = 2 } } } end
      local cursor, affected = ctx._connection:execute("call p()")
      assert.same({ a = 1 }, cursor:fetch())
      assert.equal(2, affected)
    end)

    it("that commits only where there is something to commit", function()
      assert.is_true(ctx._connection:commit())
      assert.equal(0, #mock:called "commit")
      assert.is_true(ctx._connection:autocommit(false))
      mock.state.autocommit = false
      assert.is_true(ctx._connection:commit())
      assert.equal(1, #mock:called "commit")
      assert.same({ enabled = false }, mock:last "autocommit")
    end)

    it("that escapes every byte that matters", function()
      assert.equal([[a\'b\"c\\d\0e\nf]], ctx._connection:escape("a'b\"c\\d\0e\nf"))
    end)
  end)
end)
