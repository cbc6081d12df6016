-- What `luarocks make` does with the rockspecs of this repository, for machines
-- that have no luarocks: reads one, checks what it says, builds and installs.
--   lua make_rock.lua ROCKSPEC INCDIR LUADIR LIBDIR
local rockspec, incdir, luadir, libdir = arg[1], arg[2], arg[3], arg[4]

local function run(command)
  print(command)
  local ok, _, status = os.execute(command)
  if ok ~= true and ok ~= 0 then error(("failed with status %s: %s"):format(tostring(status or ok), command), 0) end
end

local function read_spec()
  local env = {}
  local chunk
  if setfenv then
    chunk = setfenv(assert(loadfile(rockspec)), env)
  else
    chunk = assert(loadfile(rockspec, "t", env))
  end
  chunk()
  return env
end

local function check(spec)
  for _, field in ipairs { "package", "version", "source", "description", "dependencies", "build" } do
    assert(spec[field], "the rockspec has no " .. field)
  end
  local name = ("%s-%s.rockspec"):format(spec.package, spec.version)
  assert(rockspec:match("[^/]+$") == name, "the rockspec should be called " .. name)
  for _, dependency in pairs(spec.external_dependencies or {}) do
    local found = false
    for _, prefix in ipairs { "/usr/local/include/", "/usr/include/" } do
      local file = io.open(prefix .. dependency.header)
      if file then found = file:close() or true end
    end
    assert(found, "a header is missing: " .. dependency.header)
  end
end

local function substituted(command)
  local variables = { LUA_INCDIR = incdir, LUADIR = luadir, LIBDIR = libdir }
  return (command:gsub("%$%((%w+_?%w*)%)", function(name)
    return assert(variables[name], "no variable " .. name)
  end))
end

local build_types = {}

function build_types.command(build)
  run(substituted(build.build_command))
  run(substituted(build.install_command))
end

function build_types.builtin(build)
  for module, source in pairs(build.modules) do
    local target = luadir .. "/" .. module:gsub("%.", "/") .. ".lua"
    run(("mkdir -p '%s' && cp '%s' '%s'"):format(target:match("(.*)/"), source, target))
  end
end

local spec = read_spec()
check(spec)
assert(build_types[spec.build.type], "no build type " .. spec.build.type)(spec.build)
