--- Statements in SQL on a context: what ctx:select and its like do.
local each = require "berth.each"
local errors = require "berth.errors"
local values = require "berth.values"

local statement = {}

local function arguments_of(sql, ...)
  if type(sql) ~= "string" then errors.misuse("a statement in SQL is expected, not a %s", type(sql)) end
  return { sql = sql, params = values.parameters(sql, ...) }
end

local function execute(context, sql, ...)
  local result = context:call("execute", arguments_of(sql, ...))
  if result.results then result = result.results[1] end
  return result
end

local function affected_and_id(context, sql, ...)
  local result = execute(context, sql, ...)
  return result.affected or 0, result.last_insert_id or 0
end

--- The rows of a query as plain tables.
function statement.select(context, sql, ...)
  local result = execute(context, sql, ...)
  return result.rows and values.rows(result, context.pool.decoders) or {}
end

local INSERTS = { INSERT = true, REPLACE = true }

--- The affected rows and the last id; of an INSERT or REPLACE the other way round.
function statement.update(context, sql, ...)
  local affected, id = affected_and_id(context, sql, ...)
  local verb = sql:match("^%s*(%a+)")
  if verb and INSERTS[verb:upper()] then return id, affected end
  return affected, id
end

--- The affected rows and the last id.
statement.delete = affected_and_id

--- The last id and the affected rows.
function statement.insert(context, sql, ...)
  local affected, id = affected_and_id(context, sql, ...)
  return id, affected
end

local function same(columns)
  return columns
end

--- Reads the rows of a query one by one, as plain tables, in flat memory.
function statement.each(context, sql, ...)
  return each.start(context, "execute", arguments_of(sql, ...), same)
end

return statement
