// The channel object: `core.connect`, `ch:session`, `ch:call`, `ch:close`.
#include <cstring>
#include <exception>

#include "lua-client/src/box.h"
#include "lua-client/src/decode.h"
#include "lua-client/src/encode.h"

namespace berth::lua {
namespace {

constexpr char kType[] = "berth.channel";

ChannelBox*& BoxAt(lua_State* L, int index) {
  return *static_cast<ChannelBox**>(luaL_checkudata(L, index, kType));
}

ChannelBox* Check(lua_State* L) {
  ChannelBox* box = BoxAt(L, 1);
  CheckFork(L);
  if (box == nullptr || box->closed) luaL_error(L, "the channel is closed");
  return box;
}

// Encodes with `f` under a guard against exceptions. Lua's own errors pass: by
// longjmp, or under LuaJIT as an exception of no C++ type.
template <typename F>
bool Guarded(Encoder& e, F f) {
  try {
    return f();
  } catch (const std::exception&) {
    return Complain(e, "an exception in the client");
  }
}

int OpenSession(lua_State* L) {
  ChannelBox* box = Check(L);
  lua_settop(L, 2);
  if (lua_isnil(L, 2)) {
    lua_newtable(L);
    lua_replace(L, 2);
  }
  luaL_checktype(L, 2, LUA_TTABLE);
  Encoder e{L, {}};
  box->database.clear();
  if (!Guarded(e, [&] { return GetText(e, 2, "database", &box->database); })) {
    return luaL_error(L, "session: %s", e.error);
  }
  lua_getfield(L, 2, "timeout");
  Seconds timeout = OptTimeout(L, lua_gettop(L));
  // The owner first: nothing can be lost on the way to it.
  SessionBox** owner = NewSession(L);
  *owner = box->OpenSession(timeout);
  return *owner != nullptr ? 1 : PushError(L, box->error);
}

// The operation of a verb's method; null: no verb.
const char* OperationOf(const char* method) {
  static const char* const kVerbs[][2] = {{"Select", "select"},
                                          {"Insert", "insert"},
                                          {"Update", "update"},
                                          {"Delete", "delete"},
                                          {"Execute", "execute"}};
  for (const auto& verb : kVerbs) {
    if (std::strcmp(verb[0], method) == 0) return verb[1];
  }
  return nullptr;
}

int CallVerb(lua_State* L, ChannelBox* box, const char* operation,
             Seconds timeout) {
  Encoder e{L, {}};
  box->database.clear();
  if (!Guarded(e, [&] {
        return GetText(e, 3, "database", &box->database) &&
               EncodeOperation(e, operation, 3, &box->request);
      })) {
    return luaL_error(L, "%s: %s", operation, e.error);
  }
  if (!box->CallVerb(timeout)) return PushError(L, box->error);
  PushAnswer(L, box->answer, nullptr);
  box->answer.clear();
  return 1;
}

int Call(lua_State* L) {
  ChannelBox* box = Check(L);
  const char* method = luaL_checkstring(L, 2);
  Seconds timeout = OptTimeout(L, 4);
  lua_settop(L, 3);
  if (lua_isnil(L, 3)) {
    lua_newtable(L);
    lua_replace(L, 3);
  }
  luaL_checktype(L, 3, LUA_TTABLE);
  if (const char* operation = OperationOf(method)) {
    return CallVerb(L, box, operation, timeout);
  }
  if (!box->Prepare(method)) {
    return luaL_error(L, "there is no method \"%s\"", method);
  }
  Encoder e{L, {}};
  if (!Guarded(e, [&] { return EncodeMessage(e, 3, box->message.get()); })) {
    return luaL_error(L, "%s: %s", method, e.error);
  }
  if (!box->CallPrepared(timeout)) return PushError(L, box->error);
  PushMessage(L, *box->reply);
  box->reply = nullptr;
  return 1;
}

int Close(lua_State* L) {
  ChannelBox* box = BoxAt(L, 1);
  CheckFork(L);
  if (box != nullptr && !box->closed) {
    box->closed = true;
    box->client.reset();
  }
  return 0;
}

int Collect(lua_State* L) {
  ChannelBox*& box = BoxAt(L, 1);
  if (!Forked()) delete box;
  box = nullptr;
  return 0;
}

int ToString(lua_State* L) {
  ChannelBox* box = BoxAt(L, 1);
  lua_pushfstring(
      L, "berth.channel (%s)",
      box == nullptr || box->closed ? "closed" : box->endpoint.c_str());
  return 1;
}

// Fills the box from the table of options at 2.
bool ReadOptions(Encoder& e, ChannelBox* box) {
  if (!GetText(e, 2, "user", &box->options.user) ||
      !GetText(e, 2, "password", &box->options.password)) {
    return false;
  }
  lua_getfield(e.L, 2, "plaintext");
  if (lua_type(e.L, -1) == LUA_TSTRING &&
      std::strcmp(lua_tostring(e.L, -1), "anywhere") == 0) {
    box->options.plaintext = client::Plaintext::kAnywhere;
  } else if (!lua_isnil(e.L, -1)) {
    return Complain(e, "plaintext must be \"anywhere\" or absent");
  }
  lua_pop(e.L, 1);
  return true;
}

ChannelBox* NewBox(const char* endpoint) noexcept {
  try {
    auto box = std::make_unique<ChannelBox>();
    box->endpoint = endpoint;
    // berth.retry repeats, and knows the pool's settings.
    box->options.retry_policy =
        std::make_shared<client::LimitedAttemptsRetryPolicy>(1);
    return box.release();
  } catch (const std::exception&) {
    return nullptr;
  }
}

}  // namespace

int Connect(lua_State* L) {
  const char* endpoint = luaL_checkstring(L, 1);
  CheckFork(L);
  lua_settop(L, 2);
  if (lua_isnil(L, 2)) {
    lua_newtable(L);
    lua_replace(L, 2);
  }
  luaL_checktype(L, 2, LUA_TTABLE);
  auto** owner =
      static_cast<ChannelBox**>(lua_newuserdata(L, sizeof(ChannelBox*)));
  *owner = nullptr;
  luaL_getmetatable(L, kType);
  lua_setmetatable(L, -2);
  *owner = NewBox(endpoint);
  if (*owner == nullptr) return luaL_error(L, "not enough memory");
  Encoder e{L, {}};
  if (!Guarded(e, [&] { return ReadOptions(e, *owner); })) {
    return luaL_error(L, "connect: %s", e.error);
  }
  return 1;
}

void RegisterChannel(lua_State* L) {
  static const luaL_Reg kMethods[] = {
      {"session", OpenSession}, {"call", Call},     {"close", Close},
      {"__gc", Collect},        {"__close", Close}, {"__tostring", ToString},
      {nullptr, nullptr}};
  luaL_newmetatable(L, kType);
  BerthSetFunctions(L, kMethods);
  lua_pushstring(L, kType);
  lua_setfield(L, -2, "__name");
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

}  // namespace berth::lua
