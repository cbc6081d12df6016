--- The module `config` for programs that have none of their own.
--
-- A program's own `config`, wherever package.path finds it, goes before this
-- one; else every file of config.d/ is run, as LuaFan does, and the globals
-- that they set are the configuration.
local compat = require "berth.compat"

local own_source = debug.getinfo(1, "S").source

local function readable(path)
  local file = io.open(path, "r")
  if file then file:close() end
  return file ~= nil
end

-- The path in a form in which the same file has the same text, mostly.
local function plain(path)
  return (path:gsub("^@", ""):gsub("//+", "/"):gsub("^%./", ""))
end

local function content(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

-- Another installation of this very file is not the program's own either.
local function is_this(path)
  return plain(path) == plain(own_source) or content(path) == content(plain(own_source))
end

local function own_config()
  for template in package.path:gmatch("[^;]+") do
    local path = template:gsub("%?", "config")
    if readable(path) and not is_this(path) then
      local settings = assert(loadfile(path))("config", path)
      return settings == nil and true or settings
    end
  end
end

local function files_of(directory)
  local found, lfs = pcall(require, "lfs")
  local files = {}
  if found and lfs.attributes(directory, "mode") == "directory" then
    for name in lfs.dir(directory) do files[#files + 1] = name end
  elseif not found then
    local listing = io.popen("ls " .. directory .. " 2>/dev/null")
    for name in listing:lines() do files[#files + 1] = name end
    listing:close()
  end
  table.sort(files)
  return files
end

local function config_d()
  local settings = {}
  local weaktable = setmetatable({}, { __mode = "v" })
  local sandbox = setmetatable({ os = os, tonumber = tonumber, weaktable = weaktable, WORKDIR = "." }, {
    __newindex = settings,
    __index = settings,
  })
  for _, name in ipairs(files_of("config.d")) do
    if name:match("%.lua$") then assert(compat.loadfile("config.d/" .. name, sandbox))() end
  end
  return settings
end

return own_config() or config_d()
