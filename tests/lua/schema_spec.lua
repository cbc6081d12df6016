local schema = require "berth.schema"

local function names(t)
  local list = {}
  for i, element in ipairs(t.elements) do list[i] = element.name end
  return list
end

describe("a model", function()
  it("is ordered: id, columns by name, constraints, raw entries", function()
    local t = schema.read {
      posts = {
        title = "varchar(200) not null", id = "int auto_increment primary key", content = "text",
        ["foreign key (user_id)"] = "references users(id)", user_id = "int not null", ["unique key t"] = "(title)",
        "INDEX `a` (`title`)", "INDEX `b` (`content`)",
      },
    }.posts
    assert.same({ "id", "content", "title", "user_id", "foreign key (user_id)", "unique key t", "", "" }, names(t))
    assert.equal("INDEX `b` (`content`)", t.elements[8].definition)
    assert.same({ "id", "content", "title", "user_id" }, t.order)
  end)

  it("may have columns called key, index and check", function()
    local t = schema.read { t = { id = "int primary key", key = "text", index = "int", check = "int" } }.t
    assert.same({ "id", "check", "index", "key" }, t.order)
  end)

  it("keeps functions as computed fields", function()
    local t = schema.read { t = { id = "int primary key", full = function() end } }.t
    assert.is_nil(t.columns.full)
    assert.is_function(t.computed.full)
  end)

  it("needs an id column only without a primary key", function()
    local tables = schema.read {
      a = { name = "text" },
      b = { code = "int primary key" },
      c = { x = "int", ["primary key (x)"] = "" },
      d = { x = "int", "PRIMARY KEY (`x`)" },
      e = { [schema.FIELD_ID_KEY] = "ID", name = "text" },
    }
    assert.is_true(tables.a.needs_id)
    assert.is_false(tables.b.needs_id)
    assert.is_false(tables.c.needs_id)
    assert.is_false(tables.d.needs_id)
    schema.add_id(tables.e)
    assert.same({ name = "ID", definition = "bigint primary key auto_increment not null" }, tables.e.elements[1])
    assert.same({ "ID" }, tables.e.primary_key)
  end)

  it("takes the database's columns and key", function()
    local t = schema.read { t = { name = "text" } }.t
    schema.describe(t, { columns = { { name = "a", type = "INT" }, { name = "b", sql_type = "datetime(3)" } },
      primary_key = { "a", "b" } })
    assert.same({ "a", "b" }, t.order)
    assert.equal("datetime", t.columns.b.kind)
    assert.same({ "a", "b" }, t.primary_key)
  end)

  it("is refused with the place of what is wrong", function()
    assert.has_error(function() schema.read { users = { name = 1 } } end,
      "schema: users.name is a number, but must be an SQL type or a function")
    assert.has_error(function() schema.read { users = "x" } end,
      "schema: users is a string, but must be a table of columns")
  end)
end)
