-- What a pool holds in memory is bounded, and never cut in silence.
local fixture = require "support.fixture"
local live = require "support.live"
local loops = require "support.loops"

local describe_live = live.endpoint and describe or pending -- needs a server

local MODELS = { notes = { id = "int auto_increment primary key", text = "longtext" } }
local MIB = 1024 * 1024

local function fill(db)
  db:safe(function(ctx)
    ctx:insert("INSERT INTO notes (text) SELECT REPEAT('x', 100000) FROM seq_1_to_200")
  end)
end

-- The error of a list of 20 MB, and what the session can do afterwards.
local function try(db)
  return db:safe(function(ctx)
    local ok, err = pcall(ctx.notes, "list")
    return ok, err, ctx.notes:count()
  end)
end

describe_live("max_result_bytes", function()
  local db
  after_each(function() db:close() end)

  it("ends a list that is larger with an error that names each; the session goes on", function()
    db = fixture.pool({ max_result_bytes = 8 * MIB }, MODELS)
    fill(db)
    local ok, err, n = try(db)
    assert.is_false(ok)
    assert.same({ "LIMIT", 200, "NOT_DONE" }, { err.code, n, err.outcome })
    assert.matches("max_result_bytes (8388608 bytes); read it row by row with each", err.message, 1, true)
    db:safe(function(ctx)
      ctx:transaction(function()
        ctx.notes("insert", { text = "kept" })
        ok, err = pcall(ctx.select, ctx, "SELECT * FROM notes")
        assert.same({ false, "LIMIT", "UNKNOWN" }, { ok, err.code, err.outcome })
      end)
      local bytes = 0
      for note in ctx.notes:each() do bytes = bytes + #note.text end
      assert.equal(20000004, bytes)
      local results, errors = ctx:batch(function(b)
        b.notes:count()
        b.notes "list"
        b.notes:count()
      end)
      assert.same({ 201, nil, 201, n = 3 }, results)
      assert.equal("LIMIT", errors[2].code)
    end)
  end)

  it("bounds what a statement in between reads into memory: each then fails, the statement does not", function()
    db = fixture.pool({ max_result_bytes = 8 * MIB }, MODELS)
    fill(db)
    db:safe(function(ctx)
      local seen = 0
      local ok, err = pcall(function()
        for _ in ctx.notes:each() do
          seen = seen + 1
          assert.equal(200, ctx.notes:count())
        end
      end)
      assert.is_false(ok)
      assert.equal("LIMIT", err.code)
      assert.matches("max_result_bytes", err.message, 1, true)
      assert.is_true(seen > 0 and seen < 200)
      for _ in ctx.notes:each("id <= ?", 50) do assert.equal(200, ctx.notes:count()) end
    end)
  end)

  it("is no limit for smaller ones, however many messages they take", function()
    db = fixture.pool({ max_result_bytes = 24 * MIB }, MODELS)
    fill(db)
    db:safe(function(ctx) assert.equal(200, #ctx.notes "list") end)
  end)

  for _, entry in ipairs(loops) do
    it("holds inside " .. entry.name, function()
      local loop, ok, err, n = entry.make(), nil, nil, nil
      loop.run(function()
        db = fixture.pool({ max_result_bytes = 8 * MIB, scheduler = loop.adapter }, MODELS)
        fill(db)
        ok, err, n = try(db)
        db:safe(function(ctx) n = n + #ctx.notes("list", "id <= ?", 50) end)
      end)
      if loop.leave then loop.leave() end
      assert.is_false(ok)
      assert.same({ "LIMIT", 250 }, { err.code, n })
    end)
  end
end)
