--- A transport without a server: it notes what is called and answers as told.
--
--    local mock = new_mock { select = function(arguments) return mock.rows {...} end }
--
-- An answer is a function of the arguments, or a plain result. Operations of
-- sessions have lower-case names, unary methods start with a capital.
local Mock = {}
Mock.__index = Mock

--- A result with rows. `types` gives the type of columns that are no VARCHAR.
function Mock.rows(rows, types)
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

local function answer(self, where, name, arguments)
  self.calls[#self.calls + 1] = { name = name, arguments = arguments, where = where }
  local reply = self.answers[name]
  if type(reply) == "function" then return reply(arguments) end
  return reply or {}
end

local Session = {}
Session.__index = Session

function Session:call(operation, arguments)
  local mock = self.mock
  if operation == "begin" then mock.state.in_transaction = true end
  local result, err = answer(mock, "session", operation, arguments)
  if operation == "commit" or operation == "rollback" then mock.state.in_transaction = false end
  return result, err
end

function Session:state() return self.mock.state end
function Session:alive() return not self.finished end
function Session:finish()
  self.finished = true
  self.mock.state.in_transaction = false
  self.mock.finished = self.mock.finished + 1
end

--- The transport that a pool takes.
function Mock:connect(endpoint, credentials)
  self.endpoint, self.credentials = endpoint, credentials
  return {
    open_session = function(_, options)
      self.sessions[#self.sessions + 1] = options
      local failure = self.open_failures[#self.sessions]
      if failure then return nil, failure end
      return setmetatable({ mock = self }, Session)
    end,
    call = function(_, method, arguments) return answer(self, "unary", method, arguments) end,
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

--- The last arguments of a name.
function Mock:last(name)
  local list = self:called(name)
  return list[#list]
end

return function(answers)
  local self = setmetatable({
    answers = answers or {}, calls = {}, sessions = {}, open_failures = {}, finished = 0, clock = 0, slept = 0,
    state = { in_transaction = false, autocommit = true, last_insert_id = 0 }, lines = {},
  }, Mock)
  self.transport = {
    connect = function(...) return self:connect(...) end,
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
