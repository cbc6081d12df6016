--- Files and directories for specs.
local files = {}

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- The root of the repository.
function files.root()
  return (debug.getinfo(1, "S").source:gsub("^@", ""):gsub("/tests/lua/support/files%.lua$", ""))
end

--- The name of the interpreter that runs the specs.
function files.interpreter()
  local i = 0
  while arg[i - 1] do i = i - 1 end
  return arg[i]
end

--- A new empty directory.
function files.temporary()
  local path = os.tmpname()
  os.remove(path)
  assert(os.execute("mkdir -p " .. quoted(path)))
  return path
end

--- Removes a directory of `temporary`.
function files.remove(path)
  os.execute("rm -rf " .. quoted(path))
end

--- Writes a file, with its directory.
function files.write(path, text)
  os.execute("mkdir -p " .. quoted((path:gsub("/[^/]*$", ""))))
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

--- The content of a file.
function files.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

return files
