---@meta
-- The types of LuaFan's modules over Berth; see berth.lua.

---The module `fan.mariadb`.
---@class fan.mariadb
---@field LONG_DATA lightuserdata stands for a value whose bytes send_long_data sends
local mariadb = {}

---Opens a connection: a session that lives until `close`.
---@param database? string
---@param user? string for the service
---@param password? string
---@param host? string never dialled
---@param port? integer|string never dialled
---@return fan.mariadb.Connection?
---@return string? message
---@return any error
function mariadb.connect(database, user, password, host, port) end

---@class fan.mariadb.Connection: userdata
local Connection = {}

---A cursor, or the affected rows; several such values for a CALL.
---@param sql string
---@return fan.mariadb.Cursor|integer|nil
---@return any ...
function Connection:execute(sql) end

---@param sql string
---@return fan.mariadb.Statement?
---@return string? message
function Connection:prepare(sql) end

---@return true?
---@return string? message
function Connection:commit() end

---@return true?
---@return string? message
function Connection:rollback() end

---@param enabled any by its truth
---@return true?
---@return string? message
function Connection:autocommit(enabled) end

---@return true?
---@return string? message
function Connection:ping() end

---@param name string
---@return true?
---@return string? message
function Connection:setcharset(name) end

---A text as it stands between single quotes.
---@param text string
---@return string?
---@return string? message
function Connection:escape(text) end

---The last generated id, or 0.
---@return integer
function Connection:getlastautoid() end

---@return boolean closed false if it was closed before
function Connection:close() end

---@class fan.mariadb.Statement: userdata
local Statement = {}

---@param ... any one value for each placeholder
---@return fan.mariadb.Statement
function Statement:bind_param(...) end

---@param ... any one value for each placeholder
---@return fan.mariadb.Statement
function Statement:bind(...) end

---@param index integer from 0
---@param data string
---@return true?
---@return string? message
function Statement:send_long_data(index, data) end

---@return true|integer|nil result true where there are rows, else the affected rows
---@return string? message
function Statement:execute() end

---@return true
function Statement:store_result() end

---@return table? row nil after the last
---@return any ... its values
function Statement:fetch() end

---@return fun(): table?
function Statement:pairs() end

---@return boolean closed false if it was closed before
function Statement:close() end

---@class fan.mariadb.Cursor: userdata
local Cursor = {}

---@return table? row nil after the last
function Cursor:fetch() end

---@return string[]
function Cursor:getcolnames() end

---@return string[]
function Cursor:getcoltypes() end

---@return integer
function Cursor:numrows() end

---@return boolean closed false if it was closed before
function Cursor:close() end

---The module `mariadb.orm`.
---@class mariadb.orm
---@field BUILTIN_VALUE_NOW string
---@field FIELD_ID_KEY table
---@field KEY_CONTEXT string
---@field KEY_TABLE string
---@field KEY_ATTR string
---@field KEY_MODEL string
---@field KEY_NAME string
local orm = {}

---Makes a context over a connection, or over anything with its methods.
---@param db any
---@param models table<string, berth.Model>
---@return berth.Context
function orm.new(db, models) end

return { mariadb = mariadb, orm = orm }
