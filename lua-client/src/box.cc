#include "lua-client/src/box.h"

#include <pthread.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "absl/time/clock.h"
#include "berth/client/error.h"
#include "lua-client/src/guard.h"

namespace berth::lua {
namespace {

// Whether gRPC was started in a parent of this process. Set by a handler of
// fork, because asking for the process's id is a system call.
std::atomic<bool> forked{false};

// The longest that an answer without a timeout is waited for.
constexpr absl::Duration kLongest = absl::Seconds(60);

}  // namespace

void ErrorParts::Take(const absl::Status& from) noexcept {
  try {
    message = std::string(from.message());
    status = absl::StatusCodeToString(from.code());
    metadata = client::AllMetadataOf(from);
    code = client::ReasonOf(from);
    if (code.empty()) code = "INTERNAL";
    outcome = metadata.count("outcome") != 0 ? metadata["outcome"] : "UNKNOWN";
    retry = metadata.count("retry") != 0 ? metadata["retry"] : "NEVER";
    sqlstate = metadata.count("sqlstate") != 0 ? metadata["sqlstate"] : "";
    errno_value = metadata.count("errno") != 0
                      ? std::strtol(metadata["errno"].c_str(), nullptr, 10)
                      : 0;
    retryable = client::IsRetryable(from);
    fields = client::FieldsOf(from);
  } catch (const std::exception&) {
    // Out of memory: what is filled in by now must do.
  }
}

bool SessionBox::Send(Seconds timeout, uint32_t* id) noexcept {
  return Guard(error, [&] {
    auto sent = session.Send(std::move(request), ToDuration(timeout));
    if (sent.ok()) *id = *sent;
    return sent.status();
  });
}

SessionBox::Received SessionBox::Receive(uint32_t id, Seconds timeout,
                                         double max_bytes) noexcept {
  Received received = Received::kFailed;
  bool ok = Guard(error, [&] {
    std::optional<absl::Duration> limit = ToDuration(timeout);
    std::optional<absl::Time> deadline;
    if (limit.has_value()) deadline = absl::Now() + *limit;
    while (true) {
      if (deadline.has_value()) limit = *deadline - absl::Now();
      auto message = session.ReceiveWireMessage(id, limit);
      if (!message.ok()) return message.status();
      answer.push_back(*std::move(message));
      if (!answer.back().head.more()) {
        received = Received::kWhole;
        return absl::OkStatus();
      }
      answer_bytes += static_cast<double>(answer.back().payload.size());
      if (answer_bytes > max_bytes) {
        received = Received::kTooLarge;
        return absl::OkStatus();
      }
      if (!session.Ready(id, /*one_message=*/true)) {
        received = Received::kPart;
        return absl::OkStatus();
      }
    }
  });
  if (!ok || received == Received::kTooLarge) answer.clear();
  if (!ok) received = Received::kFailed;
  if (received != Received::kPart) {
    answer_bytes = 0;
    awaited_id_ = 0;
  }
  return received;
}

bool SessionBox::ReceiveMessage(uint32_t id, Seconds timeout) noexcept {
  awaited_id_ = 0;
  return Guard(error, [&] {
    auto message = session.ReceiveWireMessage(id, ToDuration(timeout));
    answer.clear();
    if (message.ok()) answer.push_back(*std::move(message));
    return message.status();
  });
}

bool SessionBox::Arrived(uint32_t id, Seconds timeout) noexcept {
  bool arrived = true;  // a failure is told by what follows
  Guard(error, [&] {
    arrived = session.Ready(id, /*one_message=*/true);
    if (arrived) return absl::OkStatus();
    const absl::Time now = absl::Now();
    if (awaited_id_ != id) {
      awaited_id_ = id;
      deadline_ = now + ToDuration(timeout).value_or(kLongest);
    }
    arrived = now >= deadline_;
    if (!arrived && notifier != nullptr) {
      notifier->SetTimer(key, absl::ToDoubleSeconds(deadline_ - now));
    }
    return absl::OkStatus();
  });
  return arrived;
}

bool SessionBox::CanSend() noexcept {
  bool can = true;
  Guard(error, [&] {
    can = session.CanSend();
    return absl::OkStatus();
  });
  return can;
}

bool SessionBox::Finish() noexcept {
  return Guard(error, [&] { return session.End(); });
}

bool SessionBox::Renew() noexcept {
  bool renewed = false;
  Guard(error, [&] {
    renewed = session.Renew();
    return absl::OkStatus();
  });
  return renewed;
}

void SessionBox::Cancel() noexcept {
  Guard(error, [&] {
    session.Cancel();
    return absl::OkStatus();
  });
}

bool SessionBox::Alive() noexcept {
  bool alive = false;
  Guard(error, [&] {
    alive = session.Alive();
    return absl::OkStatus();
  });
  return alive;
}

absl::Status ChannelBox::Connect() {
  if (client.has_value()) return absl::OkStatus();
  WatchForks();
  auto connected = client::Client::Connect(endpoint, options);
  if (connected.ok()) client = *std::move(connected);
  return connected.status();
}

SessionBox* ChannelBox::OpenSession(Seconds timeout, Seconds lease_idle,
                                    NotifierBox* notifier, uint32_t key,
                                    bool open_with_first_request) noexcept {
  SessionBox* box = nullptr;
  Guard(error, [&] {
    if (absl::Status status = Connect(); !status.ok()) return status;
    client::SessionOptions session_options;
    session_options.database = database;
    session_options.open_timeout = ToDuration(timeout);
    session_options.lease_idle = ToDuration(lease_idle);
    session_options.open_with_first_request = open_with_first_request;
    if (notifier != nullptr) {
      session_options.on_event = [to = notifier->notifier, key] {
        to->Signal(key);
      };
    }
    auto session = client->OpenSession(session_options);
    if (session.ok()) {
      box = new SessionBox(*std::move(session));
      if (notifier != nullptr) box->notifier = notifier->notifier;
      box->key = key;
    }
    return session.status();
  });
  return box;
}

std::shared_ptr<CallBox>* ChannelBox::NewCall() noexcept {
  std::shared_ptr<CallBox>* call = nullptr;
  Guard(error, [&] {
    if (absl::Status status = Connect(); !status.ok()) return status;
    call = new std::shared_ptr<CallBox>(std::make_shared<CallBox>());
    (*call)->client = client;
    return absl::OkStatus();
  });
  return call;
}

int PushError(lua_State* L, const ErrorParts& error) {
  auto set = [L](const char* name, const std::string& text) {
    lua_pushlstring(L, text.data(), text.size());
    lua_setfield(L, -2, name);
  };
  luaL_checkstack(L, 8, "an error");
  lua_pushnil(L);
  lua_createtable(L, 0, 10);
  set("message", error.message);
  set("code", error.code);
  set("status", error.status);
  set("outcome", error.outcome);
  set("retry", error.retry);
  if (!error.sqlstate.empty()) set("sqlstate", error.sqlstate);
  if (error.errno_value != 0) {
    lua_pushinteger(L, error.errno_value);
    lua_setfield(L, -2, "errno");
  }
  lua_pushboolean(L, error.retryable);
  lua_setfield(L, -2, "retryable");
  lua_newtable(L);
  for (const auto& entry : error.metadata) {
    set(entry.first.c_str(), entry.second);
  }
  lua_setfield(L, -2, "metadata");
  lua_newtable(L);
  int n = 0;
  for (const auto& field : error.fields) {
    lua_createtable(L, 0, 2);
    set("field", field.first);
    set("description", field.second);
    lua_rawseti(L, -2, ++n);
  }
  lua_setfield(L, -2, "fields");
  return 2;
}

void RegisterType(lua_State* L, const char* type, const luaL_Reg* methods) {
  luaL_newmetatable(L, type);
  BerthSetFunctions(L, methods);
  lua_pushstring(L, type);
  lua_setfield(L, -2, "__name");
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

void WatchForks() {
  static const int watched =
      pthread_atfork(nullptr, nullptr, [] { forked = true; });
  static_cast<void>(watched);
}

bool Forked() { return forked.load(std::memory_order_relaxed); }

void CheckFork(lua_State* L) {
  if (Forked()) luaL_error(L, "berth was used before fork()");
}

Seconds OptTimeout(lua_State* L, int index) {
  if (lua_isnoneornil(L, index)) return -1;
  Seconds timeout = luaL_checknumber(L, index);
  if (timeout != timeout)
    luaL_argerror(L, index, "NaN is no number of seconds");
  return timeout < 0 ? 0 : timeout;
}

}  // namespace berth::lua
