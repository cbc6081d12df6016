// Unary calls: the box, and the call object that `ch:start` gives.
#include <cstring>
#include <exception>

#include "lua-client/src/box.h"
#include "lua-client/src/decode.h"
#include "lua-client/src/descriptors.h"
#include "lua-client/src/guard.h"
#include "lua-client/src/threads.h"

namespace berth::lua {
namespace {

constexpr char kType[] = "berth.call";

std::shared_ptr<CallBox>*& BoxAt(lua_State* L, int index) {
  return *static_cast<std::shared_ptr<CallBox>**>(
      luaL_checkudata(L, index, kType));
}

CallBox* Check(lua_State* L) {
  std::shared_ptr<CallBox>* box = BoxAt(L, 1);
  CheckFork(L);
  if (box == nullptr) luaL_error(L, "the call's result was taken");
  return box->get();
}

int Ready(lua_State* L) {
  lua_pushboolean(L, Check(L)->done.load(std::memory_order_acquire));
  return 1;
}

int Collect(lua_State* L) {
  std::shared_ptr<CallBox>*& box = BoxAt(L, 1);
  if (!Forked()) delete box;
  box = nullptr;
  return 0;
}

int Take(lua_State* L) {
  CallBox* box = Check(L);
  if (!box->done.load(std::memory_order_acquire)) {
    return luaL_error(L, "the call is not done");
  }
  if (!box->ok) return PushError(L, box->error);
  if (box->reply != nullptr) {
    PushMessage(L, *box->reply);
  } else {
    PushAnswer(L, box->answer, nullptr);
  }
  return 1;
}

}  // namespace

bool CallBox::Prepare(const char* method) noexcept {
  static const char* const kRequests[][2] = {
      {"Register", "berth.v1.RegisterRequest"},
      {"PlanSchema", "berth.v1.PlanRequest"},
      {"GetTable", "berth.v1.GetTableRequest"},
      {"ListTables", "berth.v1.ListTablesRequest"},
      {"GetPoolStats", "berth.v1.GetPoolStatsRequest"},
      {"GetServerInfo", "berth.v1.GetServerInfoRequest"}};
  Guard(error, [&] {
    message = nullptr;
    for (const auto& request : kRequests) {
      if (std::strcmp(request[0], method) == 0)
        message = NewMessage(request[1]);
    }
    return absl::OkStatus();
  });
  return message != nullptr;
}

void CallBox::Run() noexcept {
  ok = Guard(error,
             [&] { return message != nullptr ? RunMessage() : RunVerb(); });
  done.store(true, std::memory_order_release);
}

void CallBox::Add(client::WireMessage::Kind kind,
                  const google::protobuf::MessageLite& payload) {
  client::WireMessage& message = answer.emplace_back();
  message.kind = kind;
  payload.SerializeToString(&message.payload);
}

absl::Status CallBox::RunVerb() {
  client::CallOptions call{.database = database,
                           .timeout = ToDuration(timeout)};
  auto take_write = [&](absl::StatusOr<v1::WriteResult> write) {
    if (write.ok()) Add(client::WireMessage::Kind::kWrite, *write);
    return write.status();
  };
  switch (request.request_case()) {
    case v1::SessionRequest::kSelect: {
      auto result = client->Select(std::move(*request.mutable_select()), call);
      if (result.ok()) Add(client::WireMessage::Kind::kResult, *result);
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
      for (const v1::ResultChunk& result : *results) {
        Add(client::WireMessage::Kind::kResult, result);
      }
      return absl::OkStatus();
    }
  }
}

absl::Status CallBox::RunMessage() {
  client::CallOptions call{.database = {}, .timeout = ToDuration(timeout)};
  const std::string bytes = message->SerializeAsString();
  // The generated type has no reflection, the other one is not generated: they
  // meet on the wire.
  auto made_for = [&](google::protobuf::MessageLite& request) {
    return request.GetTypeName() == message->GetTypeName() &&
           request.ParseFromString(bytes);
  };
  auto take = [&]<typename T>(absl::StatusOr<T> response) {
    if (!response.ok()) return response.status();
    reply = NewMessage(response->GetTypeName().c_str());
    reply->ParseFromString(response->SerializeAsString());
    return absl::OkStatus();
  };
  if (v1::RegisterRequest request; made_for(request)) {
    return take(client->Register(std::move(request), call));
  }
  if (v1::PlanRequest request; made_for(request)) {
    return take(client->PlanSchema(std::move(request), call));
  }
  if (v1::GetTableRequest request; made_for(request)) {
    return take(client->GetTable(std::move(request), call));
  }
  if (v1::ListTablesRequest request; made_for(request)) {
    return take(client->ListTables(std::move(request), call));
  }
  if (v1::GetPoolStatsRequest request; made_for(request)) {
    return take(client->GetPoolStats(call));
  }
  return take(client->GetServerInfo(call));
}

bool RunOnWorker(std::shared_ptr<CallBox> call,
                 std::shared_ptr<Notifier> notifier, uint32_t key) noexcept {
  try {
    RunOnWorker([call = std::move(call), notifier = std::move(notifier), key] {
      call->Run();
      notifier->Signal(key);
    });
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

std::shared_ptr<CallBox>** NewCall(lua_State* L) {
  auto** owner = static_cast<std::shared_ptr<CallBox>**>(
      lua_newuserdata(L, sizeof(std::shared_ptr<CallBox>*)));
  *owner = nullptr;
  luaL_getmetatable(L, kType);
  lua_setmetatable(L, -2);
  return owner;
}

void RegisterCall(lua_State* L) {
  static const luaL_Reg kMethods[] = {
      {"ready", Ready}, {"take", Take}, {"__gc", Collect}, {nullptr, nullptr}};
  RegisterType(L, kType, kMethods);
}

}  // namespace berth::lua
