rockspec_format = "3.0"
package = "berth-luafan"
version = "0.1.0-1"
source = { url = "file://berth-0.1.0.tar.gz" }
description = {
  summary = "LuaFan's mariadb.pool, mariadb.orm, fan.mariadb and config over the Berth service",
  detailed = [[
    Programs written for LuaFan's database modules run over Berth with these in
    their place. Not to be installed beside LuaFan's own rock.]],
  license = "Apache-2.0",
  labels = { "database", "mysql", "mariadb", "orm", "luafan" },
}
dependencies = { "lua >= 5.1, < 5.5", "berth == 0.1.0" }
build = {
  type = "builtin",
  modules = {
    config = "lua-client/config.lua",
    ["fan.config"] = "lua-client/fan/config.lua",
    ["fan.mariadb"] = "lua-client/fan/mariadb.lua",
    ["mariadb.orm"] = "lua-client/mariadb/orm.lua",
    ["mariadb.pool"] = "lua-client/mariadb/pool.lua",
  },
  copy_directories = {},
}
