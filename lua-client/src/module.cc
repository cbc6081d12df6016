// What `berth_core` gives out (see loader.c): sessions and calls for
// berth/transport.lua.
//
// Its rules: never unloaded, one symbol out, lazy start, no destructor under a
// Lua error, no use after fork.
#include <time.h>

#include <cmath>

#include "absl/synchronization/mutex.h"
#include "lua-client/src/box.h"
#include "lua-client/src/encode.h"

namespace berth::lua {
namespace {

int Now(lua_State* L) {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  lua_pushnumber(L, static_cast<double>(now.tv_sec) + now.tv_nsec * 1e-9);
  return 1;
}

// Waits; a signal ends the wait early.
int Sleep(lua_State* L) {
  double seconds = luaL_checknumber(L, 1);
  luaL_argcheck(L, seconds >= 0 && seconds < 1e9, 1, "a number of seconds");
  timespec wait;
  wait.tv_sec = static_cast<time_t>(seconds);
  wait.tv_nsec = static_cast<long>((seconds - std::floor(seconds)) * 1e9);
  nanosleep(&wait, nullptr);
  return 0;
}

}  // namespace
}  // namespace berth::lua

extern "C" __attribute__((visibility("default"))) int luaopen_berth_native(
    lua_State* L) {
  // Abseil as it is packaged looks for deadlocks at each lock, gRPC's included:
  // a twentieth of what a statement costs here.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  berth::lua::RegisterChannel(L);
  berth::lua::RegisterSession(L);
  berth::lua::RegisterCall(L);
  berth::lua::RegisterNotifier(L);
  static const luaL_Reg kFunctions[] = {
      {"connect", berth::lua::Connect},
      {"notifier", berth::lua::NewNotifier},
      {"now", berth::lua::Now},
      {"sleep", berth::lua::Sleep},
      {"object", berth::lua::NewObject},
      {"object_state", berth::lua::StateOfObject},
      {nullptr, nullptr}};
  lua_newtable(L);
  BerthSetFunctions(L, kFunctions);
  lua_pushstring(L, BERTH_VERSION);
  lua_setfield(L, -2, "_VERSION");
  // The pointer that cjson and OpenResty use for null, too.
  lua_pushlightuserdata(L, nullptr);
  lua_setfield(L, -2, "null");
  lua_pushlightuserdata(L, berth::lua::DefaultSentinel());
  lua_setfield(L, -2, "default");
  static char long_data;
  lua_pushlightuserdata(L, &long_data);
  lua_setfield(L, -2, "long_data");
  return 1;
}
