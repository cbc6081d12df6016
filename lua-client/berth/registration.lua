--- Registers a pool's schema with the service.
local retry = require "berth.retry"
local schema = require "berth.schema"

local registration = {}

-- Which of the tables are not there yet. Asked by a plan, which looks into the
-- database, while a description may be of a table that was dropped since.
local function missing_tables(pool, channel, tables)
  local answer = channel:call("PlanSchema",
    { database = pool.settings.database, tables = schema.definitions(tables) })
  local missing = {}
  for _, change in ipairs(answer and answer.changes or {}) do
    if change.ddl:find("^CREATE TABLE") then missing[change.table] = true end
  end
  return missing
end

local function has_key(pool, channel, name)
  local answer = channel:call("GetTable", { database = pool.settings.database, table = name })
  local key = answer and answer.table and answer.table.primary_key
  return key ~= nil and #key > 0
end

-- A model without a primary key gets the id column, unless its table is there
-- already with a key of its own.
local function complete_ids(pool, channel)
  local without_id = {}
  for name, t in pairs(pool.tables) do
    if t.needs_id then without_id[name] = t end
  end
  if next(without_id) == nil then return end
  local missing = missing_tables(pool, channel, without_id)
  for name, t in pairs(without_id) do
    if missing[name] or not has_key(pool, channel, name) then schema.add_id(t) else t.needs_id = false end
  end
end

local function log_conflicts(pool, conflicts)
  for _, conflict in ipairs(conflicts or {}) do
    pool:log("table %q, %s: declared %s, the database has %s, which holds",
      conflict.table, conflict.element, conflict.wanted, conflict.actual)
  end
end

--- Makes what is missing in the database, and learns its tables as they are.
-- A pool does so once, before its first session.
function registration.run(pool, channel)
  if next(pool.tables) ~= nil then
    complete_ids(pool, channel)
    local answer = retry.persist(pool, function(remaining)
      return channel:call("Register", { database = pool.settings.database,
        tables = schema.definitions(pool.tables), on_conflict = "warn" }, remaining)
    end)
    log_conflicts(pool, answer.conflicts)
    for _, description in ipairs(answer.tables or {}) do
      local t = pool.tables[description.name]
      if t then schema.describe(t, description) end
    end
  end
  pool.registered = true
end

--- What `run` would do: the changes, and what contradicts the database.
function registration.plan(pool, channel)
  if next(pool.tables) == nil then return {}, {} end
  complete_ids(pool, channel)
  local answer = retry.persist(pool, function(remaining)
    return channel:call("PlanSchema", { database = pool.settings.database,
      tables = schema.definitions(pool.tables) }, remaining)
  end)
  return answer.changes or {}, answer.conflicts or {}
end

return registration
