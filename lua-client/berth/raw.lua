--- SQL that a program writes itself where a value or a condition is expected.
--
--    ctx.users("insert", { name = "x", expires = berth.raw("now() + interval ? day", 7) })
--    ctx.users("list", { expires = { "<", berth.raw "now()" } })
--    ctx.users:count(berth.raw("length(name) > ?", 10))
--
-- The text goes into the statement as it is: never put foreign data into it.
local errors = require "berth.errors"
local values = require "berth.values"

local raw = {}

---@class berth.Raw
---@field sql string
---@field params table?
--- Marks a piece of SQL; one value for each `?` in it.
function raw.new(sql, ...)
  if type(sql) ~= "string" then
    errors.misuse("bad argument #1 to 'raw' (string expected, got %s)", type(sql))
  end
  return setmetatable({ sql = sql, params = values.parameters(sql, ...) }, values.Raw)
end

--- Whether a value is a piece of SQL.
raw.is = values.is_raw

return raw
