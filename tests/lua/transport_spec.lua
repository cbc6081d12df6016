-- The operations of sessions as the seam has them, against a real service.
local live = require "support.live"
local core -- loaded where there is a service

local DATABASE = "berth_spec"
local describe_live = live.endpoint and describe or pending -- needs a server

describe_live("a session of the transport", function()
  local transport = require "berth.transport"
  local channel, session

  before_each(function()
    core = require "berth_core"
    channel = transport.connect(live.endpoint, {})
    session = channel:open_session { database = DATABASE, timeout = 30 }
  end)
  after_each(function()
    session:finish()
    channel:close()
  end)

  local function call(...)
    local result, err = session:call(...)
    if not result then error(err.message, 2) end
    return result
  end

  it("runs prepared statements, again and again", function()
    local prepared = call("prepare", { sql = "SELECT ? + 1 AS more, ? AS text" })
    assert.equal(2, prepared.parameter_count)
    assert.equal("text", prepared.columns[2].name)
    for i = 1, 3 do
      local result = call("execute", { prepared = prepared.handle, params = { i, "a\0b" } })
      assert.equal(i + 1, tonumber(result.rows[1].more))
      assert.equal("a\0b", result.rows[1].text)
    end
    call("close_prepared", { handle = prepared.handle })
    local _, err = session:call("execute", { prepared = prepared.handle, params = { 1, 2 } })
    assert.equal("SESSION_STATE", err.code)
  end)

  it("reads cursors in pieces, several at once", function()
    local one = call("prepare", { sql = "SELECT seq FROM seq_1_to_25" })
    local two = call("prepare", { sql = "SELECT seq FROM seq_101_to_105" })
    local first = call("execute", { prepared = one.handle, cursor = true })
    local second = call("execute", { prepared = two.handle, cursor = true })
    assert.equal(10, call("fetch", { cursor = first.cursor, max_rows = 10 }).n)
    assert.equal(101, call("fetch", { cursor = second.cursor, max_rows = 1 }).rows[1].seq)
    assert.equal(11, call("fetch", { cursor = first.cursor, max_rows = 10 }).rows[1].seq)
    assert.equal(5, call("fetch", { cursor = first.cursor }).n)
    call("close_cursor", { cursor = second.cursor })
    local _, err = session:call("fetch", { cursor = second.cursor })
    assert.equal("SESSION_STATE", err.code)
  end)

  it("sends long values in pieces", function()
    local prepared = call("prepare", { sql = "SELECT length(?) AS size, md5(?) AS sum" })
    local piece = ("\0\255berth"):rep(10000)
    for parameter = 0, 1 do
      for _ = 1, 5 do call("long_data", { prepared = prepared.handle, parameter = parameter, data = piece }) end
    end
    local long = { __berth = "long_data" }
    local row = call("execute", { prepared = prepared.handle, params = { long, long } }).rows[1]
    assert.equal(5 * #piece, row.size)
    assert.equal(call("execute", { sql = "SELECT md5(?) AS sum", params = { piece:rep(5) } }).rows[1].sum, row.sum)
  end)

  it("is as new after reset", function()
    call("execute", { sql = "SET @spec = 1" })
    call("reset", {})
    assert.is_nil(call("execute", { sql = "SELECT @spec AS value" }).rows[1].value)
  end)

  it("pipelines what is sent without waiting", function()
    local ids = {}
    for i = 1, 60 do ids[i] = assert(session:send("execute", { sql = "SELECT ? AS i", params = { i } })) end
    for i = 60, 1, -1 do assert.equal(i, tonumber(assert(session:receive(ids[i])).rows[1].i)) end
  end)

  it("goes on after a request whose time is over", function()
    local started = core.now()
    local _, err = session:call("execute", { sql = "SELECT SLEEP(30)" }, 0.2)
    assert.equal("DEADLINE_EXCEEDED", err.status)
    assert.is_true(core.now() - started < 10)
    assert.equal(1, call("execute", { sql = "SELECT 1 AS one" }).rows[1].one)
  end)

  describe("streams", function()
    local function drain(reader)
      local rows = 0
      for chunk in function() return reader:next() end do rows = rows + #chunk end
      return rows
    end

    it("in little memory", function()
      local reader = assert(session:stream("execute",
        { sql = "SELECT seq, repeat('x', 1000) AS fill FROM seq_1_to_50000" }))
      local most = 0
      local rows = 0
      for chunk in function() return reader:next() end do
        rows = rows + #chunk
        collectgarbage()
        most = math.max(most, collectgarbage "count")
      end
      assert.equal(50000, rows)
      assert.is_true(most < 20000, most .. " KiB")
    end)

    it("until they are closed, and goes on then", function()
      -- Wide rows: the first message is full after 65 of them, not thousands.
      local reader = assert(session:stream("execute",
        { sql = "SELECT repeat('x', 1000) AS fill, SLEEP(0.001) FROM seq_1_to_1000000" }))
      assert.is_true(#assert(reader:next()) > 0)
      local started = core.now()
      reader:close()
      assert.is_nil(reader:next())
      assert.is_true(core.now() - started < 10)
      assert.equal(1, call("execute", { sql = "SELECT 1 AS one" }).rows[1].one)
    end)

    it("beside other statements, which see all of it", function()
      local reader = assert(session:stream("execute", { sql = "SELECT seq FROM seq_1_to_20000" }))
      local seen = #reader:next()
      assert.equal(1, call("execute", { sql = "SELECT 1 AS one" }).rows[1].one)
      assert.equal(20000, seen + drain(reader))
    end)

    it("values that are larger than a message", function()
      local reader = assert(session:stream("execute",
        { sql = "SELECT repeat('0123456789', 400000) AS large, seq FROM seq_1_to_3" }))
      local rows = {}
      for chunk in function() return reader:next() end do
        for _, row in ipairs(chunk) do rows[#rows + 1] = row end
      end
      assert.equal(3, #rows)
      for i, row in ipairs(rows) do
        assert.equal(4000000, #row.large)
        assert.equal(i, row.seq)
      end
    end)

    it("errors", function()
      local reader = assert(session:stream("execute", { sql = "SELEC 1" }))
      local rows, err = reader:next()
      assert.is_nil(rows)
      assert.equal(1064, err.errno)
      assert.is_nil(reader:next())
    end)
  end)
end)
