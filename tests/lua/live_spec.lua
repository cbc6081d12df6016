-- The pool against a real service and a real MariaDB.
local document = require "support.document"
local files = require "support.files"
local live = require "support.live"
local orm = require "mariadb.orm"
local pool = require "mariadb.pool"
local berth = require "berth"

local DATABASE = "berth_spec"

local MODELS = {
  things = {
    id = "int auto_increment primary key",
    name = "varchar(50) unique not null",
    amount = "decimal(20,4)",
    born = "date",
    seen = "datetime(6)",
    took = "time",
    changed = "timestamp null",
    flag = "boolean default true",
    data = "longblob",
    meta = "json",
    big = "bigint unsigned",
    ratio = "double",
    shout = function(_, row) return row.name:upper() .. "!" end,
  },
  parts = {
    id = "int auto_increment primary key",
    thing_id = "int not null",
    ["foreign key (thing_id)"] = "references things(id)",
  },
}

local describe_live = live.endpoint and describe or pending -- needs a server

describe_live("a pool in real life", function()
  local db, log

  local function count(where)
    return live.value(DATABASE, "SELECT count(*) AS value FROM things" .. (where and " WHERE " .. where or ""))
  end

  local function failure(f, ...)
    local ok, err = pcall(db.safe, db, f, ...)
    assert.is_false(ok)
    return err
  end

  before_each(function()
    package.loaded.config = {}
    live.empty(DATABASE)
    log = {}
    db = pool.new(MODELS, { database = DATABASE, pool_size = 3, log = function(line) log[#log + 1] = line end })
  end)
  after_each(function()
    db:close()
    package.loaded.config = nil
  end)

  describe("safe", function()
    it("returns all values, nils included", function()
      local n = select("#", db:safe(function() return nil, 2, nil end))
      assert.equal(3, n)
    end)

    it("rolls back what is open when its function raises, and raises the same", function()
      local thrown = {}
      local err = failure(function(ctx)
        ctx._connection:autocommit(false)
        ctx.things("insert", { name = "gone" })
        error(thrown)
      end)
      assert.equal(thrown, err)
      assert.equal(0, count())
    end)

    it("rolls back what is open when its function returns, and says so", function()
      db:safe(function(ctx)
        ctx:update("BEGIN")
        ctx.things("insert", { name = "gone" })
      end)
      assert.equal(0, count())
      assert.matches("commit is missing", log[1], 1, true)
    end)

    it("gives a clean session each time", function()
      db:safe(function(ctx)
        ctx._connection:autocommit(false)
        ctx:update("SET @left = 1")
      end)
      db:safe(function(ctx)
        local row = ctx:select("SELECT @left AS l, @@autocommit AS a")[1]
        assert.is_nil(row.l)
        assert.equal(1, row.a)
      end)
    end)

    it("goes on after an error within it", function()
      db:safe(function(ctx)
        assert.is_false(pcall(ctx.select, ctx, "SELCT"))
        assert.equal(1, ctx:select("SELECT 1 AS one")[1].one)
      end)
    end)

    it("works nested up to the size of the pool, then names it", function()
      local function nest(depth)
        return db:safe(function() return depth > 1 and nest(depth - 1) or "deep" end)
      end
      assert.equal("deep", nest(3))
      local ok, err = pcall(nest, 4)
      assert.is_false(ok)
      assert.matches("pool_size = 3", tostring(err), 1, true)
    end)
  end)

  it("raises a clear error for a service that is not there", function()
    local away = pool.new({}, { endpoint = "127.0.0.1:1", timeout = 2, retry_count = 1 })
    local ok, err = pcall(away.safe, away, function(ctx) return ctx:select("SELECT 1") end)
    assert.is_false(ok)
    assert.is_true(berth.is_error(err))
    assert.equal("UNAVAILABLE", err.status)
  end)

  describe("transactions", function()
    it("commit", function()
      assert.equal(7, db:transaction(function(ctx)
        ctx.things("insert", { name = "a" })
        ctx.things("insert", { name = "b" })
        return 7
      end))
      assert.equal(2, count())
    end)

    it("roll back on an error", function()
      pcall(db.transaction, db, function(ctx)
        ctx.things("insert", { name = "a" })
        error("no")
      end)
      assert.equal(0, count())
    end)

    it("take an isolation", function()
      db:transaction(function(ctx) ctx.things("list") end, { isolation = "SERIALIZABLE" })
      db:transaction(function(ctx) ctx.things("list") end, { isolation = "read committed", read_only = true })
    end)

    it("run again after a deadlock", function()
      live.sql(DATABASE, "SELECT 1 AS value")
      db:safe(function(ctx)
        ctx.things("insert", { id = 1, name = "a" })
      end)
      local runs = 0
      db:transaction(function(ctx)
        runs = runs + 1
        if runs == 1 then
          ctx:update("SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'Deadlock found'")
        end
        ctx.things("one"):update()
      end)
      assert.equal(2, runs)
    end)
  end)

  describe("errors", function()
    it("of a duplicate key", function()
      local err = failure(function(ctx)
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
      local err = failure(function(ctx) ctx.parts("insert", { thing_id = 99 }) end)
      assert.equal("FOREIGN_KEY", err.code)
    end)

    it("of a wrong number of placeholders", function()
      local err = failure(function(ctx) ctx.things("list", "id = ? AND name = ?", 1) end)
      assert.equal("INVALID_FIELD", err.code)
      err = failure(function(ctx) ctx.things("list", "id = ?", 1, 2) end)
      assert.equal("INVALID_FIELD", err.code)
      db:safe(function(ctx) ctx.things("list", "id = ?", 1, nil, nil) end)
    end)

    it("of a semicolon in a fragment", function()
      local err = failure(function(ctx) ctx.things("list", "id = 1; DROP TABLE things") end)
      assert.equal("INVALID_FIELD", err.code)
      assert.equal(0, count())
    end)

    it("of an unknown column, with a name that is near", function()
      local err = failure(function(ctx) ctx.things("list", "nam = ?", "x") end)
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
      local err = failure(function(ctx) ctx:select("SELCT 1") end)
      assert.equal("SYNTAX", err.code)
      assert.equal("SELCT 1", err.sql)
    end)

    it("of a missing value", function()
      local err = failure(function(ctx) ctx.things("insert", { amount = 1 }) end)
      assert.matches("name", err.message, 1, true)
    end)
  end)

  describe("values", function()
    -- Inserts a row, and gives it as it is read afterwards.
    local function stored(columns)
      columns.name = columns.name or "x"
      return db:safe(function(ctx)
        local id = ctx.things("insert", columns).id
        return ctx.things("one", "id = ?", id)
      end)
    end

    it("of an insert come back with defaults", function()
      local row = db:safe(function(ctx) return ctx.things("insert", { name = "x" }) end)
      assert.equal(1, row.id)
      assert.equal(1, row.flag)
      assert.is_nil(row.amount)
    end)

    it("true and false are 1 and 0", function()
      assert.equal(0, stored({ flag = false }).flag)
      assert.equal(1, stored({ name = "y", flag = true }).flag)
    end)

    it("decimals are numbers", function()
      assert.equal(1234567.8901, stored({ amount = 1234567.8901 }).amount)
    end)

    it("doubles are exact", function()
      assert.equal(0.1, stored({ ratio = 0.1 }).ratio)
    end)

    it("dates are tables that behave as strings", function()
      local row = stored { born = "2000-02-29", seen = "2023-12-25 00:00:00", took = "-100:00:01",
        changed = { year = 2023, month = 1, day = 2, hour = 3, min = 4, sec = 5 } }
      assert.equal(29, row.born.day)
      assert.equal("2000-02-29", tostring(row.born))
      assert.equal("2023-12-25 00:00:00", tostring(row.seen))
      assert.equal("-100:00:01", tostring(row.took))
      assert.equal("2023-01-02 03:04:05", tostring(row.changed))
    end)

    it("fractions of a second survive", function()
      assert.equal(123456, stored({ seen = "2023-12-25 01:02:03.123456" }).seen.second_part)
    end)

    it("NOW() is a function for dates and text for text", function()
      local row = db:safe(function(ctx)
        return ctx.things("insert", { name = orm.BUILTIN_VALUE_NOW, changed = orm.BUILTIN_VALUE_NOW })
      end)
      assert.equal("NOW()", row.name)
      assert.is_true(row.changed.year > 2000)
    end)

    it("documents are written as JSON, read as text", function()
      local given = { brand = "b", sizes = { 1, 2 } }
      db:safe(function(ctx)
        local row = ctx.things("insert", { name = "x", meta = given })
        assert.equal(given, row.meta)
        assert.equal("b", ctx:select("SELECT json_value(meta, '$.brand') AS b FROM things")[1].b)
        assert.is_string(ctx.things("one").meta)
      end)
    end)

    it("bytes are kept, \\0 and all", function()
      local all = {}
      for i = 0, 255 do all[#all + 1] = string.char(i) end
      local bytes = table.concat(all):rep(50)
      assert.equal(bytes, stored({ data = bytes }).data)
      assert.equal("a\0b", stored({ name = "y", data = function(stmt, i)
        assert(stmt:send_long_data(i, "a\0"))
        assert(stmt:send_long_data(i, "b"))
      end }).data)
    end)

    it("text is kept in UTF-8", function()
      assert.equal("Grüße 🚢", stored({ name = "Grüße 🚢" }).name)
    end)

    it("large integers are exact", function()
      local row = stored { big = "18446744073709551615" }
      assert.equal("18446744073709551615", row.big)
    end)

    it("NULL is an absent key, and nil writes it", function()
      db:safe(function(ctx)
        local row = ctx.things("insert", { name = "x", amount = 1, ratio = 2 })
        row.amount = nil
        row.ratio = berth.null
        assert.equal(1, row:update())
        row = ctx.things("one")
        assert.is_nil(row.amount)
        assert.is_nil(row.ratio)
        assert.equal(1, #ctx.things("list", "amount <=> ?", nil))
      end)
    end)

    it("arrays stand in IN (?)", function()
      db:safe(function(ctx)
        for _, name in ipairs { "a", "b", "c" } do ctx.things("insert", { name = name }) end
        assert.equal(2, #ctx.things("list", "name IN (?)", { "a", "c", "z" }))
        assert.equal(0, #ctx.things("list", "name IN (?)", {}))
      end)
    end)
  end)

  describe("rows", function()
    it("compute fields", function()
      db:safe(function(ctx) assert.equal("X!", ctx.things("insert", { name = "x" }).shout) end)
    end)

    it("update and delete themselves", function()
      db:safe(function(ctx)
        local row = ctx.things("insert", { name = "x" })
        row.name = "y"
        assert.equal(1, row:update())
        assert.equal(0, row:update())
        assert.equal(1, count "name = 'y'")
        assert.equal(1, row:delete())
        assert.equal(0, count())
      end)
    end)

    it("live on after their session", function()
      local row = db:safe(function(ctx) return ctx.things("insert", { name = "x" }) end)
      row.name = "later"
      assert.equal(1, row:update())
      assert.equal(1, count "name = 'later'")
      assert.equal(1, row:delete())
      assert.equal(0, count())
    end)

    it("are read by all forms of fragments", function()
      db:safe(function(ctx)
        for _, name in ipairs { "a", "b", "c" } do ctx.things("insert", { name = name }) end
        assert.equal("b", ctx.things("one", "where name = ?", "b").name)
        assert.equal("c", ctx.things("one", "order by id desc").name)
        assert.equal("b", ctx.things("list", "order by id limit 1, 1")[1].name)
        assert.equal("a", ctx.things("one", "name = ? FOR UPDATE", "a").name)
        assert.equal("a", ctx.things.name(" = ?", "a")[1].name)
        local seen = {}
        ctx.things(function(row) seen[#seen + 1] = ctx.things("one", "id = ?", row.id).name end, "order by id")
        assert.same({ "a", "b", "c" }, seen)
      end)
    end)

    it("are many without loss, and may be dropped at once", function()
      db:safe(function(ctx)
        for _ = 1, 3 do ctx:select("SELECT seq FROM seq_1_to_50000") end
        collectgarbage()
        assert.equal(1, ctx:select("SELECT 1 AS one")[1].one)
      end)
    end)
  end)

  it("deletes by a fragment, or everything", function()
    db:safe(function(ctx)
      for _, name in ipairs { "a", "b", "c" } do ctx.things("insert", { name = name }) end
      assert.equal(1, ctx.things("delete", "name = ?", "a"))
      assert.equal(2, ctx.things("remove"))
    end)
  end)

  it("has a connection as LuaFan's", function()
    db:safe(function(ctx)
      local connection = ctx._connection
      assert.is_true(connection:ping())
      assert.equal(1, connection:execute("INSERT INTO things (name) VALUES ('" .. connection:escape("O'Hara") .. "')"))
      assert.equal(1, connection:getlastautoid())
      local cursor = connection:execute("SELECT id, name, amount, now() AS n FROM things")
      assert.same({ "id", "name", "amount", "n" }, cursor:getcolnames())
      assert.equal(1, cursor:numrows())
      local row = cursor:fetch()
      assert.equal("O'Hara", row.name)
      assert.is_string(row.n)
      assert.is_nil(cursor:fetch())
      local value, message = connection:execute("SELCT")
      assert.is_nil(value)
      assert.matches("syntax", message)
      assert.is_true(connection:autocommit(false))
      connection:execute("DELETE FROM things")
      assert.is_true(connection:rollback())
      assert.is_true(connection:autocommit(true))
      assert.is_true(connection:commit())
    end)
    assert.equal(1, count())
  end)

  it("adds columns of a grown schema, and logs what contradicts", function()
    db:safe(function(ctx) ctx.parts("list") end)
    local parts = { id = "int auto_increment primary key", thing_id = "varchar(10)", extra = "text" }
    local grown = pool.new({ parts = parts },
      { database = DATABASE, log = function(line) log[#log + 1] = line end })
    grown:safe(function(ctx) assert.same({}, ctx.parts.extra(" = ?", "x")) end)
    grown:close()
    assert.matches('table "parts", thing_id', log[1], 1, true)
  end)

  it("adds an id to a model without a key", function()
    local plain = pool.new({ notes = { text = "text", "INDEX `t` (`text`(10))" } }, { database = DATABASE })
    assert.equal(1, plain:safe(function(ctx) return ctx.notes("new", { text = "x" }).id end))
    plain:close()
  end)

  it("is shown by a synopsis that runs", function()
    live.empty "myapp"
    local synopsis = files.read(files.root() .. "/lua-client/README.md"):match("\n```lua\n(.-)\n```")
    local printed = document.run(synopsis, {})
    assert.equal(2, #printed)
    assert.matches("^%d+\t%d%d%d%d%-", printed[1])
    assert.equal("Alice B.\talice@example.com", printed[2])
  end)

  it("tells figures of itself and the service", function()
    db:safe(function()
      local stats = db:stats()
      assert.equal(1, stats.in_use)
      assert.equal(3, stats.pool_size)
      assert.is_true(stats.server.max_size > 0)
    end)
  end)
end)
