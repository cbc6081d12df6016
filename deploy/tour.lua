--- A tour of Berth from Lua: what it does, step by step, against a running
--- berthd. Exits 0 only if every step held.
--
--    eval "$(lua-client/env 5.4)"; BERTH_ENDPOINT=127.0.0.1:7390 lua5.4 deploy/tour.lua
--
-- The tour owns the database berth_tour and makes it anew each time.
local loaded, pool = pcall(require, "mariadb.pool")
if not loaded then
  io.stderr:write("tour: Lua does not find Berth; run eval \"$(lua-client/env 5.4)\" first\n", tostring(pool), "\n")
  os.exit(1)
end
local clock = require("berth.transport").now

local DATABASE = "berth_tour"
local SCHEMA = {
  users = {
    id = "int auto_increment primary key",
    name = "varchar(100) not null",
    email = "varchar(255) unique not null",
    balance = "decimal(10,2) default 0",
    created_at = "datetime default current_timestamp",
  },
  posts = {
    id = "int auto_increment primary key",
    user_id = "int not null",
    title = "varchar(200) not null",
    published = "boolean default false",
    ["foreign key (user_id)"] = "references users(id)",
  },
}

local settings = { database = DATABASE, timeout = 30 }
local db = pool.new(SCHEMA, settings)
local number, started = 0, clock()

local function say(format, ...)
  print(select("#", ...) > 0 and format:format(...) or format)
end

-- Runs one step and shows how it went; the tour ends with a step that fails.
-- `run` returns what there is to tell.
local function step(title, run)
  number = number + 1
  local from = clock()
  local ok, told = pcall(run)
  local milliseconds = (clock() - from) * 1000
  if not ok then
    say("  ✗ %s", title)
    say("      %s", tostring(told))
    say("\nThe tour stopped at step %d: %s.", number, title)
    os.exit(1)
  end
  say("  ✓ %-34s %8.1f ms   %s", title, milliseconds, told or "")
end

local function expect(condition, format, ...)
  if not condition then error(format:format(...), 0) end
end

local function count(ctx, where)
  return ctx:select("SELECT count(*) AS n FROM " .. where)[1].n
end

say("Berth's tour: a Lua program, the service at %s, a real MariaDB.\n", db.settings.endpoint)

step("Reach the service", function()
  local bare = pool.new({}, settings)
  local version = bare:safe(function(ctx)
    for _, name in ipairs { "posts", "users" } do ctx:update("DROP TABLE IF EXISTS " .. name) end
    return ctx:select("SELECT version() AS version")[1].version
  end)
  bare:close()
  return "MariaDB " .. version .. "; last time's tables are gone"
end)

step("Register a schema", function()
  local columns = db:safe(function(ctx)
    return count(ctx, "information_schema.columns WHERE table_schema = database() AND table_name IN ('users', 'posts')")
  end)
  expect(columns == 9, "9 columns were declared, the database has %s", tostring(columns))
  return "tables users and posts are made, with key and foreign key"
end)

local alice, bob

step("Insert rows", function()
  alice, bob = db:safe(function(ctx)
    local first = ctx.users("insert", { name = "Alice", email = "alice@example.com", balance = 100 })
    local second = ctx.users("insert", { name = "Bob", email = "bob@example.com", balance = 20.5 })
    for i = 1, 3 do ctx.posts("insert", { user_id = first.id, title = "Post " .. i, published = i > 1 }) end
    return first, second
  end)
  expect(alice.id == 1 and bob.id == 2, "the ids are %s and %s, not 1 and 2", tostring(alice.id), tostring(bob.id))
  expect(alice.created_at and alice.created_at.year >= 2024, "the default of created_at did not come back")
  return ("ids and defaults come back: Alice is %d, since %s"):format(alice.id, tostring(alice.created_at))
end)

step("Read them", function()
  return db:safe(function(ctx)
    local user = ctx.users("one", "email = ?", "bob@example.com")
    expect(user and user.name == "Bob" and user.balance == 20.5, "Bob was not found as he was stored")
    local posts = ctx.posts("select", "user_id = ? AND published = ? ORDER BY id DESC", alice.id, true)
    expect(#posts == 2 and posts[1].title == "Post 3", "two published posts were expected, there are %d", #posts)
    return ('one by e-mail, %d posts by a condition, the latest "%s"'):format(#posts, posts[1].title)
  end)
end)

step("Update a row", function()
  return db:safe(function(ctx)
    local user = ctx.users("one", "id = ?", bob.id)
    user.name = "Robert"
    expect(user:update() == 1, "one row should have changed")
    expect(user:update() == 0, "an unchanged row was written again")
    expect(ctx.users("one", "id = ?", bob.id).name == "Robert", "the new name was not stored")
    return "only the column that changed is written"
  end)
end)

step("Delete a row", function()
  return db:safe(function(ctx)
    expect(ctx.posts("one", "title = ?", "Post 1"):delete() == 1, "one row should have gone")
    expect(count(ctx, "posts") == 2, "two posts should be left")
    return "two posts are left"
  end)
end)

-- Moves money between two users; with too little of it, it raises.
local function pay(ctx, from_id, to_id, amount)
  local from, to = ctx.users("one", "id = ?", from_id), ctx.users("one", "id = ?", to_id)
  from.balance, to.balance = from.balance - amount, to.balance + amount
  from:update()
  to:update()
  if from.balance < 0 then error(from.name .. " has not that much", 0) end
end

local function balances()
  return db:safe(function(ctx)
    return ctx.users("one", "id = ?", alice.id).balance, ctx.users("one", "id = ?", bob.id).balance
  end)
end

step("Commit a transaction", function()
  db:transaction(pay, nil, alice.id, bob.id, 30)
  local a, b = balances()
  expect(a == 70 and b == 50.5, "the balances are %s and %s, not 70 and 50.5", tostring(a), tostring(b))
  return "30 went from Alice to Robert: 70.00 and 50.50"
end)

step("Roll one back", function()
  local ok, err = pcall(db.transaction, db, pay, nil, alice.id, bob.id, 1000)
  expect(not ok and err == "Alice has not that much", "the transaction should have failed, but said: %s", tostring(err))
  local a, b = balances()
  expect(a == 70 and b == 50.5, "the balances changed to %s and %s", tostring(a), tostring(b))
  return "1000 was too much, raised half-way; nothing has happened"
end)

step("See a failing insert", function()
  local ok, err = pcall(db.safe, db, function(ctx)
    return ctx.users("insert", { name = "Another", email = "alice@example.com" })
  end)
  expect(not ok, "a second alice@example.com was accepted")
  expect(err.code == "DUPLICATE_KEY" and err.errno == 1062, "the error is %s (%s)", tostring(err.code), tostring(err))
  say("      %s", tostring(err))
  return ("code %s, errno %d, table %s"):format(err.code, err.errno, err.metadata.table or err.table)
end)

db:close()
say("\nAll %d steps held, in %.2f seconds.", number, clock() - started)
