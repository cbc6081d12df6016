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
  Seconds timeout = OptTimeout(L, 3);
  lua_getfield(L, 2, "notifier");
  NotifierBox* notifier = OptNotifier(L, 4);
  lua_getfield(L, 2, "key");
  auto key = static_cast<uint32_t>(luaL_optinteger(L, 5, 1));
  lua_getfield(L, 2, "open_with_first_request");
  bool with_first = lua_toboolean(L, 6);
  lua_getfield(L, 2, "lease_idle");
  Seconds lease_idle = OptTimeout(L, 7);
  // The owner first: nothing can be lost on the way to it.
  SessionBox** owner = NewSession(L);
  *owner = box->OpenSession(timeout, lease_idle, notifier, key, with_first);
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

// Fills a call of the method at 2 with the arguments at 3; raises where that
// fails.
void EncodeCall(lua_State* L, CallBox* call) {
  const char* method = lua_tostring(L, 2);
  const char* operation = OperationOf(method);
  if (operation == nullptr && !call->Prepare(method)) {
    luaL_error(L, "there is no method \"%s\"", method);
  }
  Encoder e{L, {}};
  if (!Guarded(e, [&] {
        return operation == nullptr
                   ? EncodeMessage(e, 3, call->message.get())
                   : GetText(e, 3, "database", &call->database) &&
                         EncodeOperation(e, operation, 3, &call->request);
      })) {
    luaL_error(L, "%s: %s", operation == nullptr ? method : operation, e.error);
  }
}

// Pushes a call of the method at 2, encoded; null, and an error pushed, where
// there is no way to the service.
std::shared_ptr<CallBox>* PushCall(lua_State* L, ChannelBox* box,
                                   Seconds timeout) {
  luaL_checkstring(L, 2);
  if (lua_isnil(L, 3)) {
    lua_newtable(L);
    lua_replace(L, 3);
  }
  luaL_checktype(L, 3, LUA_TTABLE);
  std::shared_ptr<CallBox>** owner = NewCall(L);
  *owner = box->NewCall();
  if (*owner == nullptr) {
    PushError(L, box->error);
    return nullptr;
  }
  (**owner)->timeout = timeout;
  EncodeCall(L, (*owner)->get());
  return *owner;
}

// Makes a call on this thread.
int Call(lua_State* L) {
  ChannelBox* box = Check(L);
  Seconds timeout = OptTimeout(L, 4);
  lua_settop(L, 3);
  std::shared_ptr<CallBox>* call = PushCall(L, box, timeout);
  if (call == nullptr) return 2;
  CallBox* made = call->get();
  made->Run();
  if (!made->ok) return PushError(L, made->error);
  if (made->reply != nullptr) {
    PushMessage(L, *made->reply);
  } else {
    PushAnswer(L, made->answer, nullptr);
  }
  return 1;
}

// Starts a call on another thread, which signals a key of a notifier.
int Start(lua_State* L) {
  ChannelBox* box = Check(L);
  Seconds timeout = OptTimeout(L, 4);
  NotifierBox* notifier = OptNotifier(L, 5);
  luaL_argcheck(L, notifier != nullptr, 5, "a notifier is expected");
  auto key = static_cast<uint32_t>(luaL_optinteger(L, 6, 1));
  lua_settop(L, 5);  // keeps the notifier
  std::shared_ptr<CallBox>* call = PushCall(L, box, timeout);
  if (call == nullptr) return 2;
  if (!RunOnWorker(*call, notifier->notifier, key)) {
    return luaL_error(L, "no thread is left");
  }
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
      {"session", OpenSession}, {"call", Call},    {"start", Start},
      {"close", Close},         {"__gc", Collect}, {"__close", Close},
      {"__tostring", ToString}, {nullptr, nullptr}};
  RegisterType(L, kType, kMethods);
}

}  // namespace berth::lua
