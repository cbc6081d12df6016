// The notifier object: `core.notifier`.
#include <cstdint>
#include <memory>

#include "lua-client/src/box.h"

namespace berth::lua {
namespace {

constexpr char kType[] = "berth.notifier";

NotifierBox*& BoxAt(lua_State* L, int index) {
  return *static_cast<NotifierBox**>(luaL_checkudata(L, index, kType));
}

Notifier* Check(lua_State* L) {
  NotifierBox* box = BoxAt(L, 1);
  CheckFork(L);
  if (box == nullptr) luaL_error(L, "the notifier is closed");
  return box->notifier.get();
}

int Fd(lua_State* L) {
  lua_pushinteger(L, Check(L)->fd());
  return 1;
}

int Fifo(lua_State* L) {
  Check(L);
  NotifierBox* box = BoxAt(L, 1);
  box->text = box->notifier->MakeFifo();
  if (box->text.empty()) return 0;
  lua_pushlstring(L, box->text.data(), box->text.size());
  return 1;
}

int RemoveFifo(lua_State* L) {
  Check(L)->RemoveFifo();
  return 0;
}

int Take(lua_State* L) {
  Check(L);
  NotifierBox* box = BoxAt(L, 1);
  box->keys = box->notifier->Take();
  lua_createtable(L, static_cast<int>(box->keys.size()), 0);
  for (size_t i = 0; i < box->keys.size(); ++i) {
    lua_pushinteger(L, box->keys[i]);
    lua_rawseti(L, -2, static_cast<int>(i) + 1);
  }
  return 1;
}

int Signal(lua_State* L) {
  Check(L)->Signal(static_cast<uint32_t>(luaL_checkinteger(L, 2)));
  return 0;
}

int Timer(lua_State* L) {
  Notifier* notifier = Check(L);
  auto key = static_cast<uint32_t>(luaL_checkinteger(L, 2));
  notifier->SetTimer(key, luaL_checknumber(L, 3));
  return 0;
}

int Collect(lua_State* L) {
  NotifierBox*& box = BoxAt(L, 1);
  if (!Forked()) delete box;
  box = nullptr;
  return 0;
}

NotifierBox* NewBox() noexcept {
  std::shared_ptr<Notifier> notifier = Notifier::Make();
  return notifier == nullptr ? nullptr
                             : new (std::nothrow)
                                   NotifierBox{std::move(notifier), {}, {}};
}

}  // namespace

int NewNotifier(lua_State* L) {
  CheckFork(L);
  auto** owner =
      static_cast<NotifierBox**>(lua_newuserdata(L, sizeof(NotifierBox*)));
  *owner = nullptr;
  luaL_getmetatable(L, kType);
  lua_setmetatable(L, -2);
  WatchForks();
  *owner = NewBox();
  if (*owner == nullptr) return luaL_error(L, "no file descriptor is left");
  return 1;
}

NotifierBox* OptNotifier(lua_State* L, int index) {
  if (lua_isnoneornil(L, index)) return nullptr;
  NotifierBox* box = BoxAt(L, index);
  if (box == nullptr) luaL_error(L, "the notifier is closed");
  return box;
}

void RegisterNotifier(lua_State* L) {
  static const luaL_Reg kMethods[] = {
      {"fd", Fd},        {"fifo", Fifo},     {"remove_fifo", RemoveFifo},
      {"take", Take},    {"signal", Signal}, {"timer", Timer},
      {"__gc", Collect}, {"close", Collect}, {nullptr, nullptr}};
  RegisterType(L, kType, kMethods);
}

}  // namespace berth::lua
