--- What differs between Lua 5.1, 5.3, 5.4 and LuaJIT, in one place.
local compat = {}

compat.unpack = table.unpack or unpack

--- Packs its arguments with their number, nils included.
compat.pack = table.pack or function(...)
  return { n = select("#", ...), ... }
end

--- The number as an integer where Lua has integers and nothing is lost.
-- JSON decoders make floats of all numbers; ids among them must stay integers.
local tointeger = math.tointeger
local exact = 2 ^ 53
compat.normal_number = tointeger and function(number)
  if number >= -exact and number <= exact then return tointeger(number) or number end
  return number
end or function(number)
  return number
end

--- Whether a number is an integer to Lua itself, beyond 2^53 too.
compat.is_integer = math.type and function(number)
  return math.type(number) == "integer"
end or function()
  return false
end

--- Calls `f(guard, ...)`; in 5.4 `guard` is closed on the way out, also when
-- the coroutine is closed while it is suspended within.
compat.guarded = _VERSION >= "Lua 5.4" and load [[
  return function(guard, f, ...)
    local closed <close> = guard
    return f(closed, ...)
  end
]]() or function(guard, f, ...)
  return f(guard, ...)
end

--- Compiles a file whose globals live in `env`.
function compat.loadfile(path, env)
  if setfenv then
    local chunk, err = loadfile(path)
    return chunk and setfenv(chunk, env), err
  end
  return loadfile(path, "t", env)
end

-- The native module gives the two values that stand for none; a mock transport
-- needs no native module.
local found, core = pcall(require, "berth_core")

--- SQL NULL, where nil cannot be written.
compat.null = found and core.null or setmetatable({}, { __tostring = function() return "NULL" end })
--- The default of a column.
compat.default = found and core.default or setmetatable({}, { __tostring = function() return "DEFAULT" end })
--- What is bound where the bytes were sent in pieces before.
compat.long_data = found and core.long_data or setmetatable({}, { __tostring = function() return "LONG_DATA" end })

return compat
