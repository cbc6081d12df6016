-- The annotations for editors name what is there, and nothing else.
local berth = require "berth"
local files = require "support.files"
local mocks = require "berth.mock"
local settings = require "berth.settings"

describe("the annotations", function()
  local text = files.read(files.root() .. "/lua-client/types/berth.lua")
  local mock = mocks.new { select = mocks.rows { { id = 1 } } }
  local db = berth.new({ users = { id = "int auto_increment primary key" } }, mock.settings())
  local ctx = db:pop()
  local objects = { berth = berth, Pool = db, Context = ctx, Table = ctx.users, Row = ctx.users("one"),
    Iterator = ctx.users:each() }

  local function callable(value)
    return type(value) == "function" or (getmetatable(value) or {}).__call ~= nil
  end

  it("are Lua", function()
    assert.is_function((loadstring or load)(text))
  end)

  it("name functions that are there", function()
    local n = 0
    for object, name in text:gmatch("\nfunction (%a+)[.:]([%w_]+)%(") do
      n = n + 1
      assert.is_true(callable(objects[object][name]), object .. " has no " .. name)
    end
    assert.is_true(n > 30)
  end)

  it("name every function of the module and every method", function()
    for name, value in pairs(berth) do
      assert.is_truthy(text:find("berth." .. name .. "(", 1, true) or text:find("---@field " .. name, 1, true)
        or not callable(value), name)
    end
    for name, value in pairs(getmetatable(db).__index) do
      if type(value) == "function" and not name:find "^_" and not ({ log = 1, call = 1, unknown_key = 1 })[name] then
        assert.is_truthy(text:find("Pool:" .. name .. "(", 1, true), name)
      end
    end
    local ok, message = pcall(function() ctx.users("no such operation") end)
    assert.is_false(ok)
    for name in message:match("there are (.*)$"):gmatch("[%a_]+") do
      assert.is_truthy(text:find("Table:" .. name .. "(", 1, true), name)
    end
  end)

  it("name every function and method of LuaFan's modules", function()
    local luafan = files.read(files.root() .. "/lua-client/types/luafan.lua")
    assert.is_function((loadstring or load)(luafan))
    local wanted = {
      mariadb = { "connect" }, orm = { "new" },
      Connection = { "autocommit", "close", "commit", "escape", "execute", "getlastautoid", "ping", "prepare",
        "rollback", "setcharset" },
      Statement = { "bind", "bind_param", "close", "execute", "fetch", "pairs", "send_long_data", "store_result" },
      Cursor = { "close", "fetch", "getcolnames", "getcoltypes", "numrows" },
    }
    local found = {}
    for object, name in luafan:gmatch("\nfunction (%a+)[.:]([%w_]+)%(") do
      found[object] = found[object] or {}
      table.insert(found[object], name)
    end
    for _, names in pairs(found) do table.sort(names) end
    assert.same(wanted, found)
    for name in pairs(require "mariadb.orm") do
      assert.is_truthy(name == "new" or luafan:find("---@field " .. name .. " ", 1, true), name)
    end
  end)

  it("name the settings", function()
    local block = text:match("%-%-%-@class berth.Settings\n(.-)\n\n")
    for name in block:gmatch("@field ([%w_]+)%?") do
      assert.is_truthy(settings.keys[name], name)
    end
    for name in pairs(settings.keys) do
      local unused = name == "host" or name == "port" or name == "charset"
      assert.is_truthy(unused or block:find("@field " .. name .. "?", 1, true), name)
    end
  end)
end)
