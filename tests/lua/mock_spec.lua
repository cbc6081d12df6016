local berth = require "berth"
local mocks = require "berth.mock"

local SCHEMA = { users = { id = "int auto_increment primary key", email = "varchar(100)" } }

-- What a program's own test looks like.
local function register(db, email)
  return db:transaction(function(ctx)
    if ctx.users:exists { email = email } then return nil, "taken" end
    return ctx.users("insert", { email = email })
  end)
end

describe("berth.mock", function()
  it("answers as it is told, and notes what it was asked", function()
    local mock = mocks.new {
      insert = function(arguments)
        return { affected = 1, returned = mocks.rows { { id = 7, email = arguments.rows[1][1] } } }
      end,
    }
    local db = berth.new(SCHEMA, mock.settings())
    assert.equal(7, register(db, "a@x").id)
    assert.same({ n = 1, "a@x" }, mock:last("select").params)
    assert.equal(1, #mock:called "commit")
    mock.answers.select = mocks.rows { { id = 1 } }
    assert.same({ nil, "taken" }, { register(db, "a@x") })
    assert.equal(1, #mock:called "insert")
  end)

  it("fails as it is told", function()
    local mock = mocks.new {
      insert = function() return nil, { code = "DUPLICATE_KEY", message = "Duplicate entry" } end,
    }
    local ok, err = pcall(register, berth.new(SCHEMA, mock.settings()), "a@x")
    assert.is_false(ok)
    assert.equal("DUPLICATE_KEY", err.code)
    assert.equal(0, #mock:called "commit")
    mock.open_failures[2] = { code = "UNAVAILABLE", message = "away" }
    assert.is_false(pcall(register, berth.new(SCHEMA, mock.settings { retry_count = 0 }), "a@x"))
  end)

  it("shows what goes out together", function()
    local mock = mocks.new()
    berth.new(SCHEMA, mock.settings()):safe(function(ctx)
      ctx:batch(function(b)
        for _ = 1, 100 do b:update "DO 1" end
      end)
    end)
    assert.equal(100, #mock:called "execute")
    assert.is_true(mock.most_under_way > 1 and mock.most_under_way <= 64)
  end)
end)
