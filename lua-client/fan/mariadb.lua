--- LuaFan's `fan.mariadb` over Berth: connections, each a session of its own.
local compat = require "berth.compat"
local connection = require "berth.fan.connection"
local context = require "berth.context"
local pool = require "berth.pool"

-- How long a connection may be idle: as long as the service grants at most,
-- which is as long as MariaDB lets its own connections be.
local LEASE_IDLE = 8 * 60 * 60

local mariadb = {
  --- Stands for a value whose bytes `send_long_data` sends.
  LONG_DATA = compat.long_data,
}

local function open(settings)
  local owner = pool.make({}, settings, { global = require "config" })
  local ctx = owner:pop()
  local made = connection.new(context.of(ctx), owner)
  getmetatable(ctx).db = made
  -- The session opens with its first statement: who may not have it learns it here.
  local ok, _, err = made:ping()
  if ok then return made end
  owner:close()
  error(err, 0)
end

--- Opens a connection.
-- @tparam ?string database
-- @tparam ?string user for the service
-- @tparam ?string password
-- @tparam[opt] string host as LuaFan has it, never dialled: the service has its own
--   key, `endpoint`
-- @tparam[opt] number port likewise
-- @treturn connection or nil, a message and the error object
function mariadb.connect(database, user, password, host, port)
  local ok, result = pcall(open, { database = database, user = user, password = password, host = host, port = port,
    pool_size = 1, lease_idle = LEASE_IDLE })
  if ok then return result end
  return nil, tostring(result), result
end

return mariadb
