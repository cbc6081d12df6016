--- Tables of a context: `ctx.users("one", "id = ?", 1)`, `ctx.users:find(1)`.
--
-- Every operation is called in both ways. A column of the same name does not
-- hide it: `ctx.t:count()` is the operation, `ctx.t.count(" > ?", 1)` the field.
local each = require "berth.each"
local errors = require "berth.errors"
local insert = require "berth.insert"
local paginate = require "berth.paginate"
local query = require "berth.query"
local read = require "berth.read"
local relations = require "berth.relations"
local row = require "berth.row"

local tables = {}

local operations = {
  select = read.list, list = read.list, one = read.one, find = read.find, count = read.count, exists = read.exists,
  insert = insert.one, ["new"] = insert.one, insert_many = insert.many, upsert = insert.upsert,
  paginate = paginate.page, preload = relations.preload,
}

--- Reads the rows that match one by one, in flat memory.
function operations.each(context, t, ...)
  local arguments, timeout = query.of(t, ...)
  return each.start(context, "select", arguments, function(columns, description)
    return read.is_readonly(context) and columns or row.bind(context, t, columns, description)
  end, timeout)
end

-- Under safe_delete every row goes only by the word "all".
local function check_delete(context, t, where)
  if not context.pool.settings.safe_delete or where ~= nil and where ~= "all" then return where end
  if where == "all" then return nil end
  errors.raise { code = "INVALID_FIELD", table = t.name,
    message = ('%s("delete") without a condition would delete every row, and safe_delete is set; '
      .. 'write "all" if you mean it'):format(t.name) }
end

--- Deletes the rows that match, all of them without a fragment; their number.
function operations.delete(context, t, where, ...)
  if type(where) == "table" and next(where) == nil then
    errors.raise { code = "INVALID_FIELD", table = t.name,
      message = ('%s("delete", {}): an empty condition, as of a value that is nil, deletes nothing; '
        .. 'leave it out to delete every row'):format(t.name) }
  end
  local arguments, timeout = query.of(t, check_delete(context, t, where), ...)
  arguments.all_rows = arguments.where == nil or nil
  return context:call("delete", arguments, timeout).affected
end

operations.remove = operations.delete

-- What LuaFan's tables know of themselves, by the names that `mariadb.orm` has
-- for the keys.
tables.KEYS = { KEY_CONTEXT = "^context", KEY_TABLE = "^table", KEY_ATTR = "^attr", KEY_MODEL = "^model",
  KEY_NAME = "^name" }

local about = {
  ["^name"] = function(self) return self._table.name end,
  ["^context"] = function(self) return self._context.ctx end,
  ["^model"] = function(self) return self._context.pool.models[self._table.name] end,
}

local function names_of_operations()
  local names = {}
  for name in pairs(operations) do names[#names + 1] = name end
  table.sort(names)
  return table.concat(names, ", ")
end

local Table = { __name = "berth.TableOfContext" }

-- Runs an operation, or notes it for a batch.
local function perform(self, run, ...)
  local start = self._start
  if start then return start(self._context, run, self._table, ...) end
  return run(self._context, self._table, ...)
end

function Table:__call(operation, ...)
  local run = operations[operation]
  if run then return perform(self, run, ...) end
  if type(operation) == "function" then return perform(self, read.visit, operation, ...) end
  errors.misuse("%s has no operation %q; there are %s", self._table.name, tostring(operation), names_of_operations())
end

-- Columns, ctx.users.email(" = ?", "x"), and operations, ctx.users:count().
local Field = { __name = "berth.Field" }

function Field:__call(first, ...)
  local all, name = self._all, self._name
  if rawequal(first, all) and operations[name] then return perform(all, operations[name], ...) end
  local t = all._table
  if not t.columns[name] then
    errors.misuse("%s has no column %q; the operation is called as %s:%s(…)", t.name, name, t.name, name)
  end
  return perform(all, read.field, name, first, ...)
end

function Table:__index(name)
  if about[name] then return about[name](self) end
  local t = rawget(self, "_table")
  if not t.columns[name] and not operations[name] then return nil end
  local field = setmetatable({ _all = self, _name = name }, Field)
  rawset(self, name, field)
  return field
end

function Table:__tostring()
  return "table " .. self._table.name
end

--- The table `t` in a context. `start(context, run, t, ...)`, if given, takes its
--- operations instead of running them.
function tables.bind(context, t, start)
  return setmetatable({ _context = context, _table = t, _start = start or false }, Table)
end

return tables
