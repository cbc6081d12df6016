local berth = require "berth"
local new_mock = require("berth.mock").new

local USERS = { id = "int auto_increment primary key", name = "varchar(100)", born = "date" }

local has_close = _VERSION == "Lua 5.4" -- elsewhere a loop that is left is found by the collector

describe("each", function()
  local mock, db, ctx

  before_each(function()
    mock = new_mock()
    local rows = {}
    for i = 1, 7 do rows[i] = { id = i, name = "user " .. i, born = "2000-01-0" .. i } end
    mock.answers.select = function() return mock.rows(rows, { born = "DATE" }) end
    db = berth.new({ users = USERS }, mock.settings())
    ctx = db:pop()
  end)

  it("gives the rows one by one, as objects, a chunk in memory at a time", function()
    local n = 0
    for user in ctx.users:each("id > ? ORDER BY id", 0) do
      n = n + 1
      assert.equal(n, user.id)
      assert.equal(n, user.born.day)
      assert.equal(math.ceil(n / 2), mock.chunks_read)
    end
    assert.equal(7, n)
    assert.same({ table = "users", where = "id > ? ORDER BY id", params = { n = 1, 0 } }, mock:last "select")
  end)

  it("takes conditions, options and both ways of calling", function()
    for user in ctx.users("each", { id = { ">", 0 } }, { order_by = "id" }) do assert.is_function(user.update) end
    assert.equal("`id` > ?", mock:last("select").where)
    assert.same({ { column = "id" } }, mock:last("select").order_by)
  end)

  it("gives plain rows of a read-only context and of SQL", function()
    ctx._readonly = true
    for user in ctx.users:each() do assert.is_nil(getmetatable(user)) end
    mock.answers.execute = function() return mock.rows { { a = 1 }, { a = 2 }, { a = 3 } } end
    local sum = 0
    for row in ctx:each("SELECT a FROM t WHERE b = ?", 1) do sum = sum + row.a end
    assert.equal(6, sum)
    assert.same({ n = 1, 1 }, mock:last("execute").params)
  end)

  it("lets a statement in between, which reads the rest into memory first", function()
    local seen = {}
    for user in ctx.users:each() do
      seen[#seen + 1] = user.id
      if user.id == 1 then
        user.name = "changed"
        user:update()
        assert.equal(4, mock.chunks_read)
      end
    end
    assert.same({ 1, 2, 3, 4, 5, 6, 7 }, seen)
    assert.equal(1, #mock:called "update")
  end)

  it("lets another each in between", function()
    local pairs_seen = 0
    for _ in ctx.users:each() do
      for _ in ctx.users:each() do pairs_seen = pairs_seen + 1 end
    end
    assert.equal(49, pairs_seen)
  end)

  it("gives up the rest at an early break", function()
    local function first()
      for user in ctx.users:each() do
        if user.id == 1 then return user end
      end
    end
    assert.equal(1, first().id)
    if has_close then
      assert.equal(1, mock.readers_closed)
      ctx.users:count()
    else
      collectgarbage()
      collectgarbage()
      mock.answers.select = function() return mock.rows { { count = 1 } } end
      ctx.users:count()
      assert.equal(1, mock.readers_closed)
    end
    assert.is_true(mock.chunks_read < 4)
  end)

  it("can be closed by hand, and is closed with its context", function()
    local iterator = ctx.users:each()
    iterator()
    iterator:close()
    assert.equal(1, mock.readers_closed)
    assert.is_nil(iterator())
    ctx.users:each()
    db:push(ctx)
    assert.equal(2, mock.readers_closed)
  end)

  it("raises where it fails, at the start and on the way", function()
    mock.answers.select = function() return nil, { code = "UNKNOWN_COLUMN", message = "no column" } end
    local ok, err = pcall(function() for _ in ctx.users:each("nam = 1") do assert(false) end end)
    assert.is_false(ok)
    assert.equal("UNKNOWN_COLUMN", err.code)
    assert.equal("nam = 1", err.sql)

    mock.answers.select = function() return mock.rows { { id = 1 }, { id = 2 }, { id = 3 } } end
    local iterator = ctx.users:each()
    iterator()
    iterator.source.reader.next = function() return nil, { code = "CONNECTION_LOST", message = "gone" } end
    iterator()
    ok, err = pcall(iterator)
    assert.is_false(ok)
    assert.equal("CONNECTION_LOST", err.code)
    assert.is_nil(iterator())
  end)

  it("keeps an error for its own loop when a statement reads the rest", function()
    local iterator = ctx.users:each()
    iterator()
    iterator.source.reader.next = function() return nil, { code = "CONNECTION_LOST", message = "gone" } end
    ctx:update("DO 1")
    iterator()
    local ok, err = pcall(iterator)
    assert.is_false(ok)
    assert.equal("gone", err.message)
  end)
end)
