--- LuaFan's `mariadb.pool` over Berth.
local berth_pool = require "berth.pool"

local pool = {}

--- Makes a pool. Settings come from `config`, then from `require "config"`.
function pool.new(models, config)
  local ok, made = pcall(berth_pool.new, models, config, { global = require "config", skips_unknown_keys = true })
  if not ok then error(made, 2) end
  return made
end

return pool
