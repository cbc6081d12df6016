local berth = require "berth"
local new_mock = require("berth.mock").new

local USERS = { id = "int auto_increment primary key", name = "varchar(100)" }

describe("a pool tells", function()
  local mock

  before_each(function() mock = new_mock() end)

  it("on_query of each request", function()
    local seen = {}
    local function note(info) seen[#seen + 1] = info end
    local ctx = berth.new({ users = USERS }, mock.settings { on_query = note }):pop()
    mock.answers.select = function()
      mock.clock = mock.clock + 0.25
      return mock.rows { { id = 1, name = "x" } }
    end
    mock.answers.update = function() return nil, { code = "SYNTAX", message = "no" } end
    local user = ctx.users("one", "id = ?", 1)
    assert.equal("select", seen[1].operation)
    assert.equal("users", seen[1].table)
    assert.equal("id = ?", seen[1].sql)
    assert.same({ n = 1, 1 }, seen[1].params)
    assert.equal(0.25, seen[1].seconds)
    assert.equal(1, seen[1].rows)
    user.name = "y"
    pcall(user.update, user)
    assert.equal("SYNTAX", seen[2].error.code)
  end)

  it("on_query of batches and of rows after their session", function()
    local seen = {}
    local function note(info) seen[#seen + 1] = info.operation end
    local db = berth.new({ users = USERS }, mock.settings { on_query = note })
    mock.answers.select = function() return mock.rows { { id = 1, name = "x" } } end
    local user = db:safe(function(ctx)
      return ctx:batch(function(b)
        b.users("one")
        b:update("DO 1")
      end)[1]
    end)
    mock.answers.Update = { affected = 1 }
    user.name = "y"
    user:update()
    assert.same({ "select", "execute", "update" }, seen)
  end)

  it("the log what was slow, and what a hook did wrong", function()
    local ctx = berth.new({ users = USERS },
      mock.settings { slow_ms = 100, on_query = function() error("oops", 0) end }):pop()
    ctx:update("DO 1")
    assert.same({ "on_query has raised: oops" }, mock.lines)
    mock.answers.select = function()
      mock.clock = mock.clock + 0.1
      return mock.rows {}
    end
    ctx.users("list", "name = ?", "x")
    assert.equal("slow (100 ms): select users: name = ?", mock.lines[2])
  end)

  it("standard output of each statement and its parameters under LuaFan's debug", function()
    local lines, print_before = {}, print
    _G.print = function(...) lines[#lines + 1] = table.concat({ ... }, " ") end -- luacheck: ignore
    package.loaded.config = { debug = true }
    local ok, err = pcall(function()
      local ctx = require("mariadb.pool").new({ users = USERS }, mock.settings()):pop()
      ctx.users("list", "where name = ?", "x")
      ctx:update("update users set name = ?", "y")
    end)
    _G.print, package.loaded.config = print_before, nil -- luacheck: ignore
    assert.is_true(ok, err)
    assert.same({ "select users where name = ?", "bind_values x", "execute  update users set name = ?",
      "bind_values y" }, lines)
  end)
end)

describe("deadlines", function()
  it("are sent per call, per context and per pool", function()
    local mock = new_mock()
    local ctx = berth.new({ users = USERS }, mock.settings { statement_timeout = 5 }):pop()
    local function last_timeout() return mock.calls[#mock.calls].timeout end
    ctx.users("list")
    assert.equal(5, last_timeout())
    ctx:timeout(2)
    ctx:update("DO 1")
    assert.equal(2, last_timeout())
    ctx.users("list", {}, { timeout = 0.5 })
    assert.equal(0.5, last_timeout())
    ctx:timeout(nil)
    ctx:update("DO 1")
    assert.is_nil(last_timeout())
    assert.has_error(function() ctx:timeout(0) end)
  end)
end)
