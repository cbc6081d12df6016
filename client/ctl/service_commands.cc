// health, pool.
#include <google/protobuf/util/time_util.h>

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "berth/client/error.h"
#include "berth/client/value.h"
#include "client/ctl/command.h"

namespace berth::ctl {
namespace {

using client::ToValue;

constexpr absl::Duration kHealthTimeout = absl::Seconds(5);

absl::Status Health(Context& context) {
  client::CallOptions options = context.options;
  if (!options.timeout.has_value()) options.timeout = kHealthTimeout;
  absl::Status status = context.client.CheckHealth("", options);
  if (!status.ok()) return status;
  context.output.Facts({{"status", ToValue("serving")}});
  return absl::OkStatus();
}

absl::Status Pool(Context& context) {
  auto info = context.client.GetServerInfo(context.options);
  if (!info.ok()) return info.status();
  auto pool = context.client.GetPoolStats(context.options);
  if (!pool.ok()) return pool.status();
  std::optional<double> oldest;
  if (pool->has_oldest_lease()) {
    oldest = google::protobuf::util::TimeUtil::DurationToMilliseconds(
                 pool->oldest_lease()) /
             1e3;
  }
  context.output.Facts({
      {"berthd", ToValue(info->version())},
      {"mariadb", ToValue(info->mariadb_version())},
      {"database", ToValue(info->default_database())},
      {"max_size", ToValue(pool->max_size())},
      {"open", ToValue(pool->open())},
      {"in_use", ToValue(pool->in_use())},
      {"connecting", ToValue(pool->connecting())},
      {"waiting", ToValue(pool->waiting())},
      {"oldest_lease_seconds", ToValue(oldest)},
      {"acquired", ToValue(pool->acquired())},
      {"timeouts", ToValue(pool->timeouts())},
      {"opened", ToValue(pool->opened())},
      {"closed", ToValue(pool->closed())},
      {"resets", ToValue(pool->resets())},
      {"connect_failures", ToValue(pool->connect_failures())},
  });
  return absl::OkStatus();
}

}  // namespace

void AddServiceCommands(CLI::App& app, Action& action) {
  CLI::App* health =
      app.add_subcommand("health", "Ask whether the service serves");
  health->callback([&action] { action = Health; });
  health->footer(R"(
Waits 5 s at most, unless --timeout says otherwise. Exit code 0: it serves;
4: it answers, and does not serve; 3: no answer.

Examples:
  berthctl health
  until berthctl health >/dev/null 2>&1; do sleep 1; done)");
  CLI::App* pool =
      app.add_subcommand("pool", "Tell how the connection pool stands");
  pool->callback([&action] { action = Pool; });
  pool->footer(R"(
Examples:
  berthctl pool
  berthctl pool --output json | jq .waiting)");
}

}  // namespace berth::ctl
