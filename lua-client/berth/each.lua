--- Streams: results that are read row by row, in flat memory.
--
-- The rows of one chunk are held at a time. A statement that comes in between
-- needs the connection, so it reads the rest of the result into memory first.
-- An iterator that is dropped gives the rest up: by `break` on Lua 5.4, when it
-- is collected elsewhere.
local errors = require "berth.errors"
local values = require "berth.values"

local each = {}

---@class berth.Iterator
local Iterator = { __name = "berth.Iterator" }
Iterator.__index = Iterator

local function give_up(source)
  local reader, session = source.reader, source.session
  source.reader = nil
  if session.source == source then session.source = nil end
  if reader then reader:close() end
end

-- Reads the next chunk: its rows; nil at the end; nil and an error.
local function read_chunk(source)
  local rows, err = source.reader:next()
  if rows then
    source.columns = source.reader.columns
    return values.rows({ columns = source.columns, rows = rows }, source.decoders)
  end
  give_up(source)
  return nil, err and errors.new(err, source.origin)
end

local function next_chunk(iterator)
  local queue = iterator.queue
  if queue[1] then return table.remove(queue, 1) end
  local source = iterator.source
  if source.reader then
    local rows, err = read_chunk(source)
    if err then error(err, 0) end
    return rows
  end
  local failure = iterator.failure
  iterator.failure = nil
  if failure then error(failure, 0) end
end

--- The next row; nil after the last.
function Iterator:__call()
  while self.position >= #self.rows do
    local rows = next_chunk(self)
    if not rows then
      self.rows, self.position = {}, 0
      return nil
    end
    self.rows, self.position = rows, 0
  end
  self.position = self.position + 1
  return self.bind(self.rows[self.position], self.source.columns)
end

--- Gives up the rows that were not read.
function Iterator:close()
  self.rows, self.position, self.queue, self.failure = {}, 0, {}, nil
  give_up(self.source)
end

Iterator.__close = Iterator.close

--- Starts to read the result of an operation row by row.
-- @tparam berth.Context context
-- @tparam string operation
-- @tparam table arguments
-- @tparam function bind makes of a table of columns, and the description of the
--   result's columns, what the program gets
-- @tparam[opt] number timeout seconds for all of it
-- @tparam[opt] table decoders how values are shown; else as the pool says
-- @return what the generic `for` takes
function each.start(context, operation, arguments, bind, timeout, decoders)
  context:settle()
  local session = context:open_session()
  local reader, err = session:stream(operation, arguments, timeout or context.timeout)
  if not reader then errors.raise(err, { sql = arguments.sql or arguments.where, table = arguments.table }) end
  local source = { session = session, reader = reader, decoders = decoders or context.pool.decoders,
    most = context.pool.settings.max_result_bytes, owner = setmetatable({}, { __mode = "v" }),
    origin = { sql = arguments.sql or arguments.where, table = arguments.table },
    outcome = operation == "select" and "NOT_DONE" or "UNKNOWN" }
  local iterator = setmetatable({ source = source, rows = {}, position = 0, queue = {}, bind = bind }, Iterator)
  source.owner[1] = iterator
  session.source = source
  return iterator, nil, nil, iterator
end

-- Hands a chunk, or the error, to the iterator; false if there is none any more.
local function hand_over(source, rows, err)
  local iterator = source.owner[1]
  if not iterator then return false end
  if rows then iterator.queue[#iterator.queue + 1] = rows end
  iterator.failure = err
  return true
end

-- Chunks after which it pays to find out whether anybody wants them.
local SUSPICIOUS = 8

local function too_large(source)
  return errors.new({ code = "LIMIT", status = "RESOURCE_EXHAUSTED", outcome = source.outcome, retry = "NEVER",
    message = ("another statement wanted the connection of this each, and what was left to read is larger than "
      .. "max_result_bytes (%d bytes); run the statement in a session of its own, or raise max_result_bytes")
      :format(source.most) }, source.origin)
end

--- Reads the rest of a stream into memory, for a statement that comes in between.
function each.settle(source)
  local chunks, bytes = 0, 0
  while source.reader do
    local reader = source.reader
    local rows, err = read_chunk(source)
    bytes = bytes + (rows and reader.bytes or 0)
    if bytes > source.most then rows, err = nil, too_large(source) end
    if not hand_over(source, rows, err) or err then give_up(source) end
    chunks = chunks + 1
    if chunks == SUSPICIOUS then collectgarbage() end
  end
end

each.give_up = give_up

return each
