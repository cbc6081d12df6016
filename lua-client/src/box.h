// What the userdata own: C++ objects on the heap, out of the reach of longjmp.
//
// The functions of the boxes call no Lua and throw nothing; where they fail
// they leave an error for `PushError`.
#ifndef BERTH_LUA_CLIENT_SRC_BOX_H_
#define BERTH_LUA_CLIENT_SRC_BOX_H_

#include <google/protobuf/message.h>

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "berth/client/client.h"
#include "lua-client/src/lua_compat.h"
#include "lua-client/src/notifier.h"

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

struct NotifierBox {
  std::shared_ptr<Notifier> notifier;
  std::vector<uint32_t> keys;  // the last ones taken
  std::string text;
};

struct SessionBox {
  explicit SessionBox(client::Session session) : session(std::move(session)) {}

  // What an answer has come to.
  enum class Received { kWhole, kPart, kTooLarge, kFailed };

  bool Send(Seconds timeout, uint32_t* id) noexcept;
  // Whether something of the answer to `id` can be taken now, or its time is
  // up: `timeout` seconds after the first call for it. Else the notifier is
  // signalled once that may be so.
  bool Arrived(uint32_t id, Seconds timeout) noexcept;
  // Fills `answer`. With an event loop it returns `kPart` rather than wait for
  // the rest, and is to be called again. An answer of several messages that
  // have more than `max_bytes` together is `kTooLarge`: what follows of it is
  // not read.
  Received Receive(uint32_t id, Seconds timeout, double max_bytes) noexcept;
  // Fills `answer` with one message of an answer.
  bool ReceiveMessage(uint32_t id, Seconds timeout) noexcept;
  bool CanSend() noexcept;
  bool Finish() noexcept;
  // Makes it a session that opens with its next request.
  bool Renew() noexcept;
  void Cancel() noexcept;
  bool Alive() noexcept;

  client::Session session;
  v1::SessionRequest request;
  std::vector<client::WireMessage> answer;
  double answer_bytes = 0;
  ErrorParts error;
  // Who is told of events, with an event loop.
  std::shared_ptr<Notifier> notifier;
  uint32_t key = 0;

 private:
  // The request that is waited for, and until when.
  uint32_t awaited_id_ = 0;
  absl::Time deadline_;
};

// One unary call, which a worker may make.
struct CallBox {
  // Prepares `message` for a method that is no verb; false if there is no such
  // method.
  bool Prepare(const char* method) noexcept;
  // Makes the call of `message`, or that of the verb in `request`; leaves its
  // result in `reply`, in `answer`, or in `error`.
  void Run() noexcept;

  std::optional<client::Client> client;
  std::string database;
  Seconds timeout = -1;
  v1::SessionRequest request;
  std::vector<client::WireMessage> answer;
  std::unique_ptr<google::protobuf::Message> message, reply;
  ErrorParts error;
  bool ok = false;
  // Set once a worker has done all of the above.
  std::atomic<bool> done = false;

 private:
  void Add(client::WireMessage::Kind kind,
           const google::protobuf::MessageLite& payload);
  absl::Status RunVerb();
  absl::Status RunMessage();
};

struct ChannelBox {
  // Opens a session; null where it fails. `lease_idle` is the longest that it
  // may hold its connection idle; negative: the service's.
  SessionBox* OpenSession(Seconds timeout, Seconds lease_idle,
                          NotifierBox* notifier, uint32_t key,
                          bool open_with_first_request) noexcept;
  // A call to be filled; null where it fails.
  std::shared_ptr<CallBox>* NewCall() noexcept;

  std::string endpoint;
  client::Options options;
  // The database of the session at hand; empty: the default.
  std::string database;
  ErrorParts error;
  bool closed = false;
  // Made at the first use: gRPC starts threads, which a fork does not survive.
  std::optional<client::Client> client;

 private:
  absl::Status Connect();
};

// Makes the call on a worker, which then signals the key.
bool RunOnWorker(std::shared_ptr<CallBox> call,
                 std::shared_ptr<Notifier> notifier, uint32_t key) noexcept;

// Pushes nil and an error table; returns 2.
int PushError(lua_State* L, const ErrorParts& error);

// To be called before threads start, so that forks are noticed.
void WatchForks();
// Raises an error if gRPC was started before a fork.
void CheckFork(lua_State* L);
// Whether gRPC was started in another process: nothing may be touched then.
bool Forked();

// The functions that the module and the channel have; see module.cc.
void RegisterChannel(lua_State* L);
void RegisterSession(lua_State* L);
void RegisterCall(lua_State* L);
void RegisterNotifier(lua_State* L);
// Makes a metatable whose methods are `methods`.
void RegisterType(lua_State* L, const char* type, const luaL_Reg* methods);
int NewNotifier(lua_State* L);
// The notifier at `index`; null where there is none.
NotifierBox* OptNotifier(lua_State* L, int index);
// Pushes an empty userdata for a call, which becomes its owner.
std::shared_ptr<CallBox>** NewCall(lua_State* L);
int Connect(lua_State* L);
// `object(state, metatable)`: a full userdata that keeps the table `state`.
int NewObject(lua_State* L);
// `object_state(value, metatable)`: what the value keeps, if it is an object of
// that metatable; else nil.
int StateOfObject(lua_State* L);
// Pushes an empty userdata for a session, which becomes its owner.
SessionBox** NewSession(lua_State* L);
// Reads an optional number of seconds; -1 where there is none.
Seconds OptTimeout(lua_State* L, int index);

}  // namespace berth::lua

#endif  // BERTH_LUA_CLIENT_SRC_BOX_H_
