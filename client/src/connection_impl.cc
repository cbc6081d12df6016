#include "client/src/connection_impl.h"

#include <google/protobuf/util/time_util.h>
#include <grpcpp/client_context.h>
#include <grpcpp/impl/client_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/rpc_method.h>

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "berth/v1/database.pb.h"
#include "client/src/channel.h"
#include "client/src/retry_loop.h"
#include "client/src/session_connection_impl.h"
#include "grpc/health/v1/health.pb.h"

namespace berth::client::internal {
namespace {

using google::protobuf::MessageLite;

// Whether a program may be sent again. Conflicts are not in it: the service has
// run the program again for them, as often as it was allowed to.
bool MayRepeatProgram(const absl::Status& status) {
  return IsSafeToRepeat(status) ||
         (IsSafeToRerun(status) && ReasonOf(status) == kTransactionLost);
}

// The time left until `deadline`, as a timeout that is never "no limit".
absl::Duration Remaining(Clock& clock, absl::Time deadline) {
  return std::max(deadline - clock.Now(), absl::Microseconds(1));
}

template <typename Response>
absl::StatusOr<v1::WriteResult> WriteOf(absl::StatusOr<Response> response) {
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_result());
}

}  // namespace

ConnectionImpl::ConnectionImpl(std::shared_ptr<grpc::Channel> channel,
                               Options options)
    : channel_(std::move(channel)),
      options_(std::move(options)),
      authorization_(Authorization(options_)),
      link_(channel_),
      streams_(std::make_shared<StreamPool>(channel_, authorization_,
                                            options_.max_idle_streams)) {}

absl::Status ConnectionImpl::Attempt(const char* method,
                                     const MessageLite& request,
                                     MessageLite& response, Effect effect,
                                     absl::Duration timeout) {
  const absl::Time deadline = timeout == absl::InfiniteDuration()
                                  ? absl::InfiniteFuture()
                                  : absl::Now() + timeout;
  // gRPC does not tell whether a failed call was sent. So a write starts only
  // on a connection: what fails before is not done, what fails after unknown.
  if (effect == Effect::kMayBeDone) {
    absl::Status connected = link_.Connect(deadline);
    if (!connected.ok()) return connected;
  }
  grpc::ClientContext context;
  if (timeout != absl::InfiniteDuration()) {
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
  if (!status.ok()) return FromRpc(status, effect);
  link_.NoteAnswer();
  return absl::OkStatus();
}

template <typename Response, typename Request>
absl::StatusOr<Response> ConnectionImpl::Call(const char* method,
                                              Request& request, Effect effect,
                                              const CallOptions& options,
                                              MayRepeat may_repeat) {
  if constexpr (requires { request.set_database(""); }) {
    if (request.database().empty()) {
      request.set_database(DatabaseOf(options.database));
    }
  }
  RetryPlan plan = PlanOf(options_);
  absl::Time deadline = DeadlineIn(
      plan.clock, options.timeout.value_or(options_.request_timeout));
  Response response;
  absl::Status status = RunWithRetries(
      plan, deadline,
      [&] {
        return Attempt(method, request, response, effect,
                       Remaining(plan.clock, deadline));
      },
      may_repeat);
  if (!status.ok()) return status;
  return response;
}

absl::StatusOr<v1::ResultChunk> ConnectionImpl::Select(SelectParams params) {
  v1::SelectRequest request;
  *request.mutable_select() = std::move(params.spec);
  auto response = Call<v1::SelectResponse>("/berth.v1.Database/Select", request,
                                           Effect::kNone, params.options);
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_result());
}

absl::StatusOr<v1::WriteResult> ConnectionImpl::Insert(InsertParams params) {
  v1::InsertRequest request;
  *request.mutable_insert() = std::move(params.spec);
  return WriteOf(Call<v1::InsertResponse>("/berth.v1.Database/Insert", request,
                                          Effect::kMayBeDone, params.options));
}

absl::StatusOr<v1::WriteResult> ConnectionImpl::Update(UpdateParams params) {
  v1::UpdateRequest request;
  *request.mutable_update() = std::move(params.spec);
  return WriteOf(Call<v1::UpdateResponse>("/berth.v1.Database/Update", request,
                                          Effect::kMayBeDone, params.options));
}

absl::StatusOr<v1::WriteResult> ConnectionImpl::Delete(DeleteParams params) {
  v1::DeleteRequest request;
  *request.mutable_delete_() = std::move(params.spec);
  return WriteOf(Call<v1::DeleteResponse>("/berth.v1.Database/Delete", request,
                                          Effect::kMayBeDone, params.options));
}

absl::StatusOr<std::vector<v1::ResultChunk>> ConnectionImpl::Execute(
    ExecuteParams params) {
  v1::ExecuteRequest request;
  *request.mutable_statement() = std::move(params.statement);
  auto response =
      Call<v1::ExecuteResponse>("/berth.v1.Database/Execute", request,
                                Effect::kMayBeDone, params.options);
  if (!response.ok()) return response.status();
  std::vector<v1::ResultChunk> results;
  results.reserve(response->results_size());
  for (v1::ResultChunk& result : *response->mutable_results()) {
    results.push_back(std::move(result));
  }
  return results;
}

absl::StatusOr<v1::TransactionResponse> ConnectionImpl::Transaction(
    TransactionParams params) {
  return Call<v1::TransactionResponse>("/berth.v1.Database/Transaction",
                                       params.request, Effect::kMayBeDone,
                                       params.options, MayRepeatProgram);
}

absl::StatusOr<v1::RegisterResponse> ConnectionImpl::Register(
    RegisterParams params) {
  return Call<v1::RegisterResponse>("/berth.v1.SchemaRegistry/Register",
                                    params.request, Effect::kMayBeDone,
                                    params.options);
}

absl::StatusOr<v1::PlanResponse> ConnectionImpl::PlanSchema(
    PlanSchemaParams params) {
  return Call<v1::PlanResponse>("/berth.v1.SchemaRegistry/Plan", params.request,
                                Effect::kNone, params.options);
}

absl::StatusOr<v1::GetTableResponse> ConnectionImpl::GetTable(
    GetTableParams params) {
  return Call<v1::GetTableResponse>("/berth.v1.SchemaRegistry/GetTable",
                                    params.request, Effect::kNone,
                                    params.options);
}

absl::StatusOr<v1::ListTablesResponse> ConnectionImpl::ListTables(
    ListTablesParams params) {
  return Call<v1::ListTablesResponse>("/berth.v1.SchemaRegistry/ListTables",
                                      params.request, Effect::kNone,
                                      params.options);
}

absl::StatusOr<v1::GetPoolStatsResponse> ConnectionImpl::GetPoolStats(
    GetPoolStatsParams params) {
  v1::GetPoolStatsRequest request;
  return Call<v1::GetPoolStatsResponse>("/berth.v1.Admin/GetPoolStats", request,
                                        Effect::kNone, params.options);
}

absl::StatusOr<v1::GetServerInfoResponse> ConnectionImpl::GetServerInfo(
    GetServerInfoParams params) {
  v1::GetServerInfoRequest request;
  return Call<v1::GetServerInfoResponse>(
      "/berth.v1.Admin/GetServerInfo", request, Effect::kNone, params.options);
}

absl::Status ConnectionImpl::CheckHealth(CheckHealthParams params) {
  namespace health = grpc::health::v1;
  health::HealthCheckRequest request;
  request.set_service(std::move(params.service));
  health::HealthCheckResponse response;
  // Whoever asks for health wants to know how it is now: one attempt.
  absl::Duration timeout =
      params.options.timeout.value_or(options_.request_timeout);
  absl::Status status = Attempt(
      "/grpc.health.v1.Health/Check", request, response, Effect::kNone,
      timeout > absl::ZeroDuration() ? timeout : absl::InfiniteDuration());
  if (!status.ok()) return status;
  if (response.status() == health::HealthCheckResponse::SERVING) {
    return absl::OkStatus();
  }
  return MakeError(absl::StatusCode::kUnavailable, kNotServing,
                   "the service answers, but does not serve", Outcome::kNotDone,
                   Retry::kLater);
}

absl::StatusOr<Session> ConnectionImpl::OpenSession(SessionOptions options) {
  absl::Duration timeout = options.open_timeout.value_or(options_.open_timeout);
  v1::OpenSession open;
  open.set_database(DatabaseOf(options.database));
  // Without a limit of the caller's the service's own holds.
  if (timeout > absl::ZeroDuration() && timeout < absl::Hours(24)) {
    *open.mutable_wait() =
        google::protobuf::util::TimeUtil::MicrosecondsToDuration(
            absl::ToInt64Microseconds(timeout));
  }
  if (options.lease_idle.has_value()) {
    *open.mutable_lease_idle() =
        google::protobuf::util::TimeUtil::MicrosecondsToDuration(
            absl::ToInt64Microseconds(*options.lease_idle));
  }
  const absl::Duration request_timeout =
      options.request_timeout.value_or(options_.request_timeout);
  if (options.open_with_first_request) {
    return Session(std::make_unique<SessionConnectionImpl>(
        streams_, std::move(open), std::move(options.on_event),
        request_timeout));
  }
  RetryPlan plan = PlanOf(options_);
  absl::Time deadline = DeadlineIn(plan.clock, timeout);
  std::unique_ptr<SessionStream> stream;
  absl::Status status = RunWithRetries(
      plan, deadline,
      [&] {
        auto opened =
            streams_->Open(open, options.on_event,
                           absl::Now() + Remaining(plan.clock, deadline));
        if (opened.ok()) stream = *std::move(opened);
        return opened.status();
      },
      IsSafeToRepeat);
  if (!status.ok()) return status;
  return Session(std::make_unique<SessionConnectionImpl>(
      streams_, std::move(open), std::move(stream), request_timeout));
}

}  // namespace berth::client::internal
