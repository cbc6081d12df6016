// Lua 5.1, 5.3, 5.4 and LuaJIT behind one face.
//
// A Lua error leaves C++ functions by longjmp, which runs no destructors. So no
// function of this module that calls Lua has a local object with a destructor:
// whatever C++ needs lives in a box on the heap that a userdata owns.
#ifndef BERTH_LUA_CLIENT_SRC_LUA_COMPAT_H_
#define BERTH_LUA_CLIENT_SRC_LUA_COMPAT_H_

extern "C" {
#include <lauxlib.h>
#include <lua.h>
}

#include <cstddef>

#if LUA_VERSION_NUM < 502
inline int lua_absindex(lua_State* L, int index) {
  return index > 0 || index <= LUA_REGISTRYINDEX ? index
                                                 : lua_gettop(L) + index + 1;
}
inline size_t lua_rawlen(lua_State* L, int index) {
  return lua_objlen(L, index);
}
inline void BerthSetFunctions(lua_State* L, const luaL_Reg* functions) {
  luaL_register(L, nullptr, functions);
}
#else
inline void BerthSetFunctions(lua_State* L, const luaL_Reg* functions) {
  luaL_setfuncs(L, functions, 0);
}
#endif

#endif  // BERTH_LUA_CLIENT_SRC_LUA_COMPAT_H_
