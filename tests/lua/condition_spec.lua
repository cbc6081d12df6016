local berth = require "berth"
local condition = require "berth.condition"

local USERS = { name = "users", columns = {} }
for name, kind in pairs { id = "int", name = "varchar", age = "int", born = "date" } do
  USERS.columns[name] = { name = name, kind = kind }
end

describe("a condition", function()
  -- The fragment, and the parameters as an array.
  local function built(given)
    local text, params = condition.build(USERS, given)
    if params then params.n = nil end
    return text, params
  end

  local function check(given, text, params)
    local got, bound = built(given)
    assert.equal(text, got)
    assert.same(params, bound)
  end

  local function refused(given, message)
    local ok, err = pcall(condition.build, USERS, given)
    assert.is_false(ok)
    assert.equal("INVALID_FIELD", err.code)
    assert.matches(message, err.message, 1, true)
  end

  it("compares columns, sorted by name", function()
    check({ name = "x", age = 18 }, "(`age` = ? AND `name` = ?)", { 18, "x" })
  end)

  it("takes the operators", function()
    for _, operator in ipairs { "=", "!=", "<>", "<", "<=", ">", ">=", "<=>" } do
      check({ age = { operator, 18 } }, "`age` " .. operator .. " ?", { 18 })
    end
    check({ name = { "like", "A%" } }, "`name` LIKE ?", { "A%" })
    check({ name = { "NOT  like", "A%" } }, "`name` NOT LIKE ?", { "A%" })
    check({ name = { "regexp", "^A" } }, "`name` REGEXP ?", { "^A" })
  end)

  it("takes lists, also empty ones", function()
    check({ id = { "in", { 1, 2 } } }, "`id` IN (?)", { { 1, 2 } })
    check({ id = { "not in", {} } }, "`id` NOT IN (?)", { {} })
  end)

  it("takes ranges", function()
    check({ age = { "between", 1, 2 } }, "`age` BETWEEN ? AND ?", { 1, 2 })
    check({ age = { "not between", 1, 2 } }, "NOT `age` BETWEEN ? AND ?", { 1, 2 })
  end)

  it("knows NULL in every spelling", function()
    check({ name = berth.null }, "`name` IS NULL", {})
    check({ name = { "=", berth.null } }, "`name` IS NULL", {})
    check({ name = { "!=", berth.null } }, "`name` IS NOT NULL", {})
    check({ name = { "null" } }, "`name` IS NULL", {})
    check({ name = { "not null" } }, "`name` IS NOT NULL", {})
    refused({ name = { "<", berth.null } }, "nothing is < NULL")
  end)

  it("is composed of others", function()
    check({ "or", { age = 1 }, { age = 2, name = "x" } }, "(`age` = ? OR (`age` = ? AND `name` = ?))", { 1, 2, "x" })
    check({ "not", { age = 1 } }, "NOT (`age` = ?)", { 1 })
    check({ "not", { age = 1, name = "x" } }, "NOT ((`age` = ? AND `name` = ?))", { 1, "x" })
    check({ name = "x", { "or", { age = 1 }, { age = 2 } } },
      "((`age` = ? OR `age` = ?) AND `name` = ?)", { 1, 2, "x" })
    check({ "and", { age = 1 }, { "or", { id = 1 }, { id = 2 } } },
      "(`age` = ? AND (`id` = ? OR `id` = ?))", { 1, 1, 2 })
  end)

  it("takes SQL only from berth.raw", function()
    check({ born = { "<", berth.raw("now() - interval ? year", 18) }, berth.raw("age > ?", 1) },
      "((age > ?) AND `born` < (now() - interval ? year))", { 1, 18 })
  end)

  it("sends values as their columns want them", function()
    check({ born = { year = 2000, month = 1, day = 2 } }, "`born` = ?", { "2000-01-02" })
    check({ age = true }, "`age` = ?", { 1 })
  end)

  it("is nothing when it is empty", function()
    check({}, nil, nil)
    refused({ "or" }, "a part without a condition")
    refused({ { } }, "a part without a condition")
  end)

  it("cannot be turned into SQL by names, operators or values", function()
    check({ ["id` = 1 OR 1=1 -- "] = 2 }, "`id`` = 1 OR 1=1 -- ` = ?", { 2 })
    refused({ id = { "= 1 OR 1 =", 2 } }, "is no operator")
    refused({ id = { 1, 2 } }, 'write { "in", array }')
    refused({ id = {} }, "is no operator")
    refused({ "xor", { id = 1 } }, '"xor" is none of')
    refused({ id = { "in", "1) OR (1" } }, "expects an array")
    refused({ id = { ">" } }, "expects a value")
    check({ name = "' OR 1=1 -- " }, "`name` = ?", { "' OR 1=1 -- " })
  end)
end)
