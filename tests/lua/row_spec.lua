local new_mock = require "support.mock"
local pool = require "mariadb.pool"

local USERS = {
  id = "int auto_increment primary key", name = "varchar(100)", email = "varchar(100)", born = "date",
  seen = "datetime", meta = "json",
  label = function(_, row, key) return key .. ":" .. row.name end,
}

describe("a row", function()
  local mock, db, ctx, user

  before_each(function()
    package.loaded.config = {}
    mock = new_mock {
      select = function()
        return { columns = { { name = "id", type = "INT" }, { name = "name", type = "VARCHAR" },
          { name = "email", type = "VARCHAR" }, { name = "born", type = "DATE" } },
          rows = { { id = 1, name = "Alice", email = "a@x", born = "2000-01-02" } }, n = 1 }
      end,
      update = { affected = 1 }, delete = { affected = 1 }, Update = { affected = 1 }, Delete = { affected = 1 },
    }
    db = pool.new({ users = USERS }, mock.settings { database = "d" })
    ctx = db:pop()
    user = ctx.users("one")
  end)
  after_each(function() package.loaded.config = nil end)

  it("has no raw keys but its columns", function()
    user:update()
    local keys = {}
    for key in pairs(user) do keys[#keys + 1] = key end
    table.sort(keys)
    assert.same({ "born", "email", "id", "name" }, keys)
  end)

  it("updates what changed, found by its key", function()
    user.name = "Bob"
    assert.equal(1, user:update())
    assert.same({ table = "users", set = { { column = "name", value = "Bob" } }, where = "`id` = ?",
      params = { n = 1, 1 } }, mock:last "update")
  end)

  it("updates nothing when nothing changed", function()
    assert.equal(0, user:update())
    user.born = "2000-01-02"
    assert.equal(0, user:update())
    assert.equal(0, #mock:called "update")
  end)

  it("updates once for one change", function()
    user.name = "Bob"
    user:update()
    assert.equal(0, user:update())
  end)

  it("stays changed when the update failed", function()
    mock.answers.update = function() return nil, { message = "no" } end
    user.name = "Bob"
    assert.has_error(function() user:update() end)
    mock.answers.update = { affected = 1 }
    assert.equal(1, user:update())
  end)

  it("writes nil as NULL and false as 0", function()
    user.email, user.name = nil, false
    user:update()
    local set = mock:last("update").set
    assert.equal("email", set[1].column)
    assert.equal(require("berth").null, set[1].value)
    assert.same({ column = "name", value = 0 }, set[2])
  end)

  it("sees a date that was changed in place", function()
    user.born.year = 2001
    user:update()
    assert.same({ { column = "born", value = "2001-01-02" } }, mock:last("update").set)
  end)

  it("sees a document that was changed in place", function()
    user.meta = { a = 1 }
    user:update()
    user.meta.a = 2
    user:update()
    assert.same({ { column = "meta", value = '{"a":2}' } }, mock:last("update").set)
  end)

  it("writes NOW() as a function in date and time columns", function()
    user.seen = "NOW()"
    user:update()
    assert.same({ { column = "seen", expression = "NOW()" } }, mock:last("update").set)
  end)

  it("is found by the key it was read with", function()
    user.id = 5
    user:update()
    assert.same({ n = 1, 1 }, mock:last("update").params)
    user.name = "Bob"
    user:update()
    assert.same({ n = 1, 5 }, mock:last("update").params)
  end)

  it("skips keys that are no columns, with one line of log", function()
    user.privkey = {}
    assert.equal(0, user:update())
    user:update()
    assert.same({ 'table "users" has no column "privkey": skipped in update' }, mock.lines)
  end)

  it("computes its fields on every read", function()
    assert.equal("label:Alice", user.label)
    user.name = "Bob"
    assert.equal("label:Bob", user.label)
  end)

  it("is a plain table after delete", function()
    assert.equal(1, user:delete())
    assert.same({ table = "users", where = "`id` = ?", params = { n = 1, 1 } }, mock:last "delete")
    assert.is_nil(getmetatable(user))
    assert.equal("Alice", user.name)
  end)

  it("writes by a call of its own after the session", function()
    local late = ctx.users("one")
    db:push(ctx)
    assert.equal("Alice", user.name)
    user.name = "Bob"
    assert.equal(1, user:update())
    assert.same({ database = "d", table = "users", set = { { column = "name", value = "Bob" } },
      where = "`id` = ?", params = { n = 1, 1 } }, mock:last "Update")
    assert.equal(1, late:remove())
    assert.equal(1, #mock:called "Delete")
  end)

  it("does not update without a key", function()
    mock.answers.Register = { tables = { { name = "logs", columns = { { name = "line", type = "TEXT" } } } } }
    mock.answers.select = function() return mock.rows { { line = "x" } } end
    local log = pool.new({ logs = { line = "text" } }, mock.settings()):pop().logs("one")
    log.line = "y"
    local ok, err = pcall(log.update, log)
    assert.is_false(ok)
    assert.equal("NO_PRIMARY_KEY", err.code)
  end)
end)
