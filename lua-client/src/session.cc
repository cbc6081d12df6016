// The session object.
#include <cmath>
#include <exception>

#include "lua-client/src/box.h"
#include "lua-client/src/decode.h"
#include "lua-client/src/encode.h"

namespace berth::lua {
namespace {

constexpr char kType[] = "berth.session";

SessionBox*& BoxAt(lua_State* L, int index) {
  return *static_cast<SessionBox**>(luaL_checkudata(L, index, kType));
}

SessionBox* Check(lua_State* L) {
  SessionBox* box = BoxAt(L, 1);
  CheckFork(L);
  if (box == nullptr) luaL_error(L, "the session is closed");
  return box;
}

// How much longer than the service this side waits for a request with a
// timeout: its answer says what was done, and the session goes on.
constexpr Seconds kGrace = 1;

Seconds WithGrace(Seconds timeout) {
  return timeout < 0 ? timeout : timeout + kGrace;
}

bool EncodeRequest(Encoder& e, const char* op, Seconds timeout,
                   v1::SessionRequest* request) {
  if (!EncodeOperation(e, op, 3, request)) return false;
  if (timeout >= 0 && timeout < 1e9 && !request->has_commit() &&
      !request->has_cancel()) {
    auto whole = static_cast<int64_t>(timeout);
    request->mutable_timeout()->set_seconds(whole);
    request->mutable_timeout()->set_nanos(
        static_cast<int32_t>((timeout - static_cast<double>(whole)) * 1e9));
  }
  return true;
}

// Encodes the operation at 2 with the arguments at 3; raises where that fails.
void Encode(lua_State* L, SessionBox* box, Seconds timeout) {
  const char* op = luaL_checkstring(L, 2);
  lua_settop(L, 3);
  if (lua_isnil(L, 3)) {
    lua_newtable(L);
    lua_replace(L, 3);
  }
  luaL_checktype(L, 3, LUA_TTABLE);
  Encoder e{L, {}};
  bool ok = false;
  try {
    ok = EncodeRequest(e, op, timeout, &box->request);
  } catch (const std::exception&) {
    // Lua's own errors pass: by longjmp, or under LuaJIT as an exception of no
    // C++ type.
    Complain(e, "an exception in the client");
  }
  if (!ok) luaL_error(L, "%s: %s", op, e.error);
}

uint32_t CheckId(lua_State* L) {
  lua_Number id = luaL_checknumber(L, 2);
  luaL_argcheck(L, id >= 1 && id <= 4294967295.0, 2, "the id of a request");
  return static_cast<uint32_t>(id);
}

// Whether a function is to return false rather than wait; the notifier is then
// signalled when it is worth to call it again.
bool Polls(lua_State* L, int index) { return lua_toboolean(L, index) != 0; }

int PushFalse(lua_State* L) {
  lua_pushboolean(L, 0);
  return 1;
}

// Pushes the answer to `id`; nil and an error; nil, nil and the id where it is
// too large; false where it is not here and the caller `polls`.
int PushReceived(lua_State* L, SessionBox* box, uint32_t id, Seconds timeout,
                 double max_bytes, bool polls) {
  SessionBox::Received received;
  do {
    if (polls && !box->Arrived(id, timeout)) return PushFalse(L);
    received = box->Receive(id, polls ? 0 : timeout, max_bytes);
  } while (received == SessionBox::Received::kPart);
  if (received == SessionBox::Received::kFailed) {
    return PushError(L, box->error);
  }
  if (received == SessionBox::Received::kTooLarge) {
    lua_pushnil(L);
    lua_pushnil(L);
    PushInt(L, id);
    return 3;
  }
  PushAnswer(L, box->answer, &box->session.state());
  box->answer.clear();
  return 1;
}

double OptMaxBytes(lua_State* L, int index) {
  return luaL_optnumber(L, index, HUGE_VAL);
}

// `s:call(op, arguments, timeout, max_bytes)`: see PushReceived.
int Call(lua_State* L) {
  SessionBox* box = Check(L);
  Seconds timeout = OptTimeout(L, 4);
  double max_bytes = OptMaxBytes(L, 5);
  Encode(L, box, timeout);
  timeout = WithGrace(timeout);
  uint32_t id = 0;
  if (!box->Send(timeout, &id)) return PushError(L, box->error);
  return PushReceived(L, box, id, timeout, max_bytes, /*polls=*/false);
}

// `s:send(op, arguments, timeout, polls)`: the id; nil and an error; false.
int Send(lua_State* L) {
  SessionBox* box = Check(L);
  Seconds timeout = OptTimeout(L, 4);
  if (Polls(L, 5) && !box->CanSend()) return PushFalse(L);
  Encode(L, box, timeout);
  uint32_t id = 0;
  if (!box->Send(WithGrace(timeout), &id)) return PushError(L, box->error);
  PushInt(L, id);
  return 1;
}

// `s:receive(id, timeout, max_bytes, polls)`: see PushReceived.
int Receive(lua_State* L) {
  SessionBox* box = Check(L);
  return PushReceived(L, box, CheckId(L), OptTimeout(L, 3), OptMaxBytes(L, 4),
                      Polls(L, 5));
}

// `s:next(id, state, timeout, polls)`: the rows of the next message and whether
// there are more, `state.bytes` is their size; nil and an error; false.
int Next(lua_State* L) {
  SessionBox* box = Check(L);
  uint32_t id = CheckId(L);
  luaL_checktype(L, 3, LUA_TTABLE);
  Seconds timeout = OptTimeout(L, 4);
  if (Polls(L, 5)) {
    if (!box->Arrived(id, timeout)) return PushFalse(L);
    timeout = 0;
  }
  if (!box->ReceiveMessage(id, timeout)) return PushError(L, box->error);
  lua_pushnumber(L,
                 static_cast<lua_Number>(box->answer.front().payload.size()));
  lua_setfield(L, 3, "bytes");
  PushChunk(L, box->answer.front(), 3);
  lua_pushboolean(L, box->answer.front().head.more());
  box->answer.clear();
  return 2;
}

int Opened(lua_State* L) {
  lua_pushboolean(L, Check(L)->session.Opened());
  return 1;
}

int Finish(lua_State* L) {
  SessionBox* box = Check(L);
  if (!box->Finish()) return PushError(L, box->error);
  lua_pushboolean(L, 1);
  return 1;
}

int Renew(lua_State* L) {
  lua_pushboolean(L, Check(L)->Renew());
  return 1;
}

int Cancel(lua_State* L) {
  Check(L)->Cancel();
  return 0;
}

int State(lua_State* L) {
  const v1::SessionState& state = Check(L)->session.state();
  lua_createtable(L, 0, 5);
  lua_pushboolean(L, state.in_transaction());
  lua_setfield(L, -2, "in_transaction");
  lua_pushboolean(L, state.autocommit());
  lua_setfield(L, -2, "autocommit");
  PushUint(L, state.last_insert_id());
  lua_setfield(L, -2, "last_insert_id");
  PushUint(L, state.affected_rows());
  lua_setfield(L, -2, "affected_rows");
  PushUint(L, state.warning_count());
  lua_setfield(L, -2, "warning_count");
  return 1;
}

int InTransaction(lua_State* L) {
  lua_pushboolean(L, Check(L)->session.state().in_transaction());
  return 1;
}

int Alive(lua_State* L) {
  lua_pushboolean(L, Check(L)->Alive());
  return 1;
}

int Collect(lua_State* L) {
  SessionBox*& box = BoxAt(L, 1);
  if (!Forked()) delete box;
  box = nullptr;
  return 0;
}

int ToString(lua_State* L) {
  SessionBox* box = BoxAt(L, 1);
  bool open = box != nullptr && !Forked() && box->Alive();
  lua_pushfstring(L, "berth.session (%s)", open ? "open" : "ended");
  return 1;
}

}  // namespace

SessionBox** NewSession(lua_State* L) {
  auto** owner =
      static_cast<SessionBox**>(lua_newuserdata(L, sizeof(SessionBox*)));
  *owner = nullptr;
  luaL_getmetatable(L, kType);
  lua_setmetatable(L, -2);
  return owner;
}

void RegisterSession(lua_State* L) {
  // __close cancels: a session that was finished has nothing left to cancel.
  static const luaL_Reg kMethods[] = {{"call", Call},
                                      {"send", Send},
                                      {"receive", Receive},
                                      {"next", Next},
                                      {"opened", Opened},
                                      {"finish", Finish},
                                      {"renew", Renew},
                                      {"cancel", Cancel},
                                      {"state", State},
                                      {"alive", Alive},
                                      {"in_transaction", InTransaction},
                                      {"__gc", Collect},
                                      {"__close", Cancel},
                                      {"__tostring", ToString},
                                      {nullptr, nullptr}};
  RegisterType(L, kType, kMethods);
}

}  // namespace berth::lua
