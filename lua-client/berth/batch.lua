--- Batches: statements that are sent together, without waiting for one another.
--
-- A statement runs as a coroutine up to its request; then the next one starts.
-- When all have said what they want, the requests go out, and each coroutine
-- goes on with its answer.
local errors = require "berth.errors"

local batch = {}

-- Requests under way at once. More would fill the stream in one direction while
-- nobody reads the other one.
local WINDOW = 32

-- The inside of the context that the function of a batch gets: a request does
-- not travel, it suspends its statement.
local Recorder = {}

function Recorder.try(_, operation, arguments, timeout)
  return coroutine.yield(operation, arguments, timeout)
end

function Recorder:call(operation, arguments, timeout)
  local result, err = self:try(operation, arguments, timeout)
  if not result then error(err, 0) end
  return result
end

function Recorder.atomically()
  errors.misuse("more rows than one request carries cannot be inserted in a batch")
end

function Recorder.open_session()
  errors.misuse("a batch takes statements that read or write; no each, transaction or _connection")
end

Recorder.settle = Recorder.open_session
Recorder.__index = Recorder

-- Starts a statement: `run(recorder, ...)` up to its first request.
local function start(self, run, ...)
  if self.closed then errors.misuse("the batch is over") end
  local statement = { thread = coroutine.create(run) }
  self.statements[#self.statements + 1] = statement
  local ok
  ok, statement.operation, statement.arguments, statement.timeout = coroutine.resume(statement.thread, self, ...)
  if not ok then error(statement.operation, 0) end
  if coroutine.status(statement.thread) == "dead" then -- it had nothing to ask
    statement.value, statement.operation = statement.operation, nil
  end
end

-- Goes on with a statement whose answer is there. What it asks for further is
-- asked at once.
local function go_on(context, statement, result, err)
  while true do
    local ok, operation, arguments, timeout = coroutine.resume(statement.thread, result, err)
    if not ok then
      statement.error = operation
      return
    end
    if coroutine.status(statement.thread) == "dead" then
      statement.value = operation
      return
    end
    result, err = context:try(operation, arguments, timeout)
  end
end

local function send_all(context, statements)
  local session, received = context:open_session(), 0
  local function receive_next()
    received = received + 1
    local statement = statements[received]
    if not statement.id then return end
    statement.result, statement.failure = context:receive(session, statement)
  end
  for sent, statement in ipairs(statements) do
    if sent - received > WINDOW then receive_next() end
    if statement.operation then statement.id, statement.failure = context:send(session, statement) end
  end
  while received < #statements do receive_next() end
end

--- Runs `f(b)`, where `b` takes statements as `ctx` does and returns nothing, then
-- sends them all. If `f` raises nothing is sent. A statement that fails does not
-- keep the others from running; a transaction around does that.
-- @treturn table the value of each statement, nil where it failed
-- @treturn ?table the errors by the number of the statement; nil if all succeeded
function batch.run(context, new_facade, f)
  context:settle()
  local recorder = setmetatable({ pool = context.pool, ctx = context.ctx, owner = context, statements = {} }, Recorder)
  f(new_facade(recorder, start))
  recorder.closed = true
  send_all(context, recorder.statements)
  local results, failures = { n = #recorder.statements }, nil
  for i, statement in ipairs(recorder.statements) do
    if statement.operation then go_on(context, statement, statement.result, statement.failure) end
    results[i] = statement.value
    if statement.error then
      failures = failures or {}
      failures[i] = statement.error
    end
  end
  return results, failures
end

return batch
