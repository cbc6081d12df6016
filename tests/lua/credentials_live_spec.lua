-- Users and passwords before a service with a users file: dbuser, dbpass.
local berth = require "berth"
local pool = require "mariadb.pool"

local endpoint = os.getenv "BERTH_AUTH_ENDPOINT"
if endpoint == "" then endpoint = nil end

local describe_live = endpoint and describe or pending -- needs such a server

describe_live("credentials", function()
  local opened = {}

  local function new(user, password, make)
    local db = (make or berth.new)({}, { endpoint = endpoint, user = user, password = password, errors = "raise" })
    opened[#opened + 1] = db
    return db
  end

  local function one(db)
    return db:safe(function(ctx) return ctx:select("SELECT 1 AS one")[1].one end)
  end

  local function failure(db)
    local ok, err = pcall(one, db)
    assert.is_false(ok)
    return err
  end

  after_each(function()
    for _, db in ipairs(opened) do db:close() end
    opened = {}
    package.loaded.config = nil
  end)

  it("that are right let in", function()
    assert.equal(1, one(new("dbuser", "dbpass")))
    assert.equal(1, one(new("dbuser", "dbpass", pool.new)))
  end)

  it("that are wrong raise an error with a code, at once", function()
    local db = new("dbuser", "wrong")
    local err = failure(db)
    assert.is_true(berth.is_error(err))
    assert.equal("CREDENTIALS", err.code)
    assert.equal("UNAUTHENTICATED", err.status)
    assert.is_false(err.retryable)
    assert.matches("the user or the password is wrong", tostring(err), 1, true)
    assert.not_matches("dbpass", tostring(err), 1, true)
    assert.equal(0, db:stats().retried)
  end)

  it("of an unknown user are refused in the same words", function()
    assert.equal(failure(new("dbuser", "wrong")).message, failure(new("mallory", "dbpass")).message)
  end)

  it("that are missing are asked for", function()
    local err = failure(new())
    assert.equal("CREDENTIALS", err.code)
    assert.matches("wants a user and a password", err.message, 1, true)
  end)

  it("that are wrong raise in the drop-in, too", function()
    assert.equal("CREDENTIALS", failure(new("dbuser", "wrong", pool.new)).code)
  end)

  it("let single calls in and keep them out", function()
    local core = require "berth_core"
    local call = { sql = "SELECT 1 AS one" }
    local result = assert(core.connect(endpoint, { user = "dbuser", password = "dbpass" }):call("Execute", call))
    assert.equal(1, result.rows[1].one)
    local refused, err = core.connect(endpoint, { user = "dbuser", password = "wrong" }):call("Execute", call)
    assert.is_nil(refused)
    assert.equal("CREDENTIALS", err.code)
  end)
end)
