--- A way to MariaDB beside the pool under test: SQL by calls of their own.
local live = { endpoint = os.getenv "BERTH_ENDPOINT" }
if live.endpoint == "" then live.endpoint = nil end

local channel

local function to_service()
  local core = require "berth_core"
  channel = channel or core.connect(live.endpoint, {})
  return channel
end

local function check(result, err)
  if not result then error(err.message or err.code, 0) end
  return result
end

--- Runs a statement; its rows, or the number of changed rows.
function live.sql(database, sql, ...)
  local result = check(to_service():call("Execute",
    { database = database, sql = sql, params = { n = select("#", ...), ... } }))
  return result.rows or result.affected
end

--- The first column of the only row, whose name is `value`.
function live.value(database, sql, ...)
  return live.sql(database, sql, ...)[1].value
end

--- Drops every table of a database but Berth's own.
function live.empty(database)
  local session = check(to_service():session { database = database, timeout = 30 })
  local function run(sql) return check(session:call("execute", { sql = sql })) end
  run "SET foreign_key_checks = 0"
  local found = run [[SELECT table_name AS name FROM information_schema.tables
    WHERE table_schema = database() AND table_name NOT LIKE 'berth\_%']]
  for _, row in ipairs(found.rows) do run("DROP TABLE `" .. row.name .. "`") end
  session:finish()
end

return live
