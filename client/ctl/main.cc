// berthctl: Berth from the command line.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

#include "client/ctl/command.h"
#include "client/ctl/error_text.h"
#include "client/ctl/password_file.h"
#include "client/ctl/value_syntax.h"

namespace {

using berth::ctl::Action;
using berth::ctl::Format;

constexpr char kFooter[] = R"(
Values: text as it is; null; default; or KIND:TEXT with one of the kinds bool,
int, uint, double, text, blob (hexadecimal), decimal, json, date, datetime,
time; list:int:1,2,3 for IN (?). text:null is the text "null".

Exit codes: 0 done; 1 refused by the service or MariaDB, nothing was done;
2 wrong command line; 3 service unreachable; 4 service unhealthy; 5 nobody knows
whether a write was done.

Variables: BERTH_ENDPOINT, BERTH_DATABASE, BERTH_USER, BERTH_PASSWORD.

Examples:
  berthctl health
  berthctl schema list
  berthctl insert users name=Alice age=int:30
  berthctl select users --where 'age > ?' --param int:18 --output json
  berthctl exec 'SHOW PROCESSLIST'

berthctl COMMAND --help tells more of a command.)";

struct Flags {
  std::string endpoint = "127.0.0.1:7390";
  std::string timeout;
  std::string password_file;
  bool plaintext = false;
  Format format = Format::kTable;
  berth::client::Options options;
};

void AddFlags(CLI::App& app, Flags& flags) {
  app.add_option("-e,--endpoint", flags.endpoint,
                 "The service: HOST:PORT or unix:/path")
      ->envname("BERTH_ENDPOINT")
      ->capture_default_str();
  app.add_option("-d,--database", flags.options.database,
                 "The database; the service's default")
      ->envname("BERTH_DATABASE");
  app.add_option("-u,--user", flags.options.user,
                 "The user; the password is in BERTH_PASSWORD")
      ->envname("BERTH_USER");
  app.add_option("--password-file", flags.password_file,
                 "A file with the password, closed to other users; goes before "
                 "BERTH_PASSWORD")
      ->type_name("FILE");
  app.add_option("-t,--timeout", flags.timeout,
                 "The longest that the call may take, such as 5s; 60s")
      ->type_name("TIME");
  app.add_option("-o,--output", flags.format, "table, json or ndjson")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Format>{
                                              {"table", Format::kTable},
                                              {"json", Format::kJson},
                                              {"ndjson", Format::kNdjson}})
                      .description(""))
      ->type_name("FORMAT");
  app.add_flag("--plaintext", flags.plaintext,
               "Allow an unencrypted connection to another host");
}

absl::Status Run(Flags& flags, const Action& action) {
  if (const char* password = std::getenv("BERTH_PASSWORD")) {
    flags.options.password = password;
  }
  if (!flags.password_file.empty()) {
    auto password = berth::ctl::ReadPasswordFile(flags.password_file);
    if (!password.ok()) return password.status();
    flags.options.password = *std::move(password);
  }
  if (flags.plaintext) {
    flags.options.plaintext = berth::client::Plaintext::kAnywhere;
  }
  berth::client::CallOptions call;
  if (!flags.timeout.empty()) {
    auto timeout = berth::ctl::ParseTimeout(flags.timeout);
    if (!timeout.ok()) return timeout.status();
    call.timeout = *timeout;
  }
  auto client = berth::client::Client::Connect(flags.endpoint, flags.options);
  if (!client.ok()) return client.status();
  berth::ctl::Output output(flags.format, std::cout);
  berth::ctl::Context context = {*client, call, output};
  return action(context);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Reads and writes MariaDB through a Berth service.", "berthctl");
  Flags flags;
  Action action;
  app.fallthrough();  // before the commands, which inherit it
  AddFlags(app, flags);
  berth::ctl::AddDataCommands(app, action);
  berth::ctl::AddSchemaCommands(app, action);
  berth::ctl::AddServiceCommands(app, action);
  app.footer(kFooter);
  app.require_subcommand(1);
  app.set_version_flag("--version", "berthctl " BERTH_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? berth::ctl::kOk : berth::ctl::kUsage;
  }
  absl::Status status = Run(flags, action);
  if (!status.ok()) std::cerr << berth::ctl::ErrorText(status, flags.format);
  return berth::ctl::ExitCodeOf(status);
}
