local settings = require "berth.settings"

describe("settings", function()
  local getenv = os.getenv
  local environment

  before_each(function()
    environment = {}
    os.getenv = function(name) return environment[name] end -- luacheck: ignore
  end)
  after_each(function()
    os.getenv = getenv -- luacheck: ignore
  end)

  it("have defaults", function()
    local found = settings.resolve()
    assert.equal("127.0.0.1:7390", found.endpoint)
    assert.equal(10, found.pool_size)
    assert.equal(30, found.timeout)
    assert.equal(3, found.retry_count)
    assert.equal("raise", found.errors)
  end)

  it("go: argument, config.mariadb, maria_*, environment", function()
    environment.MARIA_DATABASE_NAME = "of_environment"
    local global = { maria_database = "of_maria" }
    assert.equal("of_environment", settings.resolve().database)
    assert.equal("of_maria", settings.resolve(nil, global).database)
    global.mariadb = { database = "of_config" }
    assert.equal("of_config", settings.resolve(nil, global).database)
    assert.equal("flat", settings.resolve({ database = "flat" }, global).database)
    assert.equal("nested", settings.resolve({ mariadb = { database = "nested" } }, global).database)
  end)

  it("take the endpoint from BERTH_ENDPOINT", function()
    environment.BERTH_ENDPOINT = "berth:1"
    assert.equal("berth:1", settings.resolve().endpoint)
    assert.equal("other:2", settings.resolve({ endpoint = "other:2" }).endpoint)
  end)

  it("bound what is held in memory, and how long a session is idle", function()
    assert.equal(256 * 1024 * 1024, settings.resolve().max_result_bytes)
    environment.MARIA_MAX_RESULT_BYTES, environment.MARIA_LEASE_IDLE = "1000", "60"
    assert.same({ 1000, 60 }, { settings.resolve().max_result_bytes, settings.resolve().lease_idle })
    assert.equal(5, settings.resolve(nil, { maria_max_result_bytes = 5 }).max_result_bytes)
    assert.equal(7, settings.resolve({ max_result_bytes = 7 }, { maria_max_result_bytes = 5 }).max_result_bytes)
    assert.has_error(function() settings.resolve { max_result_bytes = 0 } end)
    assert.has_error(function() settings.resolve { lease_idle = "long" } end)
  end)

  it("take user and password from Berth's variables before LuaFan's", function()
    environment.MARIA_USERNAME, environment.MARIA_PASSWORD = "of_maria", "p1"
    assert.equal("of_maria", settings.resolve().user)
    environment.BERTH_USER, environment.BERTH_PASSWORD = "of_berth", "p2"
    assert.equal("of_berth", settings.resolve().user)
    assert.equal("p2", settings.resolve().password)
  end)

  it("floor the size of the pool, at least 1", function()
    assert.equal(20, settings.resolve({ pool_size = 100 / 5 }).pool_size)
    assert.equal(2, settings.resolve({ pool_size = 2.9 }).pool_size)
    assert.equal(1, settings.resolve({ pool_size = 0.2 }).pool_size)
    assert.equal(7, settings.resolve({ pool_size = "7" }).pool_size)
  end)

  it("name what is wrong", function()
    assert.has_error(function() settings.resolve { pool_size = "many" } end,
      "config.mariadb.pool_size is many, but must be a number of at least 0")
    assert.has_error(function() settings.resolve { errors = "maybe" } end)
  end)

  it("never dial host: without an endpoint a foreign host is an error that names the key", function()
    local ok, message = pcall(settings.resolve, { host = "prod-db.example.com" })
    assert.is_false(ok)
    assert.matches("config.mariadb.endpoint", message, 1, true)
    for _, host in ipairs { "localhost", "127.0.0.1", "::1", "/run/mysqld/mysqld.sock" } do
      assert.equal("127.0.0.1:7390", settings.resolve({ host = host, port = 3306 }).endpoint)
    end
    assert.equal("b:1", settings.resolve({ host = "prod-db.example.com", endpoint = "b:1" }).endpoint)
  end)
end)
