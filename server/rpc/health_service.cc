#include "server/rpc/health_service.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc/health/v1/health.pb.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/rpc/typed_handler.h"
#include "server/runtime/sleep_or_cancel.h"

namespace berth::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using runtime::Task;

// How often a watched state is looked at; nothing runs while nobody watches.
constexpr std::chrono::milliseconds kWatchInterval(500);

HealthCheckResponse::ServingStatus StatusOf(const Health& health,
                                            const std::string& service) {
  const bool known = service.empty() ||
                     std::find(health.services.begin(), health.services.end(),
                               service) != health.services.end();
  if (!known) return HealthCheckResponse::SERVICE_UNKNOWN;
  return health.serving() ? HealthCheckResponse::SERVING
                          : HealthCheckResponse::NOT_SERVING;
}

Task<absl::Status> Check(const Health* health, Call& /*call*/,
                         HealthCheckRequest& request, std::string* response) {
  HealthCheckResponse answer;
  answer.set_status(StatusOf(*health, request.service()));
  if (answer.status() == HealthCheckResponse::SERVICE_UNKNOWN) {
    co_return errors::Error(absl::StatusCode::kNotFound, errors::kInvalidField)
        .Message(absl::StrCat("this server has no service \"",
                              request.service(), "\""))
        .Field("service", "unknown");
  }
  *response = answer.SerializeAsString();
  co_return absl::OkStatus();
}

Task<absl::Status> Watch(const Health* health, Call& call, ByteStream& stream) {
  CO_ASSIGN_OR_RETURN(const HealthCheckRequest request,
                      co_await ReadRequest<HealthCheckRequest>(stream));
  std::optional<HealthCheckResponse::ServingStatus> told;
  while (!call.cancellation.cancelled()) {
    const auto status = StatusOf(*health, request.service());
    if (status != told) {
      HealthCheckResponse answer;
      answer.set_status(status);
      const bool sent = co_await stream.Write(answer.SerializeAsString());
      if (!sent) break;
      told = status;
    }
    co_await runtime::SleepOrCancel(kWatchInterval, &call.cancellation);
  }
  co_return absl::OkStatus();
}

}  // namespace

void ServeHealth(const Health* health, Server& server) {
  server.Handle("/grpc.health.v1.Health/Check", TypedHandler(health, &Check));
  server.HandleStream("/grpc.health.v1.Health/Watch",
                      [health](Call& call, ByteStream& stream) {
                        return Watch(health, call, stream);
                      });
}

}  // namespace berth::rpc
