-- Error objects of a real service and a real MariaDB.
local live = require "support.live"
local pool = require "mariadb.pool"
local things = require "support.things"
local berth = require "berth"

local MODELS = things.MODELS
local DATABASE = things.DATABASE
local count, failure = things.count, things.failure

local describe_live = live.endpoint and describe or pending -- needs a server

describe_live("errors in real life", function()
  local db

  before_each(function() db = things.pool() end)
  after_each(function()
    db:close()
    package.loaded.config = nil
  end)

  it("of a duplicate key", function()
    local err = failure(db, function(ctx)
      ctx.things("insert", { name = "same" })
      ctx.things("insert", { name = "same" })
    end)
    assert.equal("DUPLICATE_KEY", err.code)
    assert.equal(1062, err.errno)
    assert.equal("23000", err.sqlstate)
    assert.matches("Duplicate entry 'same'", err.message, 1, true)
    assert.equal("things", err.table)
    assert.is_false(err.retryable)
  end)

  it("of a foreign key", function()
    local err = failure(db, function(ctx) ctx.parts("insert", { thing_id = 99 }) end)
    assert.equal("FOREIGN_KEY", err.code)
  end)

  it("of a wrong number of placeholders", function()
    local err = failure(db, function(ctx) ctx.things("list", "id = ? AND name = ?", 1) end)
    assert.equal("INVALID_FIELD", err.code)
    err = failure(db, function(ctx) ctx.things("list", "id = ?", 1, 2) end)
    assert.equal("INVALID_FIELD", err.code)
    db:safe(function(ctx) ctx.things("list", "id = ?", 1, nil, nil) end)
  end)

  it("of a semicolon in a fragment", function()
    local err = failure(db, function(ctx) ctx.things("list", "id = 1; DROP TABLE things") end)
    assert.equal("INVALID_FIELD", err.code)
    assert.equal(0, count())
  end)

  it("of an unknown column, with a name that is near", function()
    local err = failure(db, function(ctx) ctx.things("list", "nam = ?", "x") end)
    assert.equal("UNKNOWN_COLUMN", err.code)
    assert.equal("nam", err.metadata.column)
    assert.equal("things", err.metadata.table)
    assert.matches("name", err.message, 1, true)
  end)

  it("of an unknown table, with a name that is near", function()
    db:safe(function(ctx)
      ctx.things("list")
      local result, err = getmetatable(ctx).context:try("select", { table = "thing" })
      assert.is_nil(result)
      assert.equal("UNKNOWN_TABLE", err.code)
      assert.equal("thing", err.metadata.table)
      assert.matches("things", err.message, 1, true)
    end)
  end)

  it("of a key that is no column, in the native API", function()
    local native = berth.new(MODELS, { database = DATABASE })
    local ok, err = pcall(native.safe, native, function(ctx) ctx.things("insert", { nam = "x" }) end)
    assert.is_false(ok)
    assert.equal("UNKNOWN_COLUMN", err.code)
    assert.equal("nam", err.metadata.column)
    native:close()
  end)

  it("of SQL", function()
    local err = failure(db, function(ctx) ctx:select("SELCT 1") end)
    assert.equal("SYNTAX", err.code)
    assert.equal("SELCT 1", err.sql)
  end)

  it("of a missing value", function()
    local err = failure(db, function(ctx) ctx.things("insert", { amount = 1 }) end)
    assert.matches("name", err.message, 1, true)
  end)

  it("raises a clear error for a service that is not there", function()
    local away = pool.new({}, { endpoint = "127.0.0.1:1", timeout = 2, retry_count = 1 })
    local ok, err = pcall(away.safe, away, function(ctx) ctx:select "SELECT 1" end)
    assert.is_false(ok)
    assert.is_true(berth.is_error(err))
    assert.equal("UNAVAILABLE", err.status)
  end)
end)
