#include "lua-client/src/box.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "berth/client/error.h"

namespace berth::lua {
namespace {

// The process in which gRPC was started; 0: none yet.
std::atomic<pid_t> first_process{0};

std::optional<absl::Duration> ToDuration(Seconds timeout) {
  if (timeout < 0) return std::nullopt;
  // Zero would mean no limit to the client; here it means: at once.
  return std::max(absl::Seconds(timeout), absl::Milliseconds(1));
}

// Runs `f`, a function that returns a Status, and keeps what goes wrong.
template <typename F>
bool Guard(ErrorParts& error, F f) noexcept {
  try {
    absl::Status status = f();
    if (status.ok()) return true;
    error.Take(status);
  } catch (const std::exception& e) {
    error.Take(absl::InternalError("an exception in the client"));
  }
  return false;
}

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

bool SessionBox::Call(Seconds timeout) noexcept {
  return Guard(error, [&] {
    auto result = session.Call(std::move(request), ToDuration(timeout));
    if (result.ok()) answer = *std::move(result);
    return result.status();
  });
}

bool SessionBox::Send(uint32_t* id) noexcept {
  return Guard(error, [&] {
    auto sent = session.Send(std::move(request));
    if (sent.ok()) *id = *sent;
    return sent.status();
  });
}

bool SessionBox::Receive(uint32_t id, Seconds timeout) noexcept {
  return Guard(error, [&] {
    auto result = session.Receive(id, ToDuration(timeout));
    if (result.ok()) answer = *std::move(result);
    return result.status();
  });
}

bool SessionBox::Finish() noexcept {
  return Guard(error, [&] { return session.End(); });
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
  first_process = getpid();
  auto connected = client::Client::Connect(endpoint, options);
  if (connected.ok()) client = *std::move(connected);
  return connected.status();
}

SessionBox* ChannelBox::OpenSession(Seconds timeout) noexcept {
  SessionBox* box = nullptr;
  Guard(error, [&] {
    if (absl::Status status = Connect(); !status.ok()) return status;
    client::SessionOptions session_options;
    session_options.database = database;
    session_options.open_timeout = ToDuration(timeout);
    auto session = client->OpenSession(session_options);
    if (session.ok()) box = new SessionBox(*std::move(session));
    return session.status();
  });
  return box;
}

bool ChannelBox::CallVerb(Seconds timeout) noexcept {
  return Guard(error, [&] {
    if (absl::Status status = Connect(); !status.ok()) return status;
    client::CallOptions call{.database = database,
                             .timeout = ToDuration(timeout)};
    answer.clear();
    auto take_write = [&](absl::StatusOr<v1::WriteResult> write) {
      if (write.ok())
        *answer.emplace_back().mutable_write() = *std::move(write);
      return write.status();
    };
    switch (request.request_case()) {
      case v1::SessionRequest::kSelect: {
        auto result =
            client->Select(std::move(*request.mutable_select()), call);
        if (result.ok()) {
          *answer.emplace_back().mutable_result() = *std::move(result);
        }
        return result.status();
      }
      case v1::SessionRequest::kInsert:
        return take_write(
            client->Insert(std::move(*request.mutable_insert()), call));
      case v1::SessionRequest::kUpdate:
        return take_write(
            client->Update(std::move(*request.mutable_update()), call));
      case v1::SessionRequest::kDelete:
        return take_write(
            client->Delete(std::move(*request.mutable_delete_()), call));
      default: {
        auto results =
            client->Execute(std::move(*request.mutable_execute()), call);
        if (!results.ok()) return results.status();
        for (v1::ResultChunk& result : *results) {
          *answer.emplace_back().mutable_result() = std::move(result);
        }
        return absl::OkStatus();
      }
    }
  });
}

bool ChannelBox::Prepare(const char* method) noexcept {
  auto is = [method](const char* name) {
    return std::strcmp(method, name) == 0;
  };
  Guard(error, [&] {
    message = nullptr;
    if (is("Register")) message = std::make_unique<v1::RegisterRequest>();
    if (is("PlanSchema")) message = std::make_unique<v1::PlanRequest>();
    if (is("GetTable")) message = std::make_unique<v1::GetTableRequest>();
    if (is("ListTables")) message = std::make_unique<v1::ListTablesRequest>();
    if (is("GetPoolStats")) {
      message = std::make_unique<v1::GetPoolStatsRequest>();
    }
    if (is("GetServerInfo")) {
      message = std::make_unique<v1::GetServerInfoRequest>();
    }
    return absl::OkStatus();
  });
  return message != nullptr;
}

bool ChannelBox::CallPrepared(Seconds timeout) noexcept {
  return Guard(error, [&] {
    if (absl::Status status = Connect(); !status.ok()) return status;
    client::CallOptions call{.database = {}, .timeout = ToDuration(timeout)};
    auto take = [&]<typename T>(absl::StatusOr<T> response) {
      if (response.ok()) reply = std::make_unique<T>(*std::move(response));
      return response.status();
    };
    if (auto* m = dynamic_cast<v1::RegisterRequest*>(message.get())) {
      return take(client->Register(std::move(*m), call));
    }
    if (auto* m = dynamic_cast<v1::PlanRequest*>(message.get())) {
      return take(client->PlanSchema(std::move(*m), call));
    }
    if (auto* m = dynamic_cast<v1::GetTableRequest*>(message.get())) {
      return take(client->GetTable(std::move(*m), call));
    }
    if (auto* m = dynamic_cast<v1::ListTablesRequest*>(message.get())) {
      return take(client->ListTables(std::move(*m), call));
    }
    if (dynamic_cast<v1::GetPoolStatsRequest*>(message.get()) != nullptr) {
      return take(client->GetPoolStats(call));
    }
    return take(client->GetServerInfo(call));
  });
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

bool Forked() { return first_process != 0 && first_process != getpid(); }

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
