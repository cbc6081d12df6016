-- Every code block of the user's document, as it is written there.
local document = require "support.document"
local files = require "support.files"
local live = require "support.live"
local pool = require "mariadb.pool"

local DATABASE = "myapp"

local describe_live = live.endpoint and describe or pending -- needs a server

describe_live("the document", function()
  local blocks = document.blocks()
  local db_pool, log

  local function new_pool(schema)
    log = {}
    return pool.new(schema, { log = function(line) log[#log + 1] = line end })
  end

  -- A database with the fixture's tables and rows, whatever was there before.
  local function prepare(schema)
    package.loaded.config = document.evaluate(blocks[1])
    live.empty(DATABASE)
    db_pool = new_pool(schema or document.schema_definition())
    db_pool:safe(function() end)
    document.fill(DATABASE)
  end

  local function value(sql, ...) return live.value(DATABASE, sql, ...) end

  local function run(number, names, give)
    names = names or {}
    names.db_pool = names.db_pool or db_pool
    return document.run(blocks[number], names, give)
  end

  before_each(function() prepare() end)
  after_each(function()
    db_pool:close()
    package.loaded.config = nil
  end)

  it("has the blocks that are tested here", function()
    assert.equal(13, #blocks)
  end)

  it("1: a configuration is taken as it is", function()
    local settings = db_pool.settings
    assert.equal("myapp", settings.database)
    assert.equal("dbuser", settings.user)
    assert.equal("dbpass", settings.password)
    assert.equal(10, settings.pool_size)
    assert.equal(30, settings.timeout)
    assert.equal(3, settings.retry_count)
  end)

  it("2: a pool creates its tables", function()
    live.empty(DATABASE)
    local _, made = run(2, {}, "db_pool")
    made:safe(function() end)
    made:close()
    local columns = live.sql(DATABASE, [[SELECT column_name AS name, column_type AS type FROM
      information_schema.columns WHERE table_schema = database() AND table_name = 'posts' ORDER BY name]])
    local types = {}
    for _, column in ipairs(columns) do types[column.name] = column.type end
    assert.same({ id = "int(11)", user_id = "int(11)", title = "varchar(200)", content = "text",
      published = "tinyint(1)" }, types)
    assert.equal("users", value [[SELECT referenced_table_name AS value FROM information_schema.key_column_usage
      WHERE table_schema = database() AND table_name = 'posts' AND referenced_table_name IS NOT NULL]])
    assert.equal(1, value [[SELECT count(*) AS value FROM information_schema.statistics
      WHERE table_schema = database() AND table_name = 'users' AND column_name = 'email' AND non_unique = 0]])
  end)

  it("3: safe finds a user, and creates one with a post", function()
    local printed, user, new_user, new_post = run(3, {}, "user, new_user, new_post")
    assert.same({ "Found user:\tAlice" }, printed)
    assert.equal("alice@example.com", user.email)
    assert.equal(new_user.id, new_post.user_id)
    assert.equal("Bob", value("SELECT name AS value FROM users WHERE email = 'bob@example.com'"))
    assert.equal(new_user.id, value("SELECT user_id AS value FROM posts WHERE title = 'My First Post'"))
    assert.equal(1, value("SELECT published AS value FROM posts WHERE id = ?", new_post.id))
    assert.equal(tonumber(os.date "%Y"), new_user.created_at.year)
  end)

  it("4: a batch updates a user and counts posts", function()
    local printed, stats = run(4, {}, "user_stats")
    assert.same({ "Alice has 3 posts" }, printed)
    assert.equal(1, #stats)
    assert.equal(1, value("SELECT count(*) AS value FROM users WHERE last_login > now() - interval 1 day"))
  end)

  it("5: a transaction moves posts", function()
    local printed = run(5)
    assert.same({ "Transfer\tsuccessful" }, printed)
    assert.equal(3, value("SELECT count(*) AS value FROM posts WHERE user_id = 2"))
  end)

  it("5: a transaction that fails moves none, and its error says why", function()
    local _, transfer_posts = run(5, {}, "transfer_posts")
    local ok, err = pcall(db_pool.safe, db_pool, transfer_posts, 2, 999, { 101, 102, 103 })
    assert.is_false(ok)
    assert.matches("Transfer failed: .*One or both users not found", tostring(err))
    assert.equal(3, value("SELECT count(*) AS value FROM posts WHERE user_id = 2"))
  end)

  it("5: a database's error within the transaction rolls it back", function()
    local _, transfer_posts = run(5, {}, "transfer_posts")
    live.sql(DATABASE, [[CREATE TRIGGER no_103 BEFORE UPDATE ON posts FOR EACH ROW
      BEGIN IF NEW.id = 103 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not this one'; END IF; END]])
    local ok, err = pcall(db_pool.safe, db_pool, transfer_posts, 2, 1, { 101, 102, 103 })
    assert.is_false(ok)
    assert.matches("Transfer failed: .*not this one", tostring(err))
    assert.equal(3, value("SELECT count(*) AS value FROM posts WHERE user_id = 2"))
  end)

  it("6: an insert succeeds, and a second one raises through pcall", function()
    assert.same({ "User created:\tTest User" }, (run(6)))
    assert.equal(1, value("SELECT count(*) AS value FROM users WHERE email = 'test@example.com'"))
    local printed, ok, err = run(6, {}, "success, result")
    assert.is_false(ok)
    assert.equal("DUPLICATE_KEY", err.code)
    assert.matches("^Operation failed after retries:\tDuplicate entry", printed[1])
  end)

  it("7: config.lua and main.lua are two files", function()
    local config_lua, main_lua = blocks[7]:match("^(%-%- config%.lua.-)\n(%-%- main%.lua.*)$")
    local directory = files.temporary()
    files.write(directory .. "/config.lua", config_lua)
    local path = package.path
    package.path = path:gsub("[^;]*;", "%0" .. directory .. "/?.lua;", 1)
    package.loaded.config = nil
    local ok, _, made = pcall(document.run, main_lua, { schema_definition = document.schema_definition() }, "db_pool")
    package.path = path
    files.remove(directory)
    assert.is_true(ok)
    assert.equal(20, made.settings.pool_size)
    assert.equal(2, made:safe(function(ctx) return #ctx.users("list") end))
    made:close()
  end)

  describe("8: settings of an environment", function()
    local function database_of(environment)
      local os_of_block = setmetatable({
        getenv = function(name)
          if name == "ENVIRONMENT" then return environment end
          return os.getenv(name)
        end,
      }, { __index = os })
      package.loaded.config = {}
      -- The block leaves the name `pool` open, too.
      local names = { os = os_of_block, pool = pool, schema_definition = document.schema_definition() }
      local _, made = run(8, names, "db_pool")
      local database = made:safe(function(ctx) return ctx:select("SELECT database() AS name")[1].name end)
      made:close()
      return database, made.settings
    end

    it("choose a database and a size", function()
      local database, settings = database_of(nil)
      assert.equal("myapp_dev", database)
      assert.equal(5, settings.pool_size)
    end)

    it("name a foreign database host, which is not dialled", function()
      local database, settings = database_of("production")
      assert.equal("myapp_prod", database)
      assert.equal(50, settings.pool_size)
      assert.equal(60, settings.timeout)
    end)
  end)

  it("9: sizes that are computed make pools", function()
    local _, web, background = run(9, { concurrent_users = 100, worker_count = 4 },
      "(select(2, debug.getlocal(1, 1))), config")
    for size, config in pairs { [20] = web, [8] = background } do
      local made = pool.new(document.schema_definition(), config)
      assert.equal(size, made.settings.pool_size)
      assert.equal(2, made:safe(function(ctx) return #ctx.users("list") end))
      made:close()
    end
  end)

  it("10: a query is measured", function()
    local printed, users = run(10, {}, "users")
    assert.matches("^Query took %d+%.%d%d%d seconds, returned 2 users$", printed[1])
    assert.equal(2, #users)
  end)

  describe("11: operations that are quick", function()
    before_each(function() live.sql(DATABASE, "UPDATE users SET age = if(id = 1, 30, 17)") end)

    it("give rows that are worked on later", function()
      local processed
      run(11, { process_users = function(users) processed = users end })
      assert.equal(1, #processed)
      assert.equal("Alice", processed[1].name)
    end)

    it("or take long within the pool", function()
      local _, long_running_operation = run(11, { process_users = function() end }, "long_running_operation")
      assert.equal("completed", db_pool:safe(long_running_operation))
    end)
  end)

  it("12: a list is read", function()
    local _, users = run(12, {}, "users")
    assert.equal(2, #users)
  end)

  describe("13: a handler of requests", function()
    it("answers a profile with posts, newest first", function()
      local _, get_user_profile = run(13, {}, "get_user_profile")
      live.sql(DATABASE, "UPDATE posts SET created_at = '2030-01-01 00:00:00' WHERE id = 102")
      local answer = get_user_profile { params = { id = "1" } }
      assert.equal(200, answer.status)
      assert.equal("Alice", answer.body.user.name)
      assert.equal(3, #answer.body.recent_posts)
      assert.equal(102, answer.body.recent_posts[1].id)
    end)

    it("answers 404 for an unknown user", function()
      local _, get_user_profile = run(13, {}, "get_user_profile")
      assert.same({ status = 404, body = { error = "User not found" } }, get_user_profile { params = { id = "999" } })
    end)
  end)

  describe("with the literal schema", function()
    before_each(function()
      db_pool:close()
      prepare(document.literal_schema())
    end)

    local function assert_unknown(table_name, column, f, ...)
      local ok, err = pcall(f, ...)
      assert.is_false(ok)
      assert.equal("UNKNOWN_COLUMN", err.code)
      assert.equal(table_name, err.metadata.table)
      assert.equal(column, err.metadata.column)
    end

    it("11 fails and names users.age", function()
      assert_unknown("users", "age", run, 11, { process_users = function() end })
    end)

    it("13 fails and names posts.created_at", function()
      local _, get_user_profile = run(13, {}, "get_user_profile")
      assert_unknown("posts", "created_at", get_user_profile, { params = { id = "1" } })
    end)

    it("4 runs: an update skips what is no column, and says so", function()
      assert.same({ "Alice has 3 posts" }, (run(4)))
      assert.same({ 'table "users" has no column "last_login": skipped in update' }, log)
    end)

    it("the others run", function()
      run(3)
      run(5)
      run(6)
      run(10)
      run(12)
    end)
  end)
end)
