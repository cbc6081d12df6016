local files = require "support.files"

-- Runs a program in a directory with only lua-client on the path; its output.
local function output(directory, program)
  files.write(directory .. "/program.lua", program)
  local root = files.root()
  local command = ("cd '%s' && LUA_PATH='%s/lua-client/?.lua;%s/lua-client/?/init.lua;./?.lua;;' '%s' program.lua 2>&1")
    :format(directory, root, root, files.interpreter())
  local pipe = io.popen(command)
  local text = pipe:read("*a")
  pipe:close()
  return text
end

describe("the module config", function()
  local directory

  before_each(function() directory = files.temporary() end)
  after_each(function() files.remove(directory) end)

  it("yields to the program's own, even where ours is found first", function()
    files.write(directory .. "/config.lua", "return { mariadb = { database = 'own' } }")
    assert.equal("own\n", output(directory, "print(require('config').mariadb.database)"))
  end)

  it("raises the errors of the program's own", function()
    files.write(directory .. "/config.lua", "error 'broken config'")
    assert.matches("broken config", output(directory, "require 'config'"))
  end)

  it("else runs config.d, file by file", function()
    files.write(directory .. "/config.d/10-a.lua", "maria_database = 'a'; maria_pool_size = 3")
    files.write(directory .. "/config.d/20-b.lua", "maria_database = maria_database .. 'b'")
    assert.equal("ab\t3\n",
      output(directory, "local c = require 'config'; print(c.maria_database, c.maria_pool_size)"))
  end)

  it("gives the files of config.d what LuaFan gives them, and nothing more", function()
    files.write(directory .. "/config.d/a.lua", [[
      number, there = tonumber "3", os.getenv ~= nil and weaktable ~= nil and WORKDIR ~= nil
      not_there = io == nil and require == nil and type == nil]])
    assert.equal("3\ttrue\ttrue\n",
      output(directory, "local c = require 'config' print(c.number, c.there, c.not_there)"))
  end)

  it("else is empty", function()
    assert.equal("nil\n", output(directory, "print(next((require 'config')))"))
  end)
end)

describe("fan.config.load", function()
  local saved

  before_each(function() saved = package.loaded.config end)
  after_each(function() package.loaded.config = saved end)

  it("merges into config", function()
    package.loaded.config = { mariadb = { database = "a", pool_size = 3 }, debug = true }
    require("fan.config").load { mariadb = { database = "b" } }
    assert.same({ mariadb = { database = "b", pool_size = 3 }, debug = true }, require "config")
  end)
end)
