// berthd: a gRPC service in front of MariaDB.
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "server/app/berthd.h"
#include "server/app/flags.h"
#include "server/app/hash_password.h"
#include "server/app/signals.h"
#include "server/base/log.h"
#include "server/config/printer.h"
#include "server/config/reader.h"

namespace {

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "berthd: %s\n", std::string(status.message()).c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  int exit_code = 0;
  std::optional<berth::app::Flags> flags =
      berth::app::ParseFlags(argc, argv, &exit_code);
  if (!flags.has_value()) return exit_code;
  if (flags->hash_password) return berth::app::HashPasswordFromInput();
  absl::StatusOr<berth::config::Config> config =
      berth::config::Read(flags->sources);
  if (!config.ok()) return Fail(config.status());
  if (flags->print_config) {
    std::fputs(berth::config::Print(*config).c_str(), stdout);
    return 0;
  }
  if (flags->check_config) {
    std::puts("the configuration is good");
    return 0;
  }
  berth::log::Configure(config->log.level, config->log.format);
  berth::app::HoldStopSignals();

  berth::app::Berthd berthd(*std::move(config), flags->embedded);
  const absl::Status started = berthd.Start();
  if (!started.ok()) {
    berthd.Stop();
    return Fail(started);
  }
  std::printf("berthd ready on %s\n", berthd.address().c_str());
  std::fflush(stdout);
  berth::app::WaitForStopSignal();
  berth::log::Info("stopping");
  berthd.Stop();
  return 0;
}
