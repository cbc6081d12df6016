--- Registers a pool's schema with the service.
local retry = require "berth.retry"
local schema = require "berth.schema"

local registration = {}

-- A model without a primary key gets the id column, unless its table is there
-- already with a key of its own.
local function complete_ids(pool, channel)
  for name, t in pairs(pool.tables) do
    if t.needs_id then
      local answer = channel:call("GetTable", { database = pool.settings.database, table = name })
      local key = answer and answer.table and answer.table.primary_key
      if key and #key > 0 then t.needs_id = false else schema.add_id(t) end
    end
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
