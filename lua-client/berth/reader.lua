--- The rows of one answer, a message at a time.
local reader = {}

local Reader = {}
Reader.__index = Reader

--- The next rows; nil after the last, nil and an error where it fails.
function Reader:next()
  if not self.id then return nil end
  local session = self.session
  local handle = session.native
  if not handle then
    self.id = nil
    return session.ended()
  end
  local polling = session:polls()
  local rows, more = handle:next(self.id, self.state, self.timeout, polling)
  while rows == false do
    session:pause()
    rows, more = handle:next(self.id, self.state, self.timeout, polling)
  end
  if not rows or not more then self.id = nil end
  if not rows then return nil, more end
  self.columns, self.truncated, self.bytes = self.state.columns, self.state.truncated, self.state.bytes
  -- The last message may have nothing but the end.
  if rows[1] == nil then return self:next() end
  return rows
end

--- Gives up the rest: it is cancelled, and what is on its way is dropped.
function Reader:close()
  local id, session = self.id, self.session
  self.id = nil
  if not (id and session.native) then return end
  session.native:send("cancel", { request_id = id })
  local rest = reader.new(session, id)
  repeat until not rest:next()
end

--- Reads the answer to a request of a session.
-- @tparam table session
-- @tparam integer id
-- @tparam[opt] number timeout the seconds for each message
function reader.new(session, id, timeout)
  return setmetatable({ session = session, id = id, timeout = timeout, state = {} }, Reader)
end

return reader
