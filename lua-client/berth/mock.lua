--- A transport without a server, for the tests of programs that use Berth.
--
--    local mock = require("berth.mock").new {
--      select = function(arguments) return mock.rows { { id = 1, name = "Alice" } } end,
--      insert = { affected = 1, ids = { 7 } },
--    }
--    local db = berth.new(schema, mock.settings())
--    …
--    assert(mock:last("select").where == "email = ?")
--
-- It notes what is called and answers as told. An answer is a result, or a function
-- of the operation's arguments that returns a result, or nil and an error such as
-- `{ code = "DUPLICATE_KEY", message = "…" }`. What has no answer succeeds with
-- nothing to tell: a select finds no rows. The operations of sessions have lower-case names (`select`,
-- `insert`, `update`, `delete`, `execute`, `begin`, `commit`, …), calls outside of
-- them start with a capital (`Register`, `Update`).
local mock = {}

---@class berth.Mock
---@field calls table[]     what was called, in order: { name, arguments, where }
---@field answers table     by name; may be changed at any time
---@field state table       what the sessions say of themselves
---@field lines string[]    the log of the pools
---@field open_failures table errors by the number of the attempt to open a session
local Mock = {}
Mock.__index = Mock

--- A result with rows. `types` gives the type of columns that are no VARCHAR.
function mock.rows(rows, types)
  local columns, seen = {}, {}
  for _, row in ipairs(rows) do
    for name in pairs(row) do
      if not seen[name] then
        seen[name] = true
        columns[#columns + 1] = { name = name, type = types and types[name] or "VARCHAR" }
      end
    end
  end
  return { columns = columns, rows = rows, n = #rows }
end

Mock.rows = mock.rows

local function answer(self, where, name, arguments, timeout)
  self.calls[#self.calls + 1] = { name = name, arguments = arguments, where = where, timeout = timeout }
  local reply = self.answers[name]
  if type(reply) == "function" then return reply(arguments) end
  if reply == nil and name:lower() == "select" then
    return mock.rows(arguments.count_only and { { count = 0 } } or {})
  end
  return reply or {}
end

local Reader = {}
Reader.__index = Reader

function Reader:next()
  if self.position >= #self.rows then return nil end
  local chunk = {}
  while #chunk < self.size and self.position < #self.rows do
    self.position = self.position + 1
    chunk[#chunk + 1] = self.rows[self.position]
  end
  self.columns = self.result.columns
  self.mock.chunks_read = self.mock.chunks_read + 1
  return chunk
end

function Reader:close()
  self.position = #self.rows
  self.mock.readers_closed = self.mock.readers_closed + 1
end

local Session = {}
Session.__index = Session

function Session:call(operation, arguments, timeout)
  local owner = self.mock
  if operation == "begin" then owner.state.in_transaction = true end
  local result, err = answer(owner, "session", operation, arguments, timeout)
  if operation == "commit" or operation == "rollback" then owner.state.in_transaction = false end
  return result, err
end

function Session:send(operation, arguments, timeout)
  self.sent[#self.sent + 1] = { operation, arguments, timeout }
  self.mock.most_under_way = math.max(self.mock.most_under_way, #self.sent - self.received)
  return #self.sent
end

function Session:receive(id)
  self.received = self.received + 1
  return self:call(self.sent[id][1], self.sent[id][2], self.sent[id][3])
end

function Session:stream(operation, arguments, timeout)
  local result, err = answer(self.mock, "stream", operation, arguments, timeout)
  if not result then return nil, err end
  return setmetatable({ mock = self.mock, result = result, rows = result.rows or {}, position = 0,
    size = self.mock.chunk_size }, Reader)
end

function Session:state() return self.mock.state end
function Session:in_transaction() return self.mock.state.in_transaction end
function Session:alive() return not self.finished end

function Session:finish()
  self.finished = true
  self.mock.state.in_transaction = false
  self.mock.finished = self.mock.finished + 1
end

-- The channel that a pool gets.
local function connect(self, endpoint, credentials)
  self.endpoint, self.credentials = endpoint, credentials
  return {
    open_session = function(_, options)
      self.sessions[#self.sessions + 1] = options
      local failure = self.open_failures[#self.sessions]
      if failure then return nil, failure end
      return setmetatable({ mock = self, sent = {}, received = 0 }, Session)
    end,
    call = function(_, method, arguments, timeout) return answer(self, "unary", method, arguments, timeout) end,
    close = function() self.channel_closed = true end,
  }
end

--- The calls of one name, as lists of arguments.
function Mock:called(name)
  local list = {}
  for _, call in ipairs(self.calls) do
    if call.name == name then list[#list + 1] = call.arguments end
  end
  return list
end

--- The last arguments of a name; nil if it was not called.
function Mock:last(name)
  local list = self:called(name)
  return list[#list]
end

--- Makes a mock with the answers that are given by name.
-- @treturn berth.Mock with `transport`, and `settings(more)` for a pool over it
function mock.new(answers)
  local self = setmetatable({
    answers = answers or {}, calls = {}, sessions = {}, open_failures = {}, finished = 0, clock = 0, slept = 0,
    state = { in_transaction = false, autocommit = true, last_insert_id = 0 }, lines = {},
    chunk_size = 2, chunks_read = 0, readers_closed = 0, most_under_way = 0,
  }, Mock)
  self.transport = {
    connect = function(...) return connect(self, ...) end,
    now = function() return self.clock end,
    sleep = function(seconds)
      self.slept = self.slept + 1
      self.clock = self.clock + seconds
    end,
  }
  --- Settings for a pool over this mock; its log goes to `lines`.
  function self.settings(more)
    local settings = { transport = self.transport, log = function(line) self.lines[#self.lines + 1] = line end }
    for key, value in pairs(more or {}) do settings[key] = value end
    return settings
  end
  return self
end

return mock
