-- LuaFan's way of working, in Lua: what `pool:safe` with one `one` does there,
-- over connections of its own to MariaDB.
--   luafan_way.lua CONNECTIONS SECONDS CURSOR SOCKET USER PASSWORD DATABASE
-- For each read its ORM writes the statement, prepares, binds, executes, fetches
-- to the end and closes; a row is a table with a snapshot and a metatable. CURSOR
-- is 1 for the server-side cursor that LuaFan asks for, or 0. Prints reads per
-- second, and all reads that it made.
local mariadb = require "bench_mariadb"

local connections, seconds, cursor = tonumber(arg[1]), tonumber(arg[2]), arg[3] == "1"

local columns = { id = true, k = true, c = true, pad = true }

local Row = {}

local function make_row(values)
  local snapshot = {}
  for name in pairs(columns) do snapshot[name] = values[name] end
  values["^attr"] = snapshot
  return setmetatable(values, Row)
end

local function one(db, name, fragment, ...)
  local statement = db:statement()
  statement:prepare(("select * from %s %s limit 0,1"):format(name, fragment))
  statement:bind_param(...)
  statement:execute()
  local found = statement:fetch()
  while statement:fetch() do end
  statement:close()
  return found and make_row(found)
end

local Table = { __call = function(self, operation, ...)
  if operation == "one" then return one(self.db, self.name, ...) end
end }

local idle = {}
for i = 1, connections do
  local db = mariadb.connect(arg[4], arg[5], arg[6], arg[7], cursor)
  idle[i] = { sbtest = setmetatable({ db = db, name = "sbtest" }, Table) }
end

local function finish(ctx, ok, ...)
  idle[#idle + 1] = ctx
  if not ok then error((...), 0) end
  return ...
end

local function safe(f, ...)
  local ctx = table.remove(idle)
  return finish(ctx, pcall(f, ctx, ...))
end

local function read(ctx, id)
  return ctx.sbtest("one", "where id=?", id)
end

local all, calls, stop = 0, 0, nil
local function work()
  while mariadb.now() < stop do
    local id = calls * 7919 % 100000 + 1
    calls = calls + 1
    assert(safe(read, id).id == id)
  end
end

local function measure(length)
  local workers = {}
  for i = 1, connections do workers[i] = work end
  calls, stop = 0, mariadb.now() + length
  local started = mariadb.now()
  mariadb.run(workers, connections)
  all = all + calls
  return calls / (mariadb.now() - started)
end

measure(0.3)
print(("%.0f %.0f"):format(measure(seconds), all))
