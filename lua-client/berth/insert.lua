--- Inserts: of a row, of many, and those that update what is there.
local errors = require "berth.errors"
local row = require "berth.row"
local values = require "berth.values"

local insert = {}

-- A batch of insert_many: far below the server's 10,000 rows, 65,535 values and
-- 20 MiB of one message.
local BATCH_ROWS, BATCH_VALUES, BATCH_BYTES = 1000, 60000, 4 * 1024 * 1024

-- What the value is in SQL: a piece of its own, or nil for a bound one.
local function expression_of(value, column)
  if values.is_raw(value) then return value end
  if values.is_now(value, column) then return { sql = values.NOW } end
end

-- The columns that any of the rows has, in the order of the table.
local function columns_of(context, t, rows)
  local given = {}
  for _, data in ipairs(rows) do
    if type(data) ~= "table" then errors.misuse("a table of columns is expected, not a %s", type(data)) end
    for key in pairs(data) do
      if t.columns[key] then given[key] = true else context.pool:unknown_key(t, key, "insert") end
    end
  end
  local columns = {}
  for _, name in ipairs(t.order) do
    if given[name] then columns[#columns + 1] = name end
  end
  return columns
end

-- The values of a row; whether SQL of its own is among them; their bytes, about.
local function encode(t, columns, data)
  local list, has_expression, bytes = { n = #columns }, false, 0
  for i, name in ipairs(columns) do
    local value, column = data[name], t.columns[name]
    if value == nil then
      list[i] = values.default
    else
      list[i] = expression_of(value, column)
      if list[i] then has_expression = true else list[i] = values.encode(value, column, i) end
    end
    bytes = bytes + (type(list[i]) == "string" and #list[i] or 10)
  end
  return list, has_expression, bytes
end

-- The rows of VALUES in SQL, for rows with pieces of SQL: those of the verb are
-- values only.
local function values_clause(rows, params)
  local lines = {}
  for r, list in ipairs(rows) do
    local marks = {}
    for i = 1, list.n do
      local value = list[i]
      if type(value) == "table" and value.sql then
        marks[i] = value.sql
        for k = 1, value.params and value.params.n or 0 do
          params.n = params.n + 1
          params[params.n] = value.params[k]
        end
      elseif rawequal(value, values.default) then
        marks[i] = "DEFAULT"
      else
        marks[i], params.n = "?", params.n + 1
        params[params.n] = value
      end
    end
    lines[r] = "(" .. table.concat(marks, ", ") .. ")"
  end
  return table.concat(lines, ", ")
end

local function quoted(names)
  local list = {}
  for i, name in ipairs(names) do list[i] = values.quote(name) end
  return table.concat(list, ", ")
end

local function on_duplicate(options, columns)
  if options.on_conflict ~= "update" then return "" end
  local list = {}
  for i, name in ipairs(options.update or columns) do
    list[i] = ("%s = VALUES(%s)"):format(values.quote(name), values.quote(name))
  end
  return " ON DUPLICATE KEY UPDATE " .. table.concat(list, ", ")
end

--- The statement in SQL that inserts encoded rows.
-- @tparam string name that of the table
-- @tparam {string,...} columns
-- @tparam {table,...} rows
-- @tparam table options `on_conflict`, `update`, `returning`
-- @tparam table params what is to be bound is appended to it
function insert.statement(name, columns, rows, options, params)
  local returning = options.returning[1] == "*" and "*" or quoted(options.returning)
  return ("INSERT %sINTO %s (%s) VALUES %s%s%s"):format(options.on_conflict == "ignore" and "IGNORE " or "",
    values.quote(name), quoted(columns), values_clause(rows, params), on_duplicate(options, columns),
    returning ~= "" and " RETURNING " .. returning or "")
end

-- Inserts rows with pieces of SQL among their values.
local function by_statement(context, t, columns, rows, options)
  local params = { n = 0 }
  local sql = insert.statement(t.name, columns, rows, options, params)
  local result = context:call("execute", { sql = sql, params = params }, options.timeout)
  if result.rows then result.returned = { columns = result.columns, rows = result.rows } end
  return result
end

local function by_verb(context, t, columns, rows, options)
  return context:call("insert", { table = t.name, columns = columns, rows = rows, on_conflict = options.on_conflict,
    update_columns = options.update, returning = #options.returning > 0 and options.returning or nil }, options.timeout)
end

-- The stored row: as the database answers it, documents as they were given.
local function stored(context, t, result, data, columns)
  local answered = result.returned and values.rows(result.returned, context.pool.decoders)[1]
  if not answered then
    answered = {}
    for _, name in ipairs(columns) do answered[name] = data[name] end
    local id = result.ids and result.ids[1]
    if id and #t.primary_key == 1 then answered[t.primary_key[1]] = id end
  end
  for _, name in ipairs(columns) do
    if answered[name] ~= nil and not values.is_raw(data[name]) and values.is_document(data[name]) then
      answered[name] = data[name]
    end
  end
  if context.ctx._readonly then return answered end
  return row.bind(context, t, answered)
end

-- Inserts one row and returns it.
local function one_row(context, t, data, options)
  local columns = columns_of(context, t, { data })
  if #columns == 0 and context.pool.skips_unknown_keys then return nil end
  local list, has_expression = encode(t, columns, data)
  local run = has_expression and by_statement or by_verb
  return stored(context, t, run(context, t, columns, { list }, options), data, columns)
end

--- Stores a row and gives it as the database has it.
function insert.one(context, t, data)
  return one_row(context, t, data, { returning = { "*" } })
end

--- Stores a row, or updates the one that has its key.
-- @tparam table data
-- @tparam[opt] {string,...} update the columns to set in a row that is there;
--   none: all that are given
-- @treturn berth.Row the row as it is afterwards
function insert.upsert(context, t, data, update)
  return one_row(context, t, data, { returning = { "*" }, on_conflict = "update", update = update })
end

-- Splits the rows into batches that one request can carry.
local function batches_of(t, columns, rows)
  local most = math.max(1, math.min(BATCH_ROWS, math.floor(BATCH_VALUES / math.max(#columns, 1))))
  local batches, batch, filled = {}, nil, 0
  for _, data in ipairs(rows) do
    local list, has_expression, bytes = encode(t, columns, data)
    if not batch or #batch == most or filled + bytes > BATCH_BYTES then
      batch, filled = {}, 0
      batches[#batches + 1] = batch
    end
    batch[#batch + 1] = list
    batch.has_expression = batch.has_expression or has_expression
    filled = filled + bytes
  end
  return batches
end

local OPTIONS = { on_conflict = true, update = true, timeout = true }

local function check(rows, options)
  if type(rows) ~= "table" then errors.misuse("an array of rows is expected, not a %s", type(rows)) end
  for key in pairs(options) do
    if not OPTIONS[key] then
      errors.misuse("%q is no option of insert_many; there are on_conflict, update, timeout", tostring(key))
    end
  end
end

-- Appends the keys of the stored rows.
local function add_ids(ids, result, key)
  for _, found in ipairs(result.returned and result.returned.rows or {}) do ids[#ids + 1] = found[key] end
end

--- Stores many rows, all or none, in as few requests as they fit into.
-- @tparam {table,...} rows
-- @tparam[opt] table options `on_conflict`: `"ignore"` or `"update"`; `update`: the
--   columns to set then; `timeout`
-- @treturn {integer,...} the keys of the stored rows in their order, of a table
--   whose key is one column; those that were ignored have none
-- @treturn integer the affected rows as MariaDB counts them
function insert.many(context, t, rows, options)
  options = options or {}
  check(rows, options)
  if #rows == 0 then return {}, 0 end
  local columns = columns_of(context, t, rows)
  local key = #t.primary_key == 1 and t.primary_key[1] or nil
  local how = { returning = { key }, on_conflict = options.on_conflict, update = options.update,
    timeout = options.timeout }
  local batches = batches_of(t, columns, rows)
  local ids, affected = {}, 0
  local function run()
    for _, batch in ipairs(batches) do
      local insert_batch = batch.has_expression and by_statement or by_verb
      local result = insert_batch(context, t, columns, batch, how)
      add_ids(ids, result, key)
      affected = affected + (result.affected or 0)
    end
  end
  if #batches == 1 then run() else context:atomically(run) end
  return ids, affected
end

return insert
