#include "server/rpc/admin_service.h"

#include <string>

#include "berth/v1/admin.pb.h"
#include "server/base/version.h"
#include "server/rpc/typed_handler.h"

namespace berth::rpc {
namespace {

using runtime::Task;

Task<absl::Status> GetPoolStats(const exec::Environment* environment,
                                Call& /*call*/,
                                v1::GetPoolStatsRequest& /*request*/,
                                std::string* response) {
  const pool::PoolStats stats = environment->pool->Stats();
  v1::GetPoolStatsResponse answer;
  answer.set_max_size(stats.max_size);
  answer.set_open(stats.open);
  answer.set_in_use(stats.in_use);
  answer.set_in_sessions(stats.in_sessions);
  answer.set_connecting(stats.connecting);
  answer.set_waiting(stats.waiting);
  if (stats.in_use > 0) {
    const int64_t nanos = absl::ToInt64Nanoseconds(stats.oldest_lease);
    answer.mutable_oldest_lease()->set_seconds(nanos / 1'000'000'000);
    answer.mutable_oldest_lease()->set_nanos(
        static_cast<int32_t>(nanos % 1'000'000'000));
  }
  answer.set_acquired(stats.acquired);
  answer.set_timeouts(stats.timeouts);
  answer.set_opened(stats.opened);
  answer.set_closed(stats.closed);
  answer.set_resets(stats.resets);
  answer.set_connect_failures(stats.connect_failures);
  *response = answer.SerializeAsString();
  co_return absl::OkStatus();
}

Task<absl::Status> GetServerInfo(const exec::Environment* environment,
                                 Call& /*call*/,
                                 v1::GetServerInfoRequest& /*request*/,
                                 std::string* response) {
  v1::GetServerInfoResponse answer;
  answer.set_version(kVersion);
  answer.set_mariadb_version(environment->pool->ServerVersion());
  answer.set_default_database(environment->databases->default_name());
  answer.set_max_rows(environment->unary_rows);
  answer.set_max_bytes(environment->unary_bytes);
  *response = answer.SerializeAsString();
  co_return absl::OkStatus();
}

}  // namespace

void ServeAdmin(const exec::Environment* environment, Server& server) {
  server.Handle("/berth.v1.Admin/GetPoolStats",
                TypedHandler(environment, &GetPoolStats));
  server.Handle("/berth.v1.Admin/GetServerInfo",
                TypedHandler(environment, &GetServerInfo));
}

}  // namespace berth::rpc
