// Full userdata for objects that are written in Lua: programs ask for their
// type, and tables have no `__gc` in Lua 5.1.
#include "lua-client/src/box.h"

namespace berth::lua {

int NewObject(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  lua_newuserdata(L, 1);
  lua_pushvalue(L, 1);
#if LUA_VERSION_NUM < 502
  lua_setfenv(L, 3);
#else
  lua_setuservalue(L, 3);
#endif
  lua_pushvalue(L, 2);
  lua_setmetatable(L, 3);
  return 1;
}

int StateOfObject(lua_State* L) {
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  if (lua_type(L, 1) != LUA_TUSERDATA || lua_getmetatable(L, 1) == 0 ||
      lua_rawequal(L, 2, 3) == 0) {
    lua_pushnil(L);
    return 1;
  }
#if LUA_VERSION_NUM < 502
  lua_getfenv(L, 1);
#else
  lua_getuservalue(L, 1);
#endif
  return 1;
}

}  // namespace berth::lua
