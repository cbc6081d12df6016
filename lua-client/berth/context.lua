--- Contexts: what `pool:safe` hands to its function. A context is one session,
--- and with it one connection to the database.
local connection = require "berth.connection"
local errors = require "berth.errors"
local tables = require "berth.table"
local values = require "berth.values"

local context = {}

-- The inside of a context; programs see `ctx`, a table of its own.
local Context = {}
Context.__index = Context

--- The session; raises after the context has ended.
function Context:open_session()
  if not self.session then
    errors.raise { code = "SESSION_CLOSED",
      message = "session is closed: a context must not be used after the function that it was made for" }
  end
  return self.session
end

--- Runs an operation. Returns nil and an error object where it fails.
function Context:try(operation, arguments)
  local result, err = self:open_session():call(operation, arguments)
  if result then return result end
  return nil, errors.new(err, { sql = arguments.sql or arguments.where, table = arguments.table })
end

--- Runs an operation; raises where it fails.
function Context:call(operation, arguments)
  local result, err = self:try(operation, arguments)
  if not result then error(err, 0) end
  return result
end

local UNARY = { update = "Update", delete = "Delete" }

--- Runs the write of a row: in the session while it is open, later by itself.
function Context:write(operation, arguments)
  if self.session then return self:call(operation, arguments) end
  return self.pool:call(UNARY[operation], arguments)
end

--- Gives the session back; what is open in it is rolled back.
-- @treturn boolean whether a transaction was left open
function Context:close()
  local session = self.session
  if not session then return false end
  local state = session:state()
  local left_open = state ~= nil and state.in_transaction == true
  self.session = nil
  session:finish()
  return left_open
end

-- The methods of ctx. A table of the same name goes before, as in LuaFan.
local methods = { _readonly = false }

local function execute(ctx, sql, ...)
  if type(sql) ~= "string" then error("a statement in SQL is expected, not a " .. type(sql), 3) end
  local result = getmetatable(ctx).context:call("execute", { sql = sql, params = values.parameters(sql, ...) })
  if result.results then result = result.results[1] end
  return result
end

--- Runs a query in SQL; the rows are plain tables.
function methods.select(ctx, sql, ...)
  local result = execute(ctx, sql, ...)
  return result.rows and values.rows(result) or {}
end

local function affected_and_id(ctx, sql, ...)
  local result = execute(ctx, sql, ...)
  return result.affected or 0, result.last_insert_id or 0
end

--- Runs a statement in SQL.
-- @treturn integer the affected rows (of an INSERT or REPLACE the last id)
-- @treturn integer the last id
function methods.update(ctx, sql, ...)
  local affected, id = affected_and_id(ctx, sql, ...)
  local verb = sql:match("^%s*(%a+)")
  if verb and (verb:upper() == "INSERT" or verb:upper() == "REPLACE") then return id, affected end
  return affected, id
end

--- Runs a statement in SQL.
-- @treturn integer the affected rows
-- @treturn integer the last id
function methods.delete(ctx, sql, ...)
  return affected_and_id(ctx, sql, ...)
end

--- Runs a statement in SQL.
-- @treturn integer the last id
-- @treturn integer the affected rows
function methods.insert(ctx, sql, ...)
  local affected, id = affected_and_id(ctx, sql, ...)
  return id, affected
end

local function index(ctx, key)
  local mt = getmetatable(ctx)
  local found = mt.tables[key]
  if found then
    rawset(ctx, key, found)
    return found
  end
  if key == "_connection" then return mt.db end
  return methods[key]
end

--- Makes the context of a session.
-- @treturn table the inside, whose `ctx` is what programs get
function context.new(pool, session)
  local self = setmetatable({ pool = pool, session = session }, Context)
  local bound = setmetatable({}, {
    __index = function(all, name)
      local t = pool.tables[name]
      if not t then return nil end
      local proxy = tables.bind(self, t)
      rawset(all, name, proxy)
      return proxy
    end,
  })
  self.ctx = setmetatable({}, { __name = "berth.Context", __index = index, context = self,
    db = connection.new(self), models = pool.models, tables = bound })
  return self
end

--- The inside of a ctx; nil for anything else.
function context.of(ctx)
  local mt = type(ctx) == "table" and getmetatable(ctx)
  return mt and mt.context
end

return context
