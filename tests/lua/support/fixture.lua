--- A pool over a fresh database, for live specs.
local live = require "support.live"
local berth = require "berth"

local fixture = { DATABASE = "berth_spec" }

fixture.MODELS = {
  users = {
    id = "int auto_increment primary key",
    name = "varchar(50) not null",
    email = "varchar(100) unique",
    age = "int",
    active = "boolean not null default true",
    meta = "json",
    created_at = "datetime(6) default current_timestamp(6)",
  },
  posts = {
    id = "int auto_increment primary key",
    user_id = "int",
    title = "varchar(200) not null",
    ["foreign key (user_id)"] = "references users(id)",
  },
  comments = {
    id = "int auto_increment primary key",
    post_id = "int",
    text = "text",
    "FOREIGN KEY (`post_id`) REFERENCES `posts` (`id`)",
  },
}

--- Makes a pool over emptied tables; it and its log belong to the spec.
function fixture.pool(settings, models)
  live.empty(fixture.DATABASE)
  local log, all = {}, {}
  for key, value in pairs(settings or {}) do all[key] = value end
  all.database, all.log = fixture.DATABASE, function(line) log[#log + 1] = line end
  return berth.new(models or fixture.MODELS, all), log
end

--- The number of rows of a table, seen from outside.
function fixture.count(name, where)
  return live.value(fixture.DATABASE, ("SELECT count(*) AS value FROM %s %s"):format(name,
    where and "WHERE " .. where or ""))
end

return fixture
