--- What is told of each request: to `on_query`, to the log when it was slow, and
--- on standard output when LuaFan's `debug` is set.
local compat = require "berth.compat"

local observe = {}

local function text_of(arguments)
  return arguments.sql or arguments.where
end

-- LuaFan prints each statement and its parameters.
local function print_request(operation, arguments)
  print(operation, arguments.table or "", text_of(arguments) or "")
  local params = arguments.params
  if params then print("bind_values", compat.unpack(params, 1, params.n)) end
end

local function describe(info)
  return ("%s%s%s"):format(info.operation, info.table and " " .. info.table or "", info.sql and ": " .. info.sql or "")
end

local function new_info(operation, arguments, seconds, result, err)
  return { operation = operation, table = arguments.table, sql = text_of(arguments), params = arguments.params,
    seconds = seconds, rows = result and result.rows and #result.rows, affected = result and result.affected,
    error = err }
end

--- The observer of a pool, nil if nobody wants to know. It is called before a
-- request and returns the function to call after it.
function observe.new(pool)
  local found = pool.settings
  local hook, slow = found.on_query, found.slow_ms and found.slow_ms / 1000
  if not hook and not slow and not found.debug then return nil end
  return function(operation, arguments)
    if found.debug then print_request(operation, arguments) end
    local started = pool.transport.now()
    return function(result, err)
      local info = new_info(operation, arguments, pool.transport.now() - started, result, err)
      if slow and info.seconds >= slow then pool:log("slow (%.0f ms): %s", info.seconds * 1000, describe(info)) end
      if not hook then return end
      local ok, message = pcall(hook, info)
      if not ok then pool:log("on_query has raised: %s", tostring(message)) end
    end
  end
end

return observe
