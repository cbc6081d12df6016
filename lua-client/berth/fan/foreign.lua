--- A transport over a connection that is not of the service: anything that has
--- LuaFan's `execute`, `prepare` and `getlastautoid`. Nothing else is called but
--- `commit` and `rollback`, where these are there.
local compat = require "berth.compat"
local ddl = require "berth.fan.ddl"
local errors = require "berth.errors"
local sql = require "berth.fan.sql"

local foreign = {}

-- Rows that a reader hands on together.
local CHUNK = 100

local CODES = { [1062] = "DUPLICATE_KEY", [1064] = "SYNTAX", [1205] = "LOCK_WAIT_TIMEOUT", [1213] = "DEADLOCK",
  [1451] = "FOREIGN_KEY", [1452] = "FOREIGN_KEY" }

-- The error of what such a connection reports.
local function failure(message, object)
  if errors.is(object) then return object end
  local number, text = tostring(message):match("^stmt_error: (%d+): (.*)$")
  local errno = tonumber(number)
  local code = CODES[errno] or "STATEMENT_ERROR"
  local again = code == "DEADLOCK" or code == "LOCK_WAIT_TIMEOUT"
  return { code = code, message = text or tostring(message or "the connection has failed"), errno = errno,
    outcome = "UNKNOWN", retry = again and "TRANSACTION" or "NEVER", retryable = again }
end

-- Runs a statement of the connection: what it returns, or nil and an error.
local function direct(db, text)
  local result, message, object = db:execute(text)
  if result == nil then return nil, failure(message, object) end
  return result
end

-- Prepares and runs a statement: the statement and what it returned, or nil and
-- an error.
local function start(db, text, params)
  local spread, list = sql.spread(text, params)
  local statement, message, object = db:prepare(spread)
  if not statement then return nil, failure(message, object) end
  if list.n > 0 then statement:bind_param(compat.unpack(list, 1, list.n)) end
  local result
  result, message, object = statement:execute()
  if result == nil then
    statement:close()
    return nil, failure(message, object)
  end
  return statement, result
end

local Reader = {}
Reader.__index = Reader

--- Up to a hundred rows; nil at the end, nil and an error where it fails.
function Reader:next()
  local rows = {}
  while self.statement and #rows < CHUNK do
    local row, message, object = self.statement:fetch()
    if type(row) ~= "table" then
      self:close()
      if message then return nil, failure(message, object) end
      break
    end
    rows[#rows + 1] = row
  end
  if rows[1] then return rows end
end

function Reader:close()
  local statement = self.statement
  self.statement = nil
  if statement then statement:close() end
end

-- Reads rows of a statement that has run. One that has no rows is closed.
local function read(statement, result)
  if type(result) == "number" or not statement.fetch then
    statement:close()
    statement = nil
  end
  return setmetatable({ statement = statement }, Reader)
end

local Session = {}
Session.__index = Session

-- Runs a statement and collects what it gives.
local function run(self, text, params)
  local statement, result = start(self.db, text, params)
  if not statement then return nil, result end
  local reader, rows = read(statement, result), {}
  while true do
    local more, err = reader:next()
    if err then return nil, err end
    if not more then break end
    for i = 1, #more do rows[#rows + 1] = more[i] end
  end
  local id = self.db.getlastautoid and self.db:getlastautoid() or 0
  if id ~= 0 then self.last_insert_id = id end
  local answer = { affected = type(result) == "number" and result or #rows, last_insert_id = id ~= 0 and id or nil }
  if type(result) ~= "number" then answer.rows = rows end
  return answer
end

-- Whether a name is a column, as far as is known.
local function is_column(self, name)
  local columns = self.channel.columns[name]
  return function(column) return columns ~= nil and columns[column] == true end
end

local operations = {}

function operations:select(arguments)
  return run(self, sql.select(arguments, is_column(self, arguments.table)))
end

function operations:insert(arguments)
  local answer, err = run(self, sql.insert(arguments))
  if not answer then return nil, err end
  if answer.rows and answer.rows[1] then answer.returned = { rows = answer.rows } end
  answer.ids = { answer.last_insert_id }
  return answer
end

function operations:update(arguments)
  return run(self, sql.update(arguments, is_column(self, arguments.table)))
end

function operations:delete(arguments)
  return run(self, sql.delete(arguments, is_column(self, arguments.table)))
end

function operations:execute(arguments)
  return run(self, arguments.sql, arguments.params)
end

function operations:begin(arguments)
  if arguments.isolation then
    local ok, err = direct(self.db, "SET TRANSACTION ISOLATION LEVEL " .. arguments.isolation)
    if not ok then return nil, err end
  end
  local ok, err = direct(self.db, arguments.read_only and "START TRANSACTION READ ONLY" or "START TRANSACTION")
  if not ok then return nil, err end
  self.begun = true
  return {}
end

local SAVEPOINTS = { rollback = "ROLLBACK TO SAVEPOINT ", release = "RELEASE SAVEPOINT " }

function operations:savepoint(arguments)
  local ok, err = direct(self.db, (SAVEPOINTS[arguments.action] or "SAVEPOINT ") .. arguments.name)
  return ok and {} or nil, err
end

for _, name in ipairs { "commit", "rollback" } do
  operations[name] = function(self)
    local ok, err
    if self.db[name] then
      local message, object
      ok, message, object = self.db[name](self.db)
      if not ok then err = failure(message, object) end
    else
      ok, err = direct(self.db, name:upper())
    end
    if not ok then return nil, err end
    self.begun = false
    return {}
  end
end

local function not_there(name)
  return nil, { code = "NOT_IMPLEMENTED", message = ("%s needs a connection of Berth"):format(name) }
end

function Session:call(operation, arguments)
  local perform = operations[operation]
  if not perform then return not_there(operation) end
  return perform(self, arguments or {})
end

-- A statement of such a connection cannot be sent ahead: it runs when its answer
-- is asked for.
function Session:send(operation, arguments)
  self.sent[#self.sent + 1] = { operation, arguments }
  return #self.sent
end

function Session:receive(id)
  return self:call(self.sent[id][1], self.sent[id][2])
end

function Session:stream(operation, arguments)
  local text, params = arguments.sql, arguments.params
  if operation == "select" then text, params = sql.select(arguments, is_column(self, arguments.table)) end
  local statement, result = start(self.db, text, params)
  if not statement then return nil, result end
  return read(statement, result)
end

function Session:state()
  return { in_transaction = self.begun, autocommit = true, last_insert_id = self.last_insert_id }
end

function Session:in_transaction() return self.begun end

function Session.alive() return true end
function Session.finish() return true end
function Session.cancel() end

local Channel = {}
Channel.__index = Channel

function Channel:open_session()
  return setmetatable({ db = self.db, channel = self, sent = {}, begun = false, last_insert_id = 0 }, Session)
end

local methods = {}

function methods:PlanSchema(arguments)
  return { changes = ddl.plan(self.db, arguments.tables) }
end

function methods:GetTable(arguments)
  return { table = ddl.describe(self.db, arguments.table) }
end

function methods:Register(arguments)
  local tables = ddl.register(self.db, arguments.tables)
  for _, described in ipairs(tables) do
    local columns = {}
    for _, column in ipairs(described.columns) do columns[column.name] = true end
    self.columns[described.name] = columns
  end
  return { tables = tables }
end

function Channel:call(name, arguments)
  local method = methods[name]
  if not method then return not_there(name) end
  local ok, answer = pcall(method, self, arguments)
  if ok then return answer end
  return nil, failure(answer)
end

function Channel.close() end

--- A transport whose only session is that connection.
function foreign.transport(db)
  return {
    connect = function() return setmetatable({ db = db, columns = {} }, Channel) end,
    now = os.time,
    sleep = function() end,
    waiter = function() return nil end,
  }
end

return foreign
