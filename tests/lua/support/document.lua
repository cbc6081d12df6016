--- The code blocks of the user's document, and the fixture that gives them the
--- names which they leave open.
local files = require "support.files"
local live = require "support.live"

local document = {}

--- The blocks in their order, as text.
function document.blocks()
  local text = files.read(files.root() .. "/tests/lua/luafan-mariadb-pool.md")
  local blocks = {}
  for block in text:gmatch("\n```lua\n(.-)\n```") do blocks[#blocks + 1] = block end
  return blocks
end

--- The schema that the document writes.
function document.literal_schema()
  return {
    users = {
      id = "int auto_increment primary key",
      name = "varchar(100) not null",
      email = "varchar(255) unique not null",
      created_at = "datetime default current_timestamp",
    },
    posts = {
      id = "int auto_increment primary key",
      user_id = "int not null",
      title = "varchar(200) not null",
      content = "text",
      published = "boolean default false",
      ["foreign key (user_id)"] = "references users(id)",
    },
  }
end

--- That schema with the columns which the document's examples use beside it.
function document.schema_definition()
  local schema = document.literal_schema()
  schema.users.age = "int"
  schema.users.last_login = "datetime"
  schema.posts.created_at = "datetime default current_timestamp"
  return schema
end

--- Fills a database that has the document's tables.
function document.fill(database)
  live.sql(database, [[INSERT INTO users (id, name, email) VALUES
    (1, 'Alice', 'alice@example.com'), (2, 'Carol', 'carol@example.com')]])
  live.sql(database, [[INSERT INTO posts (id, user_id, title, content) VALUES
    (101, 1, 'First', 'one'), (102, 1, 'Second', 'two'), (103, 1, 'Third', 'three')]])
end

local function compile(source, name, env)
  if setfenv then
    return setfenv(assert(loadstring(source, name)), env)
  end
  return assert(load(source, name, "t", env))
end

--- Runs a block as it is, with a fixture's names as globals.
-- `give` is an expression over the block's own locals, whose values are
-- returned after the printed lines.
function document.run(block, names, give)
  local printed = {}
  local env = setmetatable({
    print = function(...)
      local parts = {}
      for i = 1, select("#", ...) do parts[i] = tostring((select(i, ...))) end
      printed[#printed + 1] = table.concat(parts, "\t")
    end,
  }, { __index = _G })
  for name, value in pairs(names) do env[name] = value end
  local source = give and block .. "\nreturn " .. give or block
  return printed, compile(source, "=block", env)()
end

--- The value of a block that is an expression.
function document.evaluate(block)
  return compile("return " .. block, "=block", _G)()
end

return document
