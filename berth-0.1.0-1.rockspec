rockspec_format = "3.0"
package = "berth"
version = "0.1.0-1"
source = { url = "file://berth-0.1.0.tar.gz" }
description = {
  summary = "MariaDB through the Berth service: pools, transactions, an ORM",
  detailed = [[
    A client of the Berth service for Lua 5.1, 5.3, 5.4 and LuaJIT. Schemas as
    tables, rows as objects, streams, batches, relations, errors worth reading.
    The rock berth-luafan puts LuaFan's own module names over it.]],
  license = "Apache-2.0",
  labels = { "database", "mysql", "mariadb", "orm", "grpc" },
}
supported_platforms = { "linux" }
dependencies = { "lua >= 5.1, < 5.5" }
external_dependencies = {
  GRPC = { header = "grpcpp/grpcpp.h" },
  PROTOBUF = { header = "google/protobuf/message.h" },
}
-- The build of the tree, for this Lua alone. The native part and the Lua files
-- are one component of it.
build = {
  type = "command",
  build_command = 'cmake -S . -B build.luarocks -DBUILD_TESTING=OFF -DBERTH_SERVER=OFF -DBERTH_LUA_INCDIR="$(LUA_INCDIR)" '
    .. '-DBERTH_LUA_LIBDIR="$(LIBDIR)" -DBERTH_LUA_DIR="$(LUADIR)" '
    .. "&& cmake --build build.luarocks --parallel --target berth_core_rock",
  install_command = "cmake --install build.luarocks --component berth_lua",
  copy_directories = {},
}
