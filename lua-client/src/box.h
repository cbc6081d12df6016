// What the userdata own: C++ objects on the heap, out of the reach of longjmp.
//
// The functions of the boxes call no Lua and throw nothing; where they fail
// they leave an error for `PushError`.
#ifndef BERTH_LUA_CLIENT_SRC_BOX_H_
#define BERTH_LUA_CLIENT_SRC_BOX_H_

#include <google/protobuf/message.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "berth/client/client.h"
#include "lua-client/src/lua_compat.h"

namespace berth::lua {

// An error, taken apart so that it can be pushed without making C++ objects.
struct ErrorParts {
  void Take(const absl::Status& status) noexcept;

  std::string message, code, status, outcome, retry, sqlstate;
  bool retryable = false;
  long errno_value = 0;
  std::map<std::string, std::string> metadata;
  std::vector<std::pair<std::string, std::string>> fields;
};

// Seconds of a call; negative: the default.
using Seconds = double;

struct SessionBox {
  explicit SessionBox(client::Session session) : session(std::move(session)) {}

  // Sends `request` and fills `answer`.
  bool Call(Seconds timeout) noexcept;
  bool Send(uint32_t* id) noexcept;
  bool Receive(uint32_t id, Seconds timeout) noexcept;
  bool Finish() noexcept;
  void Cancel() noexcept;
  bool Alive() noexcept;

  client::Session session;
  v1::SessionRequest request;
  std::vector<v1::SessionResponse> answer;
  ErrorParts error;
};

struct ChannelBox {
  // Opens a session; null where it fails.
  SessionBox* OpenSession(Seconds timeout) noexcept;
  // Makes a unary call of the verb in `request`; fills `answer`.
  bool CallVerb(Seconds timeout) noexcept;
  // Prepares `message` and `reply` for a method that is no verb; false if there
  // is no such method.
  bool Prepare(const char* method) noexcept;
  // Makes the unary call that was prepared; fills `reply`.
  bool CallPrepared(Seconds timeout) noexcept;

  std::string endpoint;
  client::Options options;
  // The database of the call or session at hand; empty: the default.
  std::string database;
  v1::SessionRequest request;
  std::vector<v1::SessionResponse> answer;
  std::unique_ptr<google::protobuf::Message> message, reply;
  ErrorParts error;
  bool closed = false;
  // Made at the first use: gRPC starts threads, which a fork does not survive.
  std::optional<client::Client> client;

 private:
  absl::Status Connect();
};

// Pushes nil and an error table; returns 2.
int PushError(lua_State* L, const ErrorParts& error);

// Raises an error if gRPC was started before a fork.
void CheckFork(lua_State* L);
// Whether gRPC was started in another process: nothing may be touched then.
bool Forked();

// The functions that the module and the channel have; see module.cc.
void RegisterChannel(lua_State* L);
void RegisterSession(lua_State* L);
int Connect(lua_State* L);
// Pushes an empty userdata for a session, which becomes its owner.
SessionBox** NewSession(lua_State* L);
// Reads an optional number of seconds; -1 where there is none.
Seconds OptTimeout(lua_State* L, int index);

}  // namespace berth::lua

#endif  // BERTH_LUA_CLIENT_SRC_BOX_H_
