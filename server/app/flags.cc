#include "server/app/flags.h"

#include <CLI/CLI.hpp>
#include <string>

#include "server/base/version.h"

namespace berth::app {

std::optional<Flags> ParseFlags(int argc, char** argv, int* exit_code) {
  Flags flags;
  std::string listen;
  std::string port;
  std::string data_dir;
  CLI::App app(
      "berthd: a gRPC service in front of MariaDB.\n\n"
      "  berthd --embedded           starts a private MariaDB of its own\n"
      "  berthd --config FILE        uses an existing MariaDB\n\n"
      "Every key of the configuration can also be set in the environment: "
      "mariadb.host as BERTH_MARIADB_HOST.",
      "berthd");
  app.add_option("--config", flags.sources.file, "The configuration, in YAML");
  app.add_flag("--embedded", flags.embedded,
               "Start a private MariaDB; stops with berthd");
  app.add_option("--data-dir", data_dir,
                 "Where the private MariaDB keeps its data");
  auto* listen_option =
      app.add_option("--listen", listen, "Where to serve gRPC: HOST:PORT");
  app.add_option("--port", port, "The port to serve on loopback")
      ->excludes(listen_option);
  app.add_flag("--check-config", flags.check_config,
               "Check the configuration and exit");
  app.add_flag("--print-config", flags.print_config,
               "Print every key with its meaning and value, and exit");
  app.add_flag("--hash-password", flags.hash_password,
               "Read a password from standard input, print its hash for "
               "security.users_file, and exit");
  app.set_version_flag("--version", std::string("berthd ") + kVersion);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    *exit_code = app.exit(error);
    return std::nullopt;
  }
  flags.sources.environment = config::ProcessEnvironment();
  auto override_with = [&flags](const char* key, const std::string& value,
                                const char* origin) {
    if (value.empty()) return;
    config::Override setting;
    setting.key = key;
    setting.value = value;
    setting.origin = origin;
    flags.sources.overrides.push_back(setting);
  };
  override_with("listen", listen, "--listen");
  if (!port.empty()) override_with("listen", "127.0.0.1:" + port, "--port");
  override_with("embedded.data_dir", data_dir, "--data-dir");
  return flags;
}

}  // namespace berth::app
