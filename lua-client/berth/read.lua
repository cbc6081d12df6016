--- What is read from a table of a context.
local errors = require "berth.errors"
local query = require "berth.query"
local row = require "berth.row"
local values = require "berth.values"

local read = {}

--- Whether rows of a context are plain tables. Asked for every row: `ctx` would
--- look for a table of that name first.
function read.is_readonly(context)
  return rawget(context.ctx, "_readonly")
end

-- Makes rows of what was read objects, unless the context is read-only.
local function bind(context, t, rows, description)
  if not read.is_readonly(context) then
    for i = 1, #rows do row.bind(context, t, rows[i], description) end
  end
  return rows
end

--- Runs a select and gives its rows.
-- @tparam table arguments those of the verb
function read.rows(context, t, arguments, timeout)
  local result = context:call("select", arguments, timeout)
  if result.truncated and not arguments.max_rows then
    errors.raise { code = "LIMIT", table = t.name, sql = arguments.where,
      message = ("the result of %s is larger than the server's limit; use LIMIT"):format(t.name) }
  end
  return bind(context, t, values.rows(result, context.pool.decoders), result.columns)
end

--- The rows that match, as an array.
function read.list(context, t, ...)
  local arguments, timeout = query.of(t, ...)
  return read.rows(context, t, arguments, timeout)
end

--- The first row that matches, or nil.
function read.one(context, t, ...)
  local arguments, timeout = query.of(t, ...)
  arguments.max_rows = 1
  return read.rows(context, t, arguments, timeout)[1]
end

--- Calls `visit` with each row that matches. All rows are read before, so that
-- it may run statements of its own.
function read.visit(context, t, visit, ...)
  for _, found in ipairs(read.list(context, t, ...)) do visit(found) end
end

--- The number of rows that match.
function read.count(context, t, ...)
  local arguments, timeout = query.of(t, ...)
  arguments.count_only = true
  return context:call("select", arguments, timeout).rows[1].count
end

--- Whether a row matches.
function read.exists(context, t, ...)
  local arguments, timeout = query.of(t, ...)
  arguments.max_rows = 1
  arguments.columns = arguments.columns or { t.order[1] }
  return #context:call("select", arguments, timeout).rows > 0
end

-- The condition that `find` means: a table of columns, or the values of the key.
local function key_condition(t, ...)
  local first, n = ..., select("#", ...)
  if n == 1 and values.is_document(first) then return first end
  local key, condition = t.primary_key, {}
  if #key == 0 then
    errors.raise { code = "NO_PRIMARY_KEY", table = t.name,
      message = ("table %q has no primary key, which find needs"):format(t.name) }
  end
  if n ~= #key then
    errors.misuse("%s has %d key column%s, but find was given %d value%s", t.name, #key, #key == 1 and "" or "s",
      n, n == 1 and "" or "s")
  end
  for i, name in ipairs(key) do
    local value = (select(i, ...))
    if value == nil then value = values.null end
    condition[name] = value
  end
  return condition
end

--- The row with this primary key, or nil.
function read.find(context, t, ...)
  return read.one(context, t, key_condition(t, ...))
end

--- The rows of a column's fragment: ctx.users.email(" = ?", "x").
function read.field(context, t, name, suffix, ...)
  if suffix ~= nil and type(suffix) ~= "string" then
    errors.misuse("a condition in SQL is expected, not a %s", type(suffix))
  end
  if not (suffix and suffix:find("%S")) then return read.list(context, t) end
  return read.list(context, t, values.quote(name) .. suffix:gsub("^%s*", " "), ...)
end

return read
