--- The `fan.config` of LuaFan's documents.
local config = {}

local function merge(target, source)
  for key, value in pairs(source) do
    if type(value) == "table" and type(target[key]) == "table" then
      merge(target[key], value)
    else
      target[key] = value
    end
  end
  return target
end

--- Merges settings into what `require "config"` returns, for pools made later.
function config.load(settings)
  if type(settings) ~= "table" then
    error("bad argument #1 to 'load' (table expected, got " .. type(settings) .. ")", 2)
  end
  return merge(require "config", settings)
end

return config
