--- Connections of `fan.mariadb` for live specs.
local live = require "support.live"

local fan = { DATABASE = "berth_spec" }

local open = {}

--- Empties the database; to be called before each test.
function fan.begin()
  package.loaded.config = {}
  live.empty(fan.DATABASE)
end

--- A connection, which `finish` closes if the test does not.
function fan.connect()
  local conn = assert(require("fan.mariadb").connect(fan.DATABASE, "", "", "127.0.0.1", 3306))
  open[#open + 1] = conn
  return conn
end

--- To be called after each test.
function fan.finish()
  for _, conn in ipairs(open) do conn:close() end
  open = {}
  package.loaded.config = nil
end

--- The rows of a cursor.
function fan.rows(cursor)
  local rows = {}
  for row in function() return cursor:fetch() end do rows[#rows + 1] = row end
  return rows
end

--- The only row of a query.
function fan.row(conn, sql)
  local cursor = assert(conn:execute(sql))
  local row = cursor:fetch()
  cursor:close()
  return row
end

return fan
