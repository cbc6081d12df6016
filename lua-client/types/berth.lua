---@meta berth
-- The types of Berth for editors: LuaLS and EmmyLua read this file, Lua never
-- does. In .luarc.json: { "workspace.library": ["…/lua-client/types"] }.

---@class berth
---@field _VERSION string
---@field null lightuserdata SQL NULL, where nil cannot be written
---@field default lightuserdata the default of a column, in inserts and updates
---@field FIELD_ID_KEY table the key under which a model names its id column
---@field RELATIONS table the key under which a model declares relations
local berth = {}

---Makes a pool. Nothing is sent before its first use.
---@param schema table<string, berth.Model>
---@param config? berth.Settings
---@return berth.Pool
function berth.new(schema, config) end

---Marks a piece of SQL, for conditions and values; one value for each `?` in it.
---@param sql string
---@param ... any
---@return berth.Raw
function berth.raw(sql, ...) end

---Marks a table as a JSON array, for the one that is empty.
---@param list? any[]
---@return any[]
function berth.array(list) end

---Whether a value is an error object.
---@param value any
---@return boolean
function berth.is_error(value) end

---SQL types by column; functions are computed fields.
---@alias berth.Model table<any, string|fun(ctx: berth.Context, row: berth.Row, key: string): any|table>

---@class berth.Raw

---@class berth.Settings
---@field endpoint? string the service's address; 127.0.0.1:7390
---@field database? string one of the service's databases
---@field user? string for a service with a users file; others ignore it
---@field password? string of that user
---@field plaintext? "anywhere" lets credentials travel unencrypted beyond this machine
---@field pool_size? number most sessions at once; 10
---@field timeout? number seconds to open a session; 30
---@field retry_count? integer further attempts to open one; 3
---@field statement_timeout? number seconds of each request; none
---@field max_result_bytes? number the most that an answer held in memory may have; 256 MiB
---@field lease_idle? number seconds that a session may be idle
---@field errors? "raise"|"return"
---@field safe_delete? boolean
---@field booleans? boolean BOOLEAN columns are true and false
---@field decimal? "number"|"string"
---@field json? "string"|"decode"
---@field on_query? fun(info: berth.QueryInfo)
---@field slow_ms? number requests that take longer are logged
---@field debug? boolean prints each request
---@field log? fun(line: string)
---@field transport? table
---@field scheduler? string|table how a statement waits in an event loop

---@class berth.QueryInfo
---@field operation string
---@field table? string
---@field sql? string
---@field params? table
---@field seconds number
---@field rows? integer
---@field affected? integer
---@field error? berth.Error

---@class berth.Error
---@field message string what happened; MariaDB's own words where it said them
---@field code string a stable reason such as "DUPLICATE_KEY"
---@field errno? integer
---@field sqlstate? string
---@field retryable boolean
---@field retry? "NEVER"|"STATEMENT"|"TRANSACTION"|"LATER"|"WITH_KEY"
---@field outcome? "DONE"|"NOT_DONE"|"UNKNOWN"
---@field status? string
---@field sql? string
---@field table? string
---@field metadata table<string, string>
---@field fields? { field: string, description: string }[]

---@class berth.Pool
local Pool = {}

---Runs `f(ctx, ...)` with a session of its own and returns what it returns.
---@generic T
---@param f fun(ctx: berth.Context, ...): T
---@param ... any
---@return T
function Pool:safe(f, ...) end

---Runs `f(ctx, ...)` in a transaction; again after a deadlock and the like.
---@generic T
---@param f fun(ctx: berth.Context, ...): T
---@param options? berth.TransactionOptions
---@param ... any
---@return T
function Pool:transaction(f, options, ...) end

---Opens a session; `push` gives it back.
---@return berth.Context
function Pool:pop() end

---Gives back a session of `pop`.
---@param ctx berth.Context
function Pool:push(ctx) end

---How the pool is used; under `server` the service's figures.
---@return { pool_size: integer, in_use: integer, opened: integer, retried: integer, failed: integer, server?: table, server_error?: berth.Error }
function Pool:stats() end

---Tells the DDL that registering the schema would run, without running it.
---@return { table: string, ddl: string, cost: string }[] changes
---@return { table: string, element: string, wanted: string, actual: string }[] conflicts
function Pool:plan() end

---Ends the open sessions. Rows stay readable.
function Pool:close() end

---@class berth.TransactionOptions
---@field retries? integer further attempts after a deadlock; 3
---@field isolation? string such as "SERIALIZABLE"
---@field read_only? boolean

---A fragment in SQL, a condition as a table, or berth.raw.
---@alias berth.Where string|table|berth.Raw

---@class berth.ReadOptions
---@field columns? string[]
---@field order_by? string|string[] such as "name" or { "name desc", "id" }
---@field limit? integer
---@field offset? integer
---@field lock? "update"|"share"
---@field timeout? number

---@class berth.Context
---@field _readonly boolean rows are plain tables
---@field _connection fan.mariadb.Connection LuaFan's connection
---@field [string] berth.TableOfContext
local Context = {}

---The rows of a statement as plain tables.
---@param sql string
---@param ... any
---@return table[]
function Context:select(sql, ...) end

---Runs a statement.
---@param sql string
---@param ... any
---@return integer affected
---@return integer last_id
function Context:update(sql, ...) end

---Runs a statement.
---@param sql string
---@param ... any
---@return integer affected
---@return integer last_id
function Context:delete(sql, ...) end

---Runs a statement that stores a row.
---@param sql string
---@param ... any
---@return integer last_id
---@return integer affected
function Context:insert(sql, ...) end

---Reads the rows of a statement one by one, in flat memory.
---@param sql string
---@param ... any
---@return berth.Iterator
function Context:each(sql, ...) end

---Gives row after row, nil at the end.
---@class berth.Iterator
---@operator call: table?
local Iterator = {}

---Gives the rest up.
function Iterator:close() end

---Runs `f(ctx, ...)` in a transaction; within one, between savepoints.
---@generic T
---@param f fun(ctx: berth.Context, ...): T
---@param options? berth.TransactionOptions
---@param ... any
---@return T
function Context:transaction(f, options, ...) end

---Sends the statements that `f` gives to `b` at once.
---@param f fun(b: berth.Context)
---@return table results the value of each statement, nil where it failed
---@return table<integer, berth.Error>? errors
function Context:batch(f) end

---Sets the seconds that each further request may take; nil: no limit.
---@param seconds? number
function Context:timeout(seconds) end

---@class berth.TableOfContext
---@overload fun(operation: string|fun(row: berth.Row), ...): any
local Table = {}

---The rows that match.
---@param where? berth.Where
---@param ... any
---@return berth.Row[]
function Table:select(where, ...) end

---The rows that match.
---@param where? berth.Where
---@param ... any
---@return berth.Row[]
function Table:list(where, ...) end

---The first row that matches.
---@param where? berth.Where
---@param ... any
---@return berth.Row?
function Table:one(where, ...) end

---The row with this primary key.
---@param ... any
---@return berth.Row?
function Table:find(...) end

---The number of rows that match.
---@param where? berth.Where
---@param ... any
---@return integer
function Table:count(where, ...) end

---Whether a row matches.
---@param where? berth.Where
---@param ... any
---@return boolean
function Table:exists(where, ...) end

---Reads the rows that match one by one, in flat memory.
---@param where? berth.Where
---@param ... any
---@return berth.Iterator
function Table:each(where, ...) end

---A page of the rows that match, by number or by key.
---@param where? table|berth.Raw
---@param options? { per_page?: integer, page?: integer, order_by?: string|string[], after?: true|table, timeout?: number }
---@return berth.Page
function Table:paginate(where, options) end

---@class berth.Page: { [integer]: berth.Row }
---@field per_page integer
---@field page? integer
---@field total? integer
---@field pages? integer
---@field after? table where the next page begins; nil at the end

---Stores a row and gives it as the database has it.
---@param columns table<string, any>
---@return berth.Row
function Table:insert(columns) end

---The same as `insert`.
---@param columns table<string, any>
---@return berth.Row
function Table:new(columns) end

---Stores many rows, all or none.
---@param rows table<string, any>[]
---@param options? { on_conflict?: "ignore"|"update", update?: string[], timeout?: number }
---@return any[] keys
---@return integer affected
function Table:insert_many(rows, options) end

---Stores a row, or updates the one that has its key.
---@param columns table<string, any>
---@param update? string[] the columns to set in a row that is there
---@return berth.Row
function Table:upsert(columns, update) end

---Reads what rows are related to, in one request for each relation.
---@param rows berth.Row[]
---@param ... string names of relations, such as "posts.comments"
---@return berth.Row[]
function Table:preload(rows, ...) end

---Deletes what matches, or every row without a condition.
---@param where? berth.Where
---@param ... any
---@return integer
function Table:delete(where, ...) end

---The same as `delete`.
---@param where? berth.Where
---@param ... any
---@return integer
function Table:remove(where, ...) end

---@class berth.Row
---@field [string] any
local Row = {}

---Writes the columns that changed; the number of changed rows.
---@return integer
function Row:update() end

---Deletes this row; the number of deleted rows.
---@return integer
function Row:delete() end

---The same as `delete`.
---@return integer
function Row:remove() end

---What this row is related to.
---@param name string
---@return any
function Row:load(name) end

return berth
