-- luacheck's rules for all Lua of the repository: `luacheck .`
std = "min"
max_line_length = 120
exclude_files = { "build", ".cache" }

files["lua-client/berth/compat.lua"].std = "max"
files["lua-client/types"] = { std = "max", ignore = { "212", "241", "631" } } -- annotations, with empty functions
files["lua-client/berth/scheduler/init.lua"].std = "max"
files["deploy"].std = "max"
files["tests"].std = "max"
files["tests/unit"].ignore = { "311", "331" } -- userdata that are assigned nil to be collected
files["tests/lua"].std = "max+busted"
