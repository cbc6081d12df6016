local files = require "support.files"

describe("lua-client/env", function()
  local directory

  before_each(function() directory = files.temporary() .. "/it's a place" end)
  after_each(function() files.remove((directory:gsub("/it's a place$", ""))) end)

  local function output(command)
    local pipe = io.popen(command)
    local text = pipe:read("*a")
    pipe:close()
    return text
  end

  it("sets the paths from any directory, with blanks and quotes in it", function()
    files.write(directory .. "/lua-client/env", files.read(files.root() .. "/lua-client/env"))
    local quoted = "'" .. directory:gsub("'", "'\\''") .. "'"
    local text = output(("unset BERTH_BUILD; cd / && eval \"$(sh %s/lua-client/env 5.3)\""):format(quoted)
      .. [[ && printf '%s\n' "$LUA_PATH" "$LUA_CPATH"]])
    assert.equal(("./?.lua;%s/lua-client/?.lua;%s/lua-client/?/init.lua;;\n%s/build/lua-client/5.3/?.so;;\n")
      :format(directory, directory, directory), text)
  end)

  it("refuses a version that is not there", function()
    assert.equal("2\n", output(("sh '%s/lua-client/env' 6.0 2>/dev/null; echo $?"):format(files.root())))
  end)
end)
