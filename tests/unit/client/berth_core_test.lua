-- What berth_core does, against the fake service: lua berth_core_test.lua ENDPOINT
local core = require "berth_core"
local endpoint = arg[1]
local has_integers = math.type ~= nil

local function equal(got, wanted)
  if got ~= wanted then
    error(("got %s, wanted %s"):format(tostring(got), tostring(wanted)), 2)
  end
end

local function raises(pattern, f, ...)
  local ok, message = pcall(f, ...)
  equal(ok, false)
  if not tostring(message):find(pattern, 1, true) then
    error(("raised %q, wanted %q"):format(tostring(message), pattern), 2)
  end
end

equal(core._VERSION, "0.1.0")
equal(type(core.null), "userdata")
assert(core.null ~= core.default)
assert(core.now() <= core.now())

local channel = core.connect(endpoint, { user = "dbuser", password = "dbpass" })
assert(tostring(channel):find(endpoint, 1, true))
local session = assert(channel:session { database = "myapp", timeout = 5 })
equal(tostring(session), "berth.session (open)")
equal(session:alive(), true)
equal(session:state().autocommit, true)

-- Rows: chunks are put together, NULL is an absent key.
local result = assert(session:call("select", { table = "users" }))
equal(result.n, 2)
equal(#result.rows, 2)
equal(result.rows[1].id, 1)
equal(result.rows[1].name, "Alice")
equal(result.rows[2].name, nil)
equal(result.columns[2].name, "name")
equal(result.columns[2].type, "VARCHAR")
equal(result.truncated, false)

-- A value that was cut is put together.
local cut = assert(session:call("select", { table = "cut" }))
equal(cut.n, 2)
equal(cut.rows[1].name, "Alice B.")
equal(cut.rows[1].extra, "{}")
equal(cut.rows[2].id, 2)

-- Values, there and back.
local function echo(...)
  local answer = assert(session:call("select",
    { table = "echo", where = "?", params = { n = select("#", ...), ... } }))
  return answer.rows[1], answer
end
local row, answer = echo(1, nil, "text", "\255\0x", true, 1.5, core.null, core.default,
  { 1, 2, 3 }, { __berth = "decimal", "12.50" }, { __berth = "uint", "18446744073709551615" }, -3)
equal(#answer.columns, 12)
equal(row.p1, 1)
equal(row.p2, nil)
equal(row.p3, "text")
equal(row.p4, "\255\0x")
equal(row.p5, true)
equal(row.p6, 1.5)
equal(row.p7, nil)
equal(row.p8, "DEFAULT")
equal(row.p9, "list of 3")
equal(row.p10, "12.50")
equal(row.p11, "18446744073709551615")
equal(row.p12, -3)
row = echo({ __berth = "uint", "9223372036854775807" }, { __berth = "uint", "9007199254740992" })
equal(tostring(row.p1), "9223372036854775807")
equal(row.p2, 2 ^ 53)
if has_integers then
  equal(math.type(echo(2.0).p1), "integer")
  equal(echo(math.maxinteger).p1, math.maxinteger)
  equal(math.type(row.p1), "integer")
end
raises("params: [1]: MariaDB stores no NaN", echo, 0 / 0)
raises("no NaN and no infinity", echo, math.huge)
raises("a function is no value", echo, print)
raises("placeholder only", echo, { { 1 } })
raises("must be valid UTF-8", echo, { __berth = "json", "\255" })
raises("no unsigned integer", echo, { __berth = "uint", "-1" })
local knot = {}
knot[1] = knot
raises("placeholder only", echo, knot)
raises("there is no operation", session.call, session, "explode", {})
raises("table must be a string", session.call, session, "select", { table = 1 })
raises("table is missing", session.call, session, "select", {})
raises("rows[1]: [2]", session.call, session, "insert",
  { table = "t", columns = { "a", "b" }, rows = { { 1, print } } })
equal(session:alive(), true)

-- Writes.
local written = assert(session:call("insert",
  { table = "users", columns = { "name" }, rows = { { "Bob" } }, on_conflict = "update" }))
equal(written.affected, 1)
equal(written.ids[1], 7)
equal(written.last_insert_id, 7)
equal(session:state().last_insert_id, 7)
assert(session:call("update", { table = "users", where = "id = ?", params = { 1 }, set = {
  { column = "name", value = "x" }, { column = "age", expression = "age + ?", params = { 1 } } } }))
assert(session:call("delete", { table = "users", all_rows = true }))

-- Errors are answers; the session goes on.
local nothing, err = session:call("insert", { table = "taken", columns = {}, rows = { {} } })
equal(nothing, nil)
equal(err.code, "DUPLICATE_KEY")
equal(err.status, "ALREADY_EXISTS")
equal(err.errno, 1062)
equal(err.sqlstate, "23000")
equal(err.outcome, "NOT_DONE")
equal(err.retry, "NEVER")
equal(err.retryable, false)
equal(err.metadata.errno, "1062")
equal(err.fields[1].field, "insert.rows[0]")

-- Transactions and the rest.
assert(session:call("begin", { isolation = "read committed", read_only = true }))
equal(session:state().in_transaction, true)
assert(session:call("savepoint", { name = "a", action = "rollback" }))
assert(session:call("commit"))
equal(session:state().in_transaction, false)
assert(session:call("autocommit", { enabled = true }))
assert(session:call("ping", {}, 5))
raises("isolation has no meaning", session.call, session, "begin", { isolation = "none" })

-- Several results of a CALL.
local several = assert(session:call("execute", { sql = "CALL" }))
equal(#several.results, 3)
equal(several.n, 1)
equal(several.results[1].n, 1)
equal(several.results[1].results, nil)
equal(several.results[3].affected, 0)
equal(assert(session:call("execute", { sql = "SET x = 1" })).affected, 0)

-- Prepared statements, cursors and pieces of long values.
local prepared = assert(session:call("prepare", { sql = "SELECT ?, ?" }))
equal(prepared.handle, 5)
equal(prepared.parameter_count, 2)
equal(prepared.columns[1].name, "id")
assert(session:call("long_data", { prepared = 5, parameter = 0, data = "\0x" }))
local cursor = assert(session:call("execute", { prepared = 5, cursor = true,
  params = { { __berth = "long_data" }, 1 } }))
equal(cursor.cursor, 6)
equal(cursor.columns[1].name, "id")
equal(assert(session:call("fetch", { cursor = 6, max_rows = 10 })).n, 2)
assert(session:call("close_cursor", { cursor = 6 }))
assert(session:call("close_prepared", { handle = 5 }))
assert(session:call("reset"))
raises("sql must be a string", session.call, session, "prepare", {})
raises("cursor is missing", session.call, session, "fetch", {})
raises("handle is too large", session.call, session, "close_prepared", { handle = 2 ^ 33 })
raises("data must be a string", session.call, session, "long_data", { prepared = 5, parameter = 0 })

-- A message at a time.
local streamed = assert(session:send("select", { table = "users" }))
local state = {}
local rows, more = session:next(streamed, state)
equal(more, true)
equal(rows[1].name, "Alice")
rows, more = session:next(streamed, state)
equal(more, false)
equal(rows[1].id, 2)
equal(state.columns[2].name, "name")
equal(state.truncated, false)
equal(session:send("cancel", { request_id = streamed }), 0)

-- Inside an event loop: the notifier tells, and nothing blocks.
local notifier = core.notifier()
assert(notifier:fd() > 0)
equal(#notifier:take(), 0)
local watched = assert(channel:session { notifier = notifier, key = 7, open_with_first_request = true })
equal(watched:opened(), false)
local waiting = assert(watched:send("ping"))
local keys, first_answer = {}, nil
repeat
  first_answer = watched:receive(waiting, 5, nil, true)
  if first_answer == false then
    repeat keys = notifier:take() until keys[1]
    equal(keys[1], 7)
  end
until first_answer ~= false
assert(first_answer)
equal(watched:in_transaction(), false)
equal(watched:opened(), true)
assert(watched:send("cancel", { request_id = 1 }, 5, true))
-- The first timer of a key stays, and a later one rings after it was set again.
notifier:timer(9, 0.005)
notifier:timer(9, 100)
notifier:timer(10, 100)
notifier:timer(10, 0.01)
local rung = {}
repeat
  keys = notifier:take()
  for i = 1, #keys do
    if keys[i] ~= 7 then rung[#rung + 1] = keys[i] end
  end
until #rung == 2
equal(rung[1], 9)
equal(rung[2], 10)
-- Its time is up: told as such, without a wait.
local hung = assert(watched:send("execute", { sql = "HANG" }, 100))
local since, late, why = core.now(), nil, nil
repeat
  late, why = watched:receive(hung, 0.05, nil, true)
  if late == false then repeat until notifier:take()[1] end
until late ~= false
equal(late, nil)
equal(why.status, "DEADLINE_EXCEEDED")
assert(core.now() - since >= 0.05 and core.now() - since < 5)
local started_call = assert(channel:start("Select", { table = "users" }, 5, notifier, 8))
local was_told = false
repeat
  keys = notifier:take()
  for i = 1, #keys do was_told = was_told or keys[i] == 8 end -- beside what ends the other one
until was_told
equal(started_call:ready(), true)
equal(assert(started_call:take()).rows[1].id, 1)
watched:finish()

-- Pipelining.
local first = assert(session:send("select", { table = "users" }))
local second = assert(session:send("ping"))
assert(session:receive(second))
equal(assert(session:receive(first, 5)).n, 2)
equal(select(2, session:receive(second)).code, "INVALID_FIELD")

-- Answers of several messages that are too large are left to be dropped.
local nobody, no_error, too_large = session:call("select", { table = "users" }, 5, 1)
equal(nobody, nil)
equal(no_error, nil)
local rest, measured = nil, {}
repeat
  local _
  _, rest = assert(session:next(too_large, measured))
  assert(measured.bytes > 0)
until not rest
first = assert(session:send("select", { table = "users" }))
equal(select("#", session:receive(first, 5, 1)), 3)
repeat until not select(2, assert(session:next(first, {})))
equal(assert(session:call("select", { table = "users" }, 5, 1e6)).n, 2)

-- Objects: full userdata that keep a table.
local collected, metatable = 0, nil
metatable = { __gc = function(object)
  collected = collected + core.object_state(object, metatable).n
end, __index = { n = "of the class" } }
local object = core.object({ n = 5 }, metatable)
equal(type(object), "userdata")
equal(object.n, "of the class")
equal(core.object_state(object, metatable).n, 5)
equal(core.object_state(object, {}), nil)
equal(core.object_state({}, metatable), nil)
equal(core.object_state(session, metatable), nil)
equal(core.object_state(core.null, metatable), nil)
raises("table expected", core.object, 1, metatable)
assert(core.object({ n = 7 }, metatable))
object = nil
collectgarbage()
collectgarbage()
equal(collected, 12)

-- The end, twice; the stream is used again.
equal(session:finish(), true)
equal(session:finish(), true)
equal(session:alive(), false)
equal(select(2, session:call("ping")).code, "SESSION_ENDED")
session = assert(channel:session())

-- A deadline ends the session, in time.
local started = core.now()
nothing, err = session:call("execute", { sql = "HANG" }, 0.1)
equal(nothing, nil)
equal(err.code, "DEADLINE")
equal(err.outcome, "UNKNOWN")
assert(core.now() - started < 2)
equal(session:alive(), false)

-- A lost stream.
session = assert(channel:session())
nothing, err = session:call("execute", { sql = "DROP" })
equal(err.code, "OUTCOME_UNKNOWN")
session:cancel()
session:cancel()

-- Unary calls.
result = assert(channel:call("Select", { table = "users", database = "other" }))
equal(result.rows[1].name, "Basic ZGJ1c2VyOmRicGFzcw==")
equal(assert(channel:call("Insert", { table = "users", columns = { "a" }, rows = { { 1 }, { 2 } } })).affected, 2)
equal(select(2, channel:call("Insert", { table = "taken", columns = {}, rows = { {} } })).errno, 1062)
local registered = assert(channel:call("Register", { on_conflict = "warn",
  tables = { { name = "users", elements = { { name = "id", definition = "int" } } } } }))
equal(registered.tables[1].name, "users")
equal(registered.tables[1].columns[1].sql_type, "int")
equal(registered.tables[1].columns[1].type, "INT")
equal(registered.tables[1].columns[1].nullable, false)
equal(registered.tables[1].primary_key[1], "id")
equal(registered.conflicts[1].table, "users")
equal(#registered.changes, 0)
equal(select(2, channel:call("GetPoolStats")).status, "UNIMPLEMENTED")
raises("there is no method", channel.call, channel, "Explode", {})
raises("on_conflict has no meaning", channel.call, channel, "Register", { on_conflict = "x" })

-- No service.
local lost = core.connect("127.0.0.1:1")
nothing, err = lost:session { timeout = 5 }
equal(err.code, "SERVICE_UNREACHABLE")
equal(err.status, "UNAVAILABLE")
equal(err.retryable, true)
equal(select(2, core.connect("db.example.com:7390"):session()).code, "INSECURE_ENDPOINT")
raises("string expected", core.connect)

-- Sessions that nobody finished are cancelled by the collector.
for _ = 1, 20 do assert(channel:session()) end
collectgarbage()
collectgarbage()
if _VERSION == "Lua 5.4" then
  local closed = load [[
    local channel = ...
    local kept
    do local session <close> = channel:session(); kept = session end
    return kept]](channel)
  equal(closed:alive(), false)
end
-- A child process may not touch what its parent began.
if jit then
  local ffi = require "ffi"
  ffi.cdef [[int fork(void); int waitpid(int, int *, int); void _exit(int);]]
  local inherited = assert(channel:session())
  local child = ffi.C.fork()
  if child == 0 then
    local ok, message = pcall(inherited.call, inherited, "ping")
    local refused = not ok and message:find("berth was used before fork()", 1, true)
    inherited = nil
    collectgarbage()
    ffi.C._exit(refused and 0 or 1)
  end
  local status = ffi.new("int[1]")
  ffi.C.waitpid(child, status, 0)
  equal(status[0], 0)
  assert(inherited:call("ping"))
end

channel:close()
channel:close()
raises("the channel is closed", channel.session, channel)
