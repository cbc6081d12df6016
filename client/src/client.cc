#include "berth/client/client.h"

#include <google/protobuf/util/time_util.h>
#include <grpcpp/client_context.h>
#include <grpcpp/impl/client_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/rpc_method.h>

#include <utility>

#include "absl/strings/match.h"
#include "berth/v1/database.pb.h"
#include "client/src/channel.h"
#include "client/src/client_impl.h"
#include "client/src/status.h"

namespace berth::client {
namespace internal {
namespace {

using google::protobuf::MessageLite;

// Whether a failed call never reached a connection. gRPC names the numeric
// address as the peer once a call is on a connection, and before it the target
// as the program wrote it. Where the two look alike, as with Unix sockets, the
// answer is no.
bool NeverSent(const grpc::ClientContext& context) {
  std::string peer = context.peer();
  return !absl::StartsWith(peer, "ipv4:") && !absl::StartsWith(peer, "ipv6:") &&
         !absl::StartsWith(peer, "unix:");
}

absl::Status OpenOn(SessionStream& stream, v1::SessionRequest& open,
                    absl::Time deadline) {
  absl::StatusOr<uint32_t> id = stream.Send(open, deadline);
  if (!id.ok()) return id.status();
  return stream.Receive(*id, deadline).status();
}

}  // namespace

absl::Time DeadlineIn(absl::Duration timeout) {
  return timeout <= absl::ZeroDuration() ? absl::InfiniteFuture()
                                         : absl::Now() + timeout;
}

ClientImpl::ClientImpl(std::shared_ptr<grpc::Channel> channel, Options options)
    : channel_(std::move(channel)),
      options_(std::move(options)),
      authorization_(Authorization(options_)) {}

absl::Status ClientImpl::Unary(const char* method, const MessageLite& request,
                               MessageLite& response, Effect effect,
                               const CallOptions& options) const {
  grpc::ClientContext context;
  absl::Time deadline =
      DeadlineIn(options.timeout.value_or(options_.request_timeout));
  if (deadline != absl::InfiniteFuture()) {
    context.set_deadline(absl::ToChronoTime(deadline));
  }
  if (!authorization_.empty()) {
    context.AddMetadata("authorization", authorization_);
  }
  grpc::internal::RpcMethod rpc(method, /*suffix_for_stats=*/nullptr,
                                grpc::internal::RpcMethod::NORMAL_RPC);
  grpc::Status status =
      grpc::internal::BlockingUnaryCall<MessageLite, MessageLite>(
          channel_.get(), rpc, &context, request, &response);
  if (status.ok()) return absl::OkStatus();
  return FromRpc(status, NeverSent(context) ? Effect::kNone : effect);
}

absl::StatusOr<Session> ClientImpl::OpenSession(const SessionOptions& options) {
  absl::Duration timeout = options.open_timeout.value_or(options_.open_timeout);
  absl::Time deadline = DeadlineIn(timeout);
  v1::SessionRequest open;
  open.mutable_open()->set_database(
      options.database.empty() ? options_.database : options.database);
  // Without a limit of the caller's the service's own holds.
  if (timeout > absl::ZeroDuration() && timeout < absl::Hours(24)) {
    *open.mutable_open()->mutable_wait() =
        google::protobuf::util::TimeUtil::MicrosecondsToDuration(
            absl::ToInt64Microseconds(timeout));
  }
  std::unique_ptr<SessionStream> stream = TakeIdle();
  if (stream != nullptr) {
    absl::Status opened = OpenOn(*stream, open, deadline);
    // The service may have dropped the kept stream just now; opening changes
    // nothing, so another one may be tried.
    if (!opened.ok()) {
      if (stream->Alive() || !IsRetryable(opened)) return opened;
      stream = nullptr;
    }
  }
  if (stream == nullptr) {
    stream = std::make_unique<SessionStream>(channel_, authorization_);
    absl::Status opened = OpenOn(*stream, open, deadline);
    if (!opened.ok()) return opened;
  }
  return Session(std::make_unique<SessionImpl>(
      shared_from_this(), std::move(stream),
      options.request_timeout.value_or(options_.request_timeout)));
}

void ClientImpl::Keep(std::unique_ptr<SessionStream> stream) {
  // A stream that finds no room is cancelled here, outside of the lock.
  absl::MutexLock lock(&mu_);
  if (static_cast<int>(idle_.size()) < options_.max_idle_streams) {
    idle_.push_back(std::move(stream));
  }
}

std::unique_ptr<SessionStream> ClientImpl::TakeIdle() {
  while (true) {
    std::unique_ptr<SessionStream> stream;
    {
      absl::MutexLock lock(&mu_);
      if (idle_.empty()) return nullptr;
      stream = std::move(idle_.back());
      idle_.pop_back();
    }
    if (stream->Alive()) return stream;
  }
}

}  // namespace internal

namespace {

using internal::Effect;

// The shape of every unary call: fill in the database, call, take the answer.
template <typename Response, typename Request>
absl::StatusOr<Response> Call(const internal::ClientImpl& impl,
                              const char* method, Request& request,
                              Effect effect, const CallOptions& options) {
  if constexpr (requires { request.set_database(""); }) {
    if (request.database().empty()) {
      request.set_database(options.database.empty() ? impl.options().database
                                                    : options.database);
    }
  }
  Response response;
  absl::Status status = impl.Unary(method, request, response, effect, options);
  if (!status.ok()) return status;
  return response;
}

}  // namespace

Client::Client(std::shared_ptr<internal::ClientImpl> impl)
    : impl_(std::move(impl)) {}

absl::StatusOr<Client> Client::Connect(absl::string_view endpoint,
                                       Options options) {
  auto channel = internal::SharedChannel(endpoint, options);
  if (!channel.ok()) return channel.status();
  return Client(std::make_shared<internal::ClientImpl>(*std::move(channel),
                                                       std::move(options)));
}

absl::StatusOr<v1::ResultChunk> Client::Select(v1::SelectSpec spec,
                                               CallOptions options) const {
  v1::SelectRequest request;
  *request.mutable_select() = std::move(spec);
  auto response = Call<v1::SelectResponse>(*impl_, "/berth.v1.Database/Select",
                                           request, Effect::kNone, options);
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_result());
}

absl::StatusOr<v1::WriteResult> Client::Insert(v1::InsertSpec spec,
                                               CallOptions options) const {
  v1::InsertRequest request;
  *request.mutable_insert() = std::move(spec);
  auto response =
      Call<v1::InsertResponse>(*impl_, "/berth.v1.Database/Insert", request,
                               Effect::kMayBeDone, options);
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_result());
}

absl::StatusOr<v1::WriteResult> Client::Update(v1::UpdateSpec spec,
                                               CallOptions options) const {
  v1::UpdateRequest request;
  *request.mutable_update() = std::move(spec);
  auto response =
      Call<v1::UpdateResponse>(*impl_, "/berth.v1.Database/Update", request,
                               Effect::kMayBeDone, options);
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_result());
}

absl::StatusOr<v1::WriteResult> Client::Delete(v1::DeleteSpec spec,
                                               CallOptions options) const {
  v1::DeleteRequest request;
  *request.mutable_delete_() = std::move(spec);
  auto response =
      Call<v1::DeleteResponse>(*impl_, "/berth.v1.Database/Delete", request,
                               Effect::kMayBeDone, options);
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_result());
}

absl::StatusOr<std::vector<v1::ResultChunk>> Client::Execute(
    v1::Statement statement, CallOptions options) const {
  v1::ExecuteRequest request;
  *request.mutable_statement() = std::move(statement);
  auto response =
      Call<v1::ExecuteResponse>(*impl_, "/berth.v1.Database/Execute", request,
                                Effect::kMayBeDone, options);
  if (!response.ok()) return response.status();
  std::vector<v1::ResultChunk> results;
  results.reserve(response->results_size());
  for (v1::ResultChunk& result : *response->mutable_results()) {
    results.push_back(std::move(result));
  }
  return results;
}

absl::StatusOr<v1::RegisterResponse> Client::Register(
    v1::RegisterRequest request, CallOptions options) const {
  // Registering again does nothing, so a lost answer is safe to ask for again.
  return Call<v1::RegisterResponse>(*impl_, "/berth.v1.SchemaRegistry/Register",
                                    request, Effect::kMayBeDone, options);
}

absl::StatusOr<v1::PlanResponse> Client::PlanSchema(v1::PlanRequest request,
                                                    CallOptions options) const {
  return Call<v1::PlanResponse>(*impl_, "/berth.v1.SchemaRegistry/Plan",
                                request, Effect::kNone, options);
}

absl::StatusOr<v1::GetTableResponse> Client::GetTable(
    v1::GetTableRequest request, CallOptions options) const {
  return Call<v1::GetTableResponse>(*impl_, "/berth.v1.SchemaRegistry/GetTable",
                                    request, Effect::kNone, options);
}

absl::StatusOr<v1::ListTablesResponse> Client::ListTables(
    v1::ListTablesRequest request, CallOptions options) const {
  return Call<v1::ListTablesResponse>(*impl_,
                                      "/berth.v1.SchemaRegistry/ListTables",
                                      request, Effect::kNone, options);
}

absl::StatusOr<v1::GetPoolStatsResponse> Client::GetPoolStats(
    CallOptions options) const {
  v1::GetPoolStatsRequest request;
  return Call<v1::GetPoolStatsResponse>(*impl_, "/berth.v1.Admin/GetPoolStats",
                                        request, Effect::kNone, options);
}

absl::StatusOr<v1::GetServerInfoResponse> Client::GetServerInfo(
    CallOptions options) const {
  v1::GetServerInfoRequest request;
  return Call<v1::GetServerInfoResponse>(
      *impl_, "/berth.v1.Admin/GetServerInfo", request, Effect::kNone, options);
}

absl::StatusOr<Session> Client::OpenSession(SessionOptions options) const {
  return impl_->OpenSession(options);
}

}  // namespace berth::client
