--- Pages of a result: by number, or by the key after which the next one begins.
--
--    local page = ctx.users:paginate({ active = true }, { per_page = 20, page = 3 })
--    page.total, page.pages
--    local page = ctx.users:paginate(nil, { per_page = 20, order_by = "name", after = previous.after })
--
-- By number the rows before are read and left out, and rows may move between
-- pages meanwhile. By key each page costs the same, and none is seen twice.
local condition = require "berth.condition"
local errors = require "berth.errors"
local query = require "berth.query"
local raw = require "berth.raw"
local read = require "berth.read"

local paginate = {}

local PER_PAGE = 20
local OPTIONS = { per_page = true, page = true, order_by = true, after = true, timeout = true }

local function whole(options, name, default)
  local value = options[name]
  if value == nil then return default end
  if type(value) ~= "number" or value < 1 or value ~= math.floor(value) then
    errors.misuse("paginate: %s is a whole number from 1", name)
  end
  return value
end

-- The order with the primary key at its end, which makes it one of single rows.
local function complete_order(t, given)
  local order, seen = given and query.order(given) or {}, {}
  for _, entry in ipairs(order) do seen[entry.column] = true end
  if #t.primary_key == 0 then
    errors.raise { code = "NO_PRIMARY_KEY", table = t.name,
      message = ("table %q has no primary key, which paginate needs"):format(t.name) }
  end
  for _, name in ipairs(t.primary_key) do
    if not seen[name] then order[#order + 1] = { column = name } end
  end
  return order
end

-- The rows behind a key: (a > x) or (a = x and b > y) or …
local function behind(order, after)
  local branches = { "or" }
  for i, entry in ipairs(order) do
    local branch = {}
    for k = 1, i - 1 do branch[order[k].column] = after[order[k].column] end
    if after[entry.column] == nil then
      errors.misuse("paginate: after has no value for %s, which the order needs", entry.column)
    end
    branch[entry.column] = { entry.descending and "<" or ">", after[entry.column] }
    branches[#branches + 1] = branch
  end
  return branches
end

-- The key of a row in this order, as plain values that survive JSON.
local function key_of(found, order)
  local key = {}
  for _, entry in ipairs(order) do
    local value = found[entry.column]
    if value == nil then
      errors.raise { code = "INVALID_FIELD",
        message = ("paginate: %s is NULL in the last row of the page; order by columns that are never NULL")
          :format(entry.column) }
    end
    key[entry.column] = type(value) == "table" and tostring(value) or value
  end
  return key
end

local function by_number(context, t, where, options, per_page)
  local number = whole(options, "page", 1)
  local total = read.count(context, t, where)
  local arguments = query.of(t, where)
  arguments.order_by, arguments.limit, arguments.offset = options.order, per_page, (number - 1) * per_page
  local rows = read.rows(context, t, arguments, options.timeout)
  rows.page, rows.per_page, rows.total = number, per_page, total
  rows.pages = math.ceil(total / per_page)
  return rows
end

local function by_key(context, t, where, options, per_page)
  local order = options.order
  local parts = {}
  if raw.is(where) or (where and next(where) ~= nil) then parts[1] = where end
  if options.after ~= true then parts[#parts + 1] = behind(order, options.after) end
  local arguments = { table = t.name, order_by = order, limit = per_page + 1 }
  arguments.where, arguments.params = condition.build(t, parts)
  local rows = read.rows(context, t, arguments, options.timeout)
  if rows[per_page + 1] then
    rows[per_page + 1] = nil
    rows.after = key_of(rows[per_page], order)
  end
  rows.per_page = per_page
  return rows
end

--- A page of the rows that match: an array with further fields.
-- @param where a condition as a table, berth.raw, or nil
-- @tparam[opt] table options `per_page` (20); `order_by`, to which the primary key
--   is added; `page`, from 1; or `after`: `true` for the first page by key, then
--   the field `after` of the page before
-- @treturn table by number the rows with `page`, `per_page`, `total`, `pages`; by key
--   with `per_page` and `after`, nil at the end
function paginate.page(context, t, where, options)
  options = options or {}
  for key in pairs(options) do
    if not OPTIONS[key] then
      errors.misuse("%q is no option of paginate; there are per_page, page, order_by, after, timeout", tostring(key))
    end
  end
  if where ~= nil and type(where) ~= "table" then
    errors.misuse("paginate takes a table, berth.raw or nil as its condition, not a %s", type(where))
  end
  local found = { order = complete_order(t, options.order_by), page = options.page, after = options.after,
    timeout = options.timeout }
  local run = options.after ~= nil and by_key or by_number
  return run(context, t, where, found, whole(options, "per_page", PER_PAGE))
end

return paginate
