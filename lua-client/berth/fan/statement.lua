--- Prepared statements as LuaFan's programs use them.
--
-- Their rows are streamed; another statement on the connection reads what is
-- left into memory first, so that several may be read in turns.
local compat = require "berth.compat"
local each = require "berth.each"
local errors = require "berth.errors"
local object = require "berth.fan.object"
local values = require "berth.values"

local statement = {}

-- A piece of long data: far below what one message may hold.
local PIECE = 1024 * 1024

-- Gives up the rows that were not read. The service closes the statement with
-- the next request on the connection.
local function drop(state)
  state.connection.dropped[#state.connection.dropped + 1] = state.handle
end

local function forget_rows(state)
  local rows = state.rows
  state.rows, state.first = nil, nil
  if rows and rows.close then rows:close() end
end

local function release(state)
  forget_rows(state)
  drop(state)
end

local Statement = object.class("MARIADB_STATEMENT_METATABLE", "statement", release, drop)

-- LuaFan's text of what failed; where MariaDB has said nothing, with its number
-- of an unknown error.
local function failure(err)
  return nil, ("stmt_error: %d: %s"):format(err.errno or 2000, err.message), err
end

local function fail(errno, message)
  return failure(errors.new { code = "INVALID_FIELD", errno = errno, message = message })
end

-- What is told where the connection was closed before its statement.
local function gone()
  return fail(2006, "Server has gone away")
end

-- Runs `f(...)`, which raises where it fails.
local function guarded(f, ...)
  local ok, result, more = pcall(f, ...)
  if ok then return result, more end
  if not errors.is(result) then error(result, 0) end
  return nil, result
end

local LONG_DATA = { __berth = "long_data" }

-- Sets the values of the placeholders.
local function bind(state, ...)
  local n = select("#", ...)
  if n ~= state.parameter_count then
    errors.misuse("parameters number does not match, excepted %d, got %d", state.parameter_count, n)
  end
  local params, given = { n = n }, { ... }
  for i = 1, n do
    local value = given[i]
    if value == nil then
      params[i] = values.null
    elseif rawequal(value, compat.long_data) then
      params[i] = LONG_DATA
    else
      params[i] = values.encode(value, nil, i)
    end
  end
  state.params = params
end

Statement:chained("bind_param", bind)
Statement:chained("bind", bind)

--- Sends a piece of the value that was bound as LONG_DATA.
-- @tparam integer index the placeholder, from 0
-- @tparam string data
-- @treturn boolean true; or nil and a message
Statement:method("send_long_data", function(state, index, data)
  if type(index) ~= "number" or type(data) ~= "string" then
    errors.misuse("bad argument to 'send_long_data' (a number from 0 and a string are expected)")
  end
  if state.connection.closed then return gone() end
  if index < 0 or index >= state.parameter_count or index % 1 ~= 0 then
    return fail(2034, "Invalid parameter number")
  end
  for from = 1, math.max(#data, 1), PIECE do
    local sent, _, err = state.connection:try("long_data",
      { prepared = state.handle, parameter = index, data = data:sub(from, from + PIECE - 1) })
    if not sent then return failure(err) end
  end
  return true
end)

local function same(columns)
  return columns
end

-- An iterator over rows that are there.
local function iterate(rows)
  local position = 0
  return function()
    position = position + 1
    return rows[position]
  end
end

-- Starts to read the rows; with the first one it is known whether it succeeds.
local function start_reading(state, arguments)
  local context = state.connection.context
  local rows, err = guarded(each.start, context, "execute", arguments, same, nil, state.connection.decoders)
  if not rows then return nil, err end
  local first
  first, err = guarded(rows)
  if err then return nil, err end
  state.rows, state.first = rows, first
  return true
end

--- Runs the statement with the values that were bound.
-- @treturn boolean|integer true where rows are to be fetched, else the affected
--   rows; or nil, "stmt_error: <number>: <message>" and the error object
Statement:method("execute", function(state)
  forget_rows(state)
  if state.connection.closed then return gone() end
  if state.parameter_count > 0 and not state.params then
    return fail(2031, "No data supplied for parameters in prepared statement")
  end
  state.executed = true
  local arguments = { prepared = state.handle, params = state.params }
  if #state.columns > 0 then
    local ok, err = start_reading(state, arguments)
    if not ok then return failure(err) end
    return true
  end
  local result, _, err = state.connection:try("execute", arguments)
  if not result then return failure(err) end
  if result.results then result = result.results[1] end
  if result.rows then
    state.columns_now = result.columns
    state.rows = iterate(values.rows(result, state.connection.decoders))
    return true
  end
  return state.connection:outcome(result)
end)

--- LuaFan reads the result into memory here; there is nothing to do.
Statement:method("store_result", function()
  return true
end)

-- The next row; nil and an error where it fails.
local function next_row(state)
  local row, err = state.first, nil
  state.first = nil
  if row == nil and state.rows then row, err = guarded(state.rows) end
  if row == nil then state.rows = nil end
  return row, err
end

--- The next row as a table by column name, and its values one by one; nil after
--- the last.
Statement:method("fetch", function(state)
  if not state.executed then return fail(2014, "Commands out of sync; you can't run this command now") end
  local row, err = next_row(state)
  if err then return failure(err) end
  if row == nil then return nil end
  local columns, list = state.columns_now or state.columns, {}
  for i = 1, #columns do list[i] = row[columns[i].name] end
  return row, compat.unpack(list, 1, #columns)
end)

--- The rows for a generic `for`. Where reading fails, an error is raised.
Statement:method("pairs", function(state)
  return function()
    local row, err = next_row(state)
    if err then error(err, 0) end
    return row
  end
end)

--- Makes the object of a prepared statement.
-- @tparam table connection the state of its connection
-- @param handle the connection itself, which lives as long as its statements
-- @tparam table prepared the service's answer
function statement.new(connection, handle, prepared)
  return Statement:new { connection = connection, owner = handle, handle = prepared.handle,
    columns = prepared.columns or {}, parameter_count = prepared.parameter_count }
end

return statement
