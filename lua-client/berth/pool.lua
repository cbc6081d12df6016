--- Pools: the way to the service for one schema and one database.
local compat = require "berth.compat"
local context = require "berth.context"
local errors = require "berth.errors"
local observe = require "berth.observe"
local relations = require "berth.relations"
local registration = require "berth.registration"
local retry = require "berth.retry"
local schema = require "berth.schema"
local settings = require "berth.settings"
local slots = require "berth.slots"
local transaction = require "berth.transaction"
local values = require "berth.values"

local pool = {}

---@class berth.Pool
local Pool = { __name = "berth.Pool" }
Pool.__index = Pool

--- Makes a pool as `new` does; errors have no place.
function pool.make(models, config, dropin)
  dropin = dropin or {}
  local found = settings.resolve(config, dropin.global)
  local tables = schema.read(models)
  relations.resolve(tables)
  local self = setmetatable({
    settings = found,
    transport = found.transport or require "berth.transport",
    models = models,
    tables = tables,
    decoders = values.decoders(found),
    skips_unknown_keys = dropin.skips_unknown_keys or false,
    slots = slots.new(found.pool_size),
    noted = {},
    counters = { opened = 0, retried = 0, failed = 0 },
  }, Pool)
  self.observer = observe.new(self)
  self.session_options = { database = found.database, lease_idle = found.lease_idle,
    max_result_bytes = found.max_result_bytes,
    persist = function(attempt, ...) return retry.try(self, attempt, ...) end }
  return self
end

--- Makes a pool. Nothing is sent before the first use.
-- @tparam table models the schema: models by table name
-- @tparam[opt] table config the settings, flat or under `mariadb`
-- @tparam[opt] table dropin what the LuaFan drop-in changes: `global`, the
--   module `config`, and `skips_unknown_keys`
-- @treturn berth.Pool
function pool.new(models, config, dropin)
  local ok, self = pcall(pool.make, models, config, dropin)
  if not ok then error(self, 2) end
  return self
end

--- Writes a line to the pool's log.
function Pool:log(message, ...)
  self.settings.log(message:format(...))
end

--- Deals with a key that is no column: the drop-in skips it and says so once,
--- the native API raises.
function Pool:unknown_key(t, key, operation)
  local message = ("table %q has no column %q"):format(t.name, tostring(key))
  if not self.skips_unknown_keys then
    errors.raise { code = "UNKNOWN_COLUMN", message = message, table = t.name,
      metadata = { table = t.name, column = tostring(key) } }
  end
  local note = t.name .. "." .. tostring(key)
  if self.noted[note] then return end
  self.noted[note] = true
  self:log("%s: skipped in %s", message, operation)
end

-- The channel, made with the first use.
local function channel_of(self)
  if self.closed then errors.raise { code = "POOL_CLOSED", message = "the pool is closed" } end
  if not self.channel then
    local found = self.settings
    self.channel = self.transport.connect(found.endpoint,
      { user = found.user, password = found.password, plaintext = found.plaintext }, found.scheduler)
  end
  return self.channel
end

--- Runs one call outside of sessions; raises where it fails.
function Pool:call(method, arguments)
  arguments.database = self.settings.database
  local channel = channel_of(self)
  local finished = self.observer and self.observer(method:lower(), arguments)
  local result, err = channel:call(method, arguments, self.settings.timeout)
  if not result then err = errors.new(err, { table = arguments.table, sql = arguments.where or arguments.sql }) end
  if finished then finished(result, err) end
  if not result then error(err, 0) end
  return result
end

-- Takes one of the pool's slots, waiting for it where other coroutines can give
-- theirs back meanwhile.
local function take_slot(self)
  local slot, why = self.slots:take(self.transport, self.settings)
  if self.closed then errors.raise { code = "POOL_CLOSED", message = "the pool is closed" } end
  if slot then return slot end
  local message = "all sessions of this pool are in use (pool_size = %d), and none can come back while this "
    .. "call waits; do not call safe inside safe, or raise pool_size"
  if why == "timeout" then
    message = "all sessions of this pool were in use (pool_size = %d) for %g s; raise pool_size, or timeout"
  end
  errors.raise { code = "POOL_SIZE", status = "RESOURCE_EXHAUSTED", outcome = "NOT_DONE", retry = "LATER",
    message = message:format(self.settings.pool_size, self.settings.timeout) }
end

local function attempt_to_open(_, self)
  return self.channel:open_session(self.session_options)
end

local function open_in(self, slot)
  if not self.registered then registration.run(self, channel_of(self)) end
  local session = retry.persist(self, attempt_to_open, self)
  self.counters.opened = self.counters.opened + 1
  local opened = context.new(self, session)
  opened.slot, slot.holder = slot, opened
  return opened
end

-- Opens a session; raises where that fails.
local function open(self)
  if not self.channel then channel_of(self) end -- of a closed pool
  local slot = take_slot(self)
  local ok, opened = pcall(open_in, self, slot)
  if ok then return opened end
  self.slots:give(slot)
  error(opened, 0)
end

local function close(self, opened)
  local left_open, slot = opened:close(), opened.slot
  opened.slot = nil
  if slot then self.slots:give(slot) end
  return left_open
end

-- Closes a context whose coroutine is closed while it works on it (5.4).
function context.abandon(opened)
  if not opened.running or not opened.session then return end
  opened.session:cancel()
  close(opened.pool, opened)
end

local function stop_running(opened, ...)
  opened.running = false
  return ...
end

local function call_guarded(opened, f, ...)
  return stop_running(opened, pcall(f, opened.ctx, ...))
end

-- Calls `f(ctx, ...)` under pcall.
local function run(opened, f, ...)
  opened.running = true
  return compat.guarded(opened, call_guarded, f, ...)
end

local function check_function(f, method)
  if type(f) ~= "function" and not (getmetatable(f) or {}).__call then
    error(("bad argument #1 to '%s' (function expected, got %s)"):format(method, type(f)), 3)
  end
end

local function finish_safe(self, opened, ok, ...)
  if close(self, opened) and ok then
    self:log("a transaction was open at the end of pool:safe and is rolled back; commit is missing")
  end
  if ok then return ... end
  local err = ...
  if self.settings.errors == "return" then
    self:log("pool:safe: %s", tostring(err))
    return nil, tostring(err), err
  end
  error(err, 0)
end

--- Runs `f(ctx, ...)` with a session of its own.
--
-- An error of `f` is raised again unchanged, after the session was given back
-- and what was open in it rolled back; with `errors = "return"` it is logged,
-- and safe returns nil, the message and the error.
-- @treturn ... what `f` returns, all of it
function Pool:safe(f, ...)
  check_function(f, "safe")
  local opened = open(self)
  return finish_safe(self, opened, run(opened, f, ...))
end

--- Runs `f(ctx, ...)` in a transaction: committed when `f` returns, rolled back
--- when it raises. `f` is run again after a deadlock and the like, so it must
--- do nothing but work on the database.
-- @tparam function f
-- @tparam[opt] table options `retries` (3), `isolation`, `read_only`
-- @treturn ... what `f` returns
function Pool:transaction(f, options, ...)
  check_function(f, "transaction")
  local arguments = compat.pack(...)
  return transaction.persist(self, options, function(begin)
    local opened = open(self)
    local ok, results, err = run(opened, function(...)
      return transaction.attempt(opened, begin, f, ...)
    end, compat.unpack(arguments, 1, arguments.n))
    close(self, opened)
    if not ok then return nil, results end
    return results, err
  end)
end

--- Tells the DDL that registering the schema would run, without running it.
-- @treturn {table,...} the changes in order: `table`, `ddl`, `cost`
-- @treturn {table,...} what contradicts the database: `table`, `element`, `wanted`,
--   `actual`
function Pool:plan()
  return registration.plan(self, channel_of(self))
end

--- Opens a session and gives its context, to be given back with `push`.
function Pool:pop()
  return open(self).ctx
end

--- Gives a context of `pop` back.
function Pool:push(ctx)
  local opened = context.of(ctx)
  if not opened or opened.pool ~= self then error("pool:push expects a context of this pool's pop", 2) end
  close(self, opened)
end

--- Figures of this pool, and under `server` those of the service.
-- `server` is nil while the service does not answer; `server_error` says why.
function Pool:stats()
  local answer, err = channel_of(self):call("GetPoolStats", {}, self.settings.timeout)
  return {
    pool_size = self.settings.pool_size,
    in_use = self.slots:in_use(),
    opened = self.counters.opened,
    retried = self.counters.retried,
    failed = self.counters.failed,
    server = answer,
    server_error = not answer and errors.new(err) or nil,
  }
end

--- Ends the open sessions and the way to the service. The pool is of no use
--- afterwards; rows stay readable.
function Pool:close()
  if self.closed then return end
  self.closed = true
  for opened in self.slots:holders() do opened:close() end
  if self.channel then self.channel:close() end
  self.channel = nil
  self.slots:close()
end

function Pool:__tostring()
  return ("berth.Pool (%s%s)"):format(self.settings.endpoint, self.closed and ", closed" or "")
end

return pool
