-- Relations and preloading against a real service.
local berth = require "berth"
local fixture = require "support.fixture"
local live = require "support.live"

local describe_live = live.endpoint and describe or pending -- needs a server

describe_live("relations in real life", function()
  local db, queries

  before_each(function()
    queries = 0
    db = fixture.pool { on_query = function() queries = queries + 1 end }
    db:safe(function(ctx)
      ctx.users:insert_many { { name = "Alice" }, { name = "Bob" }, { name = "Carol" } }
      ctx.posts:insert_many {
        { user_id = 1, title = "one" }, { user_id = 2, title = "two" }, { user_id = 1, title = "three" },
        { title = "nobody's" },
      }
      ctx.comments:insert_many {
        { post_id = 3, text = "c1" }, { post_id = 1, text = "c2" }, { post_id = 3, text = "c3" },
      }
    end)
    queries = 0
  end)
  after_each(function() db:close() end)

  it("come from foreign keys, and are read in one request each", function()
    db:safe(function(ctx)
      local users = ctx.users("list", "order by id")
      assert.equal(users, ctx.users:preload(users, "posts.comments"))
      assert.equal(3, queries)
      assert.equal(2, #users[1].posts)
      assert.equal("three", users[1].posts[2].title)
      assert.equal("c3", users[1].posts[2].comments[2].text)
      assert.same({}, users[3].posts)
    end)
  end)

  it("lead back to where a row belongs", function()
    db:safe(function(ctx)
      local posts = ctx.posts:preload(ctx.posts("list", "order by id"), "user", "comments")
      assert.equal("Bob", posts[2].user.name)
      assert.is_nil(posts[4].user)
      assert.equal(1, #posts[1].comments)
      posts[2].user.name = "Bobby"
      assert.equal(1, posts[2].user:update())
    end)
  end)

  it("are no columns: rows keep to theirs", function()
    db:safe(function(ctx)
      local user = ctx.users:preload({ ctx.users:find(1) }, "posts")[1]
      assert.is_nil(rawget(user, "posts"))
      assert.equal(0, user:update())
    end)
  end)

  it("can be loaded for one row", function()
    db:safe(function(ctx)
      local user = ctx.users:find(1)
      assert.is_nil(user.posts)
      assert.equal(2, #user:load "posts")
      queries = 0
      assert.equal(2, #user:load "posts")
      assert.equal(0, queries)
    end)
  end)

  it("become fields of plain rows", function()
    db:safe(function(ctx)
      ctx._readonly = true
      local users = ctx.users:preload(ctx.users("list"), "posts")
      assert.equal(2, #rawget(users[1], "posts"))
    end)
  end)

  it("can be declared, with names and conditions of their own", function()
    db:close()
    local models = {
      users = { id = "int auto_increment primary key", name = "varchar(50)",
        [berth.RELATIONS] = {
          drafts = { has_many = "posts", key = "author", where = { draft = 1 } },
          latest = { has_one = "posts", key = "author" },
        } },
      posts = { id = "int auto_increment primary key", author = "int", draft = "boolean",
        [berth.RELATIONS] = { writer = { belongs_to = "users", key = "author" } } },
    }
    db = fixture.pool({}, models)
    db:safe(function(ctx)
      ctx.users("insert", { name = "Alice" })
      ctx.posts:insert_many { { author = 1, draft = true }, { author = 1, draft = false } }
      local user = ctx.users:preload(ctx.users("list"), "drafts", "latest")[1]
      assert.equal(1, #user.drafts)
      assert.equal(1, user.latest.id)
      assert.equal("Alice", ctx.posts:preload(ctx.posts("list"), "writer")[2].writer.name)
    end)
  end)

  it("that are not there are named with those that are", function()
    db:safe(function(ctx)
      local ok, message = pcall(function() ctx.posts:preload({}, "author") end)
      assert.is_false(ok)
      assert.matches('posts has no relation "author"; there are comments, user', message, 1, true)
      assert.matches("relations_live_spec.lua", message, 1, true)
    end)
  end)
end)
