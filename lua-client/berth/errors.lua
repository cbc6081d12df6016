--- Error objects: what every failing operation raises.
--
-- An error prints, concatenates and matches like its message, so code that
-- expects a string goes on working; and it tells more to code that asks.
local errors = {}

---@class berth.Error
---@field message string      what happened; MariaDB's own words where it said them
---@field code string         a stable reason such as "DUPLICATE_KEY"
---@field errno integer?      MariaDB's error number
---@field sqlstate string?    five characters
---@field retryable boolean   whether the same thing may work when tried again
---@field retry string?       NEVER, STATEMENT, TRANSACTION, LATER or WITH_KEY
---@field outcome string?     DONE, NOT_DONE or UNKNOWN
---@field status string?      the gRPC status
---@field sql string?         the statement or fragment that the caller gave
---@field table string?       the table that the operation was for
---@field metadata table      further variable parts, by name
---@field fields table?       wrong fields of the request: { field =, description = }
local Error = { __name = "berth.Error" }

function Error.__index(_, key)
  local method = string[key]
  if method then
    return function(self, ...) return method(tostring(self), ...) end
  end
end

function Error:__tostring()
  return rawget(self, "message")
end

function Error.__concat(left, right)
  return tostring(left) .. tostring(right)
end

--- Whether a value is an error object.
function errors.is(value)
  return type(value) == "table" and getmetatable(value) == Error
end

--- Makes an error object of what a transport reports, a table or a string.
-- `context` (sql, table) fills what the report leaves open.
function errors.new(report, context)
  if errors.is(report) then return report end
  if type(report) ~= "table" then report = { message = tostring(report) } end
  local err = {}
  for key, value in pairs(context or {}) do err[key] = value end
  for key, value in pairs(report) do err[key] = value end
  err.message = err.message or err.code or "unknown error"
  err.code = err.code or "INTERNAL"
  err.metadata = err.metadata or {}
  err.retryable = err.retryable or false
  return setmetatable(err, Error)
end

--- Raises a new error object.
function errors.raise(report, context)
  error(errors.new(report, context), 0)
end

-- The directory of Berth's own files, as chunks name it.
local here = debug.getinfo(1, "S").source:gsub("errors%.lua$", "")

--- Raises a message about a mistake of the program, with the program's line: that
-- of the first caller outside of Berth.
function errors.misuse(message, ...)
  local level, info = 2, debug.getinfo(2, "S")
  while info and (info.what == "C" or info.what == "tail" or info.source:sub(1, #here) == here) do
    level = level + 1
    info = debug.getinfo(level, "S")
  end
  error(message:format(...), info and level or 0)
end

return errors
