--- Tables of a context: `ctx.users("one", "id = ?", 1)`.
local errors = require "berth.errors"
local row = require "berth.row"
local values = require "berth.values"

local tables = {}

-- Called by metamethods, for the line of their caller.
local function check_fragment(fragment)
  if fragment ~= nil and type(fragment) ~= "string" then
    error(("a condition in SQL is expected, not a %s"):format(type(fragment)), 3)
  end
end

-- Runs a select and gives its rows, as objects unless ctx._readonly is set.
local function select(context, t, max_rows, fragment, ...)
  local result = context:call("select", { table = t.name, where = fragment, max_rows = max_rows,
    params = fragment and values.parameters(fragment, ...) })
  if result.truncated and not max_rows then
    errors.raise { code = "LIMIT", table = t.name, sql = fragment,
      message = ("the result of %s is larger than the server's limit; use LIMIT"):format(t.name) }
  end
  local rows = values.rows(result)
  if not context.ctx._readonly then
    for i = 1, #rows do row.bind(context, t, rows[i]) end
  end
  return rows
end

local operations = {}

function operations.select(context, t, fragment, ...)
  return select(context, t, nil, fragment, ...)
end

operations.list = operations.select

function operations.one(context, t, fragment, ...)
  return select(context, t, 1, fragment, ...)[1]
end

function operations.delete(context, t, fragment, ...)
  if fragment == nil and context.pool.settings.safe_delete then
    errors.raise { code = "INVALID_FIELD", table = t.name,
      message = ("%s(\"delete\") without a condition would delete every row, and safe_delete is set"):format(t.name) }
  end
  return context:call("delete", { table = t.name, where = fragment, all_rows = fragment == nil or nil,
    params = fragment and values.parameters(fragment, ...) }).affected
end

operations.remove = operations.delete

-- Picks what belongs to columns, in the order of the columns.
local function picked(context, t, data)
  for key in pairs(data) do
    if not t.columns[key] then context.pool:unknown_key(t, key, "insert") end
  end
  local columns, row_values, uses_now = {}, { n = 0 }, false
  for _, name in ipairs(t.order) do
    local value = data[name]
    if value ~= nil then
      local position = #columns + 1
      columns[position] = name
      uses_now = uses_now or values.is_now(value, t.columns[name])
      row_values[position] = values.encode(value, t.columns[name], position)
      row_values.n = position
    end
  end
  return columns, row_values, uses_now
end

-- An insert in SQL, for NOW(): the verb's rows are values, not functions.
local function insert_with_now(context, t, columns, row_values)
  local names, marks, params = {}, {}, { n = 0 }
  for i, name in ipairs(columns) do
    names[i] = values.quote(name)
    if values.is_now(row_values[i], t.columns[name]) then
      marks[i] = values.NOW
    else
      marks[i], params.n = "?", params.n + 1
      params[params.n] = row_values[i]
    end
  end
  return context:call("execute", { params = params,
    sql = ("INSERT INTO %s (%s) VALUES (%s) RETURNING *"):format(values.quote(t.name),
      table.concat(names, ", "), table.concat(marks, ", ")) })
end

-- The stored row: as the database answers it, documents as they were given.
local function stored(result, t, data, columns)
  local returned = result.returned or (result.rows and result)
  local columns_of_row = returned and values.rows(returned)[1]
  if not columns_of_row then
    columns_of_row = {}
    for _, name in ipairs(columns) do columns_of_row[name] = data[name] end
    local id = result.ids and result.ids[1]
    if id and #t.primary_key == 1 then columns_of_row[t.primary_key[1]] = id end
  end
  for _, name in ipairs(columns) do
    if values.is_document(data[name]) and columns_of_row[name] ~= nil then
      columns_of_row[name] = data[name]
    end
  end
  return columns_of_row
end

function operations.insert(context, t, data)
  local columns, row_values, uses_now = picked(context, t, data)
  if #columns == 0 and context.pool.skips_unknown_keys then return nil end
  local result
  if uses_now then
    result = insert_with_now(context, t, columns, row_values)
  else
    result = context:call("insert",
      { table = t.name, columns = columns, rows = { row_values }, returning = { "*" } })
  end
  local columns_of_row = stored(result, t, data, columns)
  if context.ctx._readonly then return columns_of_row end
  return row.bind(context, t, columns_of_row)
end

operations["new"] = operations.insert

-- Calls `visit` with each row. All rows are read before, so that it may run
-- statements of its own.
local function visit_rows(context, t, visit, ...)
  for _, found in ipairs(select(context, t, nil, ...)) do visit(found) end
end

-- Called by __call, for the line of its caller.
local function check_data(data)
  if type(data) ~= "table" then
    error(("a table of columns is expected, not a %s"):format(type(data)), 3)
  end
end

local Table = { __name = "berth.TableOfContext" }

function Table:__call(operation, argument, ...)
  local context, t = self._context, self._table
  local run = operations[operation]
  if run == operations.insert then check_data(argument) else check_fragment(argument) end
  if run then return run(context, t, argument, ...) end
  if type(operation) == "function" then return visit_rows(context, t, operation, argument, ...) end
  error(("%s has no operation %q; there are select, list, one, insert, new, delete, remove"):format(
    t.name, tostring(operation)), 2)
end

-- Fields: ctx.users.email(" = ?", "x") reads the rows whose email is x.
local Field = { __name = "berth.Field" }

function Field:__call(suffix, ...)
  check_fragment(suffix)
  local fragment = suffix and suffix:find("%S") and values.quote(self._name) .. suffix:gsub("^%s*", " ") or nil
  return select(self._context, self._table, nil, fragment, ...)
end

function Table:__index(name)
  local t = rawget(self, "_table")
  if not t.columns[name] then return nil end
  local field = setmetatable({ _context = self._context, _table = t, _name = name }, Field)
  rawset(self, name, field)
  return field
end

function Table:__tostring()
  return "table " .. self._table.name
end

--- The table `t` in a context.
function tables.bind(context, t)
  return setmetatable({ _context = context, _table = t }, Table)
end

return tables
