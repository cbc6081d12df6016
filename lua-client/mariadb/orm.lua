--- LuaFan's `mariadb.orm` over Berth.
local connection = require "berth.fan.connection"
local context = require "berth.context"
local foreign = require "berth.fan.foreign"
local pool = require "berth.pool"
local registration = require "berth.registration"
local schema = require "berth.schema"
local tables = require "berth.table"
local values = require "berth.values"

local orm = {
  FIELD_ID_KEY = schema.FIELD_ID_KEY,
  BUILTIN_VALUE_NOW = values.NOW,
}
for name, key in pairs(tables.KEYS) do orm[name] = key end

-- The context works in the session that the connection has.
local function over_session(inside, models)
  local made = pool.make(models, inside.pool.settings, { skips_unknown_keys = true })
  made.channel = inside.pool.channel
  registration.run(made, made.channel)
  return context.new(made, inside:open_session()).ctx
end

local function over_foreign(db, models)
  local made = pool.make(models, { transport = foreign.transport(db), pool_size = 1 },
    { global = require "config", skips_unknown_keys = true })
  return made:pop()
end

--- Makes a context over a connection.
-- @param db a connection of `fan.mariadb`, or anything else that has `execute`,
--   `prepare` and `getlastautoid` as these have
-- @tparam table models the schema: what is missing of it is made
-- @treturn berth.Context good as long as the connection is
function orm.new(db, models)
  local ok, ctx = pcall(function()
    local inside = connection.context_of(db)
    if inside then return over_session(inside, models) end
    return over_foreign(db, models)
  end)
  if not ok then error(ctx, type(ctx) == "string" and 2 or 0) end
  getmetatable(ctx).db = db
  return ctx
end

return orm
