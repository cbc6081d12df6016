--- Transactions, and savepoints within them.
local compat = require "berth.compat"
local errors = require "berth.errors"
local retry = require "berth.retry"

local transaction = {}

local function is_open(context)
  local state = context:open_session():state()
  return state ~= nil and state.in_transaction == true
end

-- Commits unless the function ended the transaction itself.
local function commit(context)
  local state = context:open_session():state()
  if state == nil or state.in_transaction then context:call("commit", {}) end
end

local function run_and_commit(context, begin, f, ...)
  context:call("begin", begin)
  local results = compat.pack(f(...))
  commit(context)
  return results
end

-- Runs `f(...)` in a transaction: its packed results; nil and the error.
local function attempt(context, begin, f, ...)
  local ok, results = pcall(run_and_commit, context, begin, f, ...)
  if ok then return results end
  if context.session and context.session:alive() and is_open(context) then context:try("rollback", {}) end
  return nil, results
end

-- Runs `f(...)` between a savepoint and its release; undone where it raises.
local function within_savepoint(context, f, ...)
  context.depth = (context.depth or 0) + 1
  local name = "berth_" .. context.depth
  local results = compat.pack(pcall(function(...)
    context:call("savepoint", { name = name })
    return f(...)
  end, ...))
  context.depth = context.depth - 1
  -- A deadlock has ended the transaction, and the savepoint with it.
  if context.session and context.session:alive() and is_open(context) then
    context:try("savepoint", { name = name, action = results[1] and "release" or "rollback" })
  end
  if not results[1] then error(results[2], 0) end
  return compat.unpack(results, 2, results.n)
end

-- "READ_COMMITTED" is "read committed".
local function isolation_name(text)
  return text and (text:lower():gsub("[%s_%-]+", " ")) or nil
end

local function may_run_again(err)
  return errors.is(err) and (err.retry == "TRANSACTION" or err.retry == "STATEMENT")
end

--- Makes attempts at a transaction until one is committed.
-- @tparam function try_once(begin) returns packed results, or nil and the error
-- @treturn ... the results
function transaction.persist(pool, options, try_once)
  options = options or {}
  local begin = { isolation = isolation_name(options.isolation), read_only = options.read_only }
  local retries = options.retries or 3
  for n = 1, retries + 1 do
    local results, err = try_once(begin)
    if results then return compat.unpack(results, 1, results.n) end
    if n > retries or not may_run_again(err) then error(err, 0) end
    pool.counters.retried = pool.counters.retried + 1
    pool.transport.sleep(retry.pause(pool.transport, n), pool.settings.scheduler)
  end
end

transaction.attempt = attempt

--- Runs `f(...)` in a transaction of this context; within one, as a part that is
-- undone by itself where it raises.
function transaction.run(context, f, options, ...)
  if is_open(context) then return within_savepoint(context, f, ...) end
  local arguments = compat.pack(...)
  return transaction.persist(context.pool, options, function(begin)
    return attempt(context, begin, f, compat.unpack(arguments, 1, arguments.n))
  end)
end

--- Runs `f()` so that it happens as a whole or not at all; it is not run again.
function transaction.atomically(context, f)
  if is_open(context) then return within_savepoint(context, f) end
  local results, err = attempt(context, {}, f)
  if not results then error(err, 0) end
end

return transaction
