--- Where a pool's settings come from, and what they may be.
local scheduler = require "berth.scheduler"

local settings = {}

settings.default_endpoint = "127.0.0.1:7390"

-- Each key, its name in LuaFan's flat configuration, the environment variables
-- that may give it, and its default.
local KEYS = {
  endpoint = { "maria_endpoint", { "BERTH_ENDPOINT", "MARIA_ENDPOINT" } },
  host = { "maria_host", { "MARIA_HOST" } },
  port = { "maria_port", { "MARIA_PORT" } },
  database = { "maria_database", { "MARIA_DATABASE_NAME", "MARIA_DATABASE" } },
  user = { "maria_user", { "BERTH_USER", "MARIA_USERNAME", "MARIA_USER" } },
  password = { "maria_passwd", { "BERTH_PASSWORD", "MARIA_PASSWORD", "MARIA_PASSWD" } },
  plaintext = { "maria_plaintext", { "BERTH_PLAINTEXT" } },
  charset = { "maria_charset", { "MARIA_CHARSET" } },
  pool_size = { "maria_pool_size", { "MARIA_POOL_SIZE", "MARIA_POOL_COUNT" }, 10 },
  timeout = { "maria_timeout", { "MARIA_TIMEOUT" }, 30 },
  retry_count = { "maria_retry_count", { "MARIA_RETRY_COUNT" }, 3 },
  errors = { "maria_errors", {}, "raise" },
  safe_delete = { "maria_safe_delete", {} },
  statement_timeout = { "maria_statement_timeout", { "MARIA_STATEMENT_TIMEOUT" } },
  max_result_bytes = { "maria_max_result_bytes", { "MARIA_MAX_RESULT_BYTES" }, 256 * 1024 * 1024 },
  lease_idle = { "maria_lease_idle", { "MARIA_LEASE_IDLE" } },
  booleans = { "maria_booleans", {} },
  decimal = { "maria_decimal", {}, "number" },
  json = { "maria_json", {}, "string" },
  on_query = { "maria_on_query", {} },
  slow_ms = { "maria_slow_ms", { "MARIA_SLOW_MS" } },
  debug = { "debug", {} },
  log = { "maria_log", {} },
  transport = { "maria_transport", {} },
  scheduler = { "maria_scheduler", { "BERTH_SCHEDULER" } },
}

settings.keys = KEYS

local function from_environment(names)
  for _, name in ipairs(names) do
    local value = os.getenv(name)
    if value and value ~= "" then return value end
  end
end

local function lookup(key, explicit, global)
  local legacy, variables, default = KEYS[key][1], KEYS[key][2], KEYS[key][3]
  for _, source in ipairs { explicit.mariadb or {}, explicit, global.mariadb or {} } do
    if source[key] ~= nil then return source[key] end
  end
  if global[legacy] ~= nil then return global[legacy] end
  local value = from_environment(variables)
  if value ~= nil then return value end
  return default
end

local function number(result, key, least)
  local value = tonumber(result[key])
  if not value or value ~= value or value < least then
    error(("config.mariadb.%s is %s, but must be a number of at least %g"):format(key, tostring(result[key]), least), 0)
  end
  result[key] = value
end

local function one_of(result, key, first, second)
  if result[key] ~= first and result[key] ~= second then
    error(("config.mariadb.%s is %q, but must be %q or %q"):format(key, tostring(result[key]), first, second), 0)
  end
end

local function is_local(host)
  return host == "" or host == "localhost" or host == "::1" or host:match("^127%.") ~= nil or host:match("^/") ~= nil
end

local function check_endpoint(result)
  if result.endpoint then return end
  if result.host and not is_local(tostring(result.host)) then
    error(("config.mariadb.host names the database server %q, which Berth's client never calls itself; "
      .. "set config.mariadb.endpoint (or BERTH_ENDPOINT) to the address of the Berth service, such as \"berth:7390\"")
      :format(tostring(result.host)), 0)
  end
  result.endpoint = settings.default_endpoint
end

local function log_to_stderr(message)
  io.stderr:write("berth: ", message, "\n")
end

--- The settings of one pool.
-- `explicit` is the second argument of pool.new, flat or under `mariadb`;
-- `global` is the module `config`, for the LuaFan drop-in.
function settings.resolve(explicit, global)
  explicit = explicit or {}
  if type(global) ~= "table" then global = {} end -- a file config.lua that returns nothing
  local result = {}
  for key in pairs(KEYS) do result[key] = lookup(key, explicit, global) end
  number(result, "pool_size", 0)
  result.pool_size = math.max(1, math.floor(result.pool_size))
  number(result, "timeout", 0)
  number(result, "retry_count", 0)
  if result.statement_timeout ~= nil then number(result, "statement_timeout", 0.001) end
  number(result, "max_result_bytes", 1)
  if result.lease_idle ~= nil then number(result, "lease_idle", 0.05) end
  if result.slow_ms ~= nil then number(result, "slow_ms", 0) end
  one_of(result, "errors", "raise", "return")
  one_of(result, "decimal", "number", "string")
  one_of(result, "json", "string", "decode")
  check_endpoint(result)
  result.scheduler = scheduler.adapter(result.scheduler)
  result.log = result.log or log_to_stderr
  return result
end

return settings
