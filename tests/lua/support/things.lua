--- A pool of the drop-in over the tables `things` and `parts`, for live specs.
local live = require "support.live"
local pool = require "mariadb.pool"

local things = { DATABASE = "berth_spec" }

things.MODELS = {
  things = {
    id = "int auto_increment primary key",
    name = "varchar(50) unique not null",
    amount = "decimal(20,4)",
    born = "date",
    seen = "datetime(6)",
    took = "time",
    changed = "timestamp null",
    flag = "boolean default true",
    data = "longblob",
    meta = "json",
    big = "bigint unsigned",
    ratio = "double",
    shout = function(_, row) return row.name:upper() .. "!" end,
  },
  parts = {
    id = "int auto_increment primary key",
    thing_id = "int not null",
    ["foreign key (thing_id)"] = "references things(id)",
  },
}

--- The number of things, seen from outside.
function things.count(where)
  return live.value(things.DATABASE, "SELECT count(*) AS value FROM things" .. (where and " WHERE " .. where or ""))
end

--- Makes a pool over empty tables, and the list that its log is written to.
function things.pool()
  package.loaded.config = {}
  live.empty(things.DATABASE)
  local log = {}
  return pool.new(things.MODELS, { database = things.DATABASE, pool_size = 3,
    log = function(line) log[#log + 1] = line end }), log
end

--- The error of a function in `safe`.
function things.failure(db, f)
  local ok, err = pcall(db.safe, db, f)
  assert(not ok, "it has not failed")
  return err
end

return things
