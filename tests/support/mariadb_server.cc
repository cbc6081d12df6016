#include "tests/support/mariadb_server.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/support/wait.h"

namespace berth::test {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(1);
// Small, since it is written out for every server.
constexpr char kLogFileSize[] = "--innodb-log-file-size=16M";

[[noreturn]] void Die(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

}  // namespace

MariadbServer::MariadbServer(std::vector<std::string> arguments)
    : arguments_(std::move(arguments)) {
  Install();
  port_ = FreePort();
  Start();
  Sql("CREATE USER berth@localhost; CREATE USER berth@'127.0.0.1';"
      "GRANT ALL ON *.* TO berth@localhost WITH GRANT OPTION;"
      "GRANT ALL ON *.* TO berth@'127.0.0.1' WITH GRANT OPTION;"
      "CREATE DATABASE berth CHARACTER SET utf8mb4",
      "");
}

MariadbServer::~MariadbServer() {
  if (!process_.running()) return;
  Thaw();
  process_.Kill();  // The data is thrown away anyway.
}

void MariadbServer::Install() {
  const std::string log = dir_.File("install.log");
  ChildProcess::Files files;
  files.out = log;
  ChildProcess installer({"mariadb-install-db", "--no-defaults",
                          absl::StrCat("--datadir=", dir_.File("data")),
                          absl::StrCat("--tmpdir=", dir_.path()), kLogFileSize,
                          "--auth-root-authentication-method=normal",
                          "--skip-test-db", "--skip-name-resolve"},
                         files);
  if (!installer.WaitFor(kPatience) || installer.exit_status() != 0) {
    Die(absl::StrCat("mariadb-install-db has failed:\n", ReadFile(log)));
  }
}

void MariadbServer::Start() {
  std::vector<std::string> argv = {
      "/usr/sbin/mariadbd", "--no-defaults",
      absl::StrCat("--datadir=", dir_.File("data")),
      // Not /tmp: a mariadbd that starts clears it of temporary tables, those
      // of others too.
      absl::StrCat("--tmpdir=", dir_.path()),
      absl::StrCat("--socket=", socket()), absl::StrCat("--port=", port_),
      "--bind-address=127.0.0.1", absl::StrCat("--pid-file=", dir_.File("pid")),
      "--skip-name-resolve", "--character-set-server=utf8mb4",
      "--innodb-buffer-pool-size=64M", kLogFileSize,
      "--innodb-flush-log-at-trx-commit=2", "--performance-schema=OFF",
      "--max-connections=300"};
  if (geteuid() == 0) argv.push_back("--user=root");
  argv.insert(argv.end(), arguments_.begin(), arguments_.end());
  ChildProcess::Files files;
  files.out = dir_.File("mariadb.log");
  process_ = ChildProcess(argv, files);
  const bool up = Eventually(
      [this] {
        if (process_.WaitFor(absl::ZeroDuration())) return true;
        return access(socket().c_str(), F_OK) == 0 && TrySql("DO 0", "").ok();
      },
      kPatience);
  if (!up || !process_.running()) {
    Die(absl::StrCat("mariadbd does not start:\n", Log()));
  }
}

void MariadbServer::Stop() {
  process_.Signal(SIGTERM);
  if (!process_.WaitFor(kPatience)) process_.Kill();
}

void MariadbServer::Freeze() { process_.Signal(SIGSTOP); }

void MariadbServer::Thaw() { process_.Signal(SIGCONT); }

std::string MariadbServer::Sql(absl::string_view sql,
                               absl::string_view database) {
  absl::StatusOr<std::string> output = TrySql(sql, database);
  if (output.ok()) return *std::move(output);
  ADD_FAILURE() << output.status() << "\nin " << sql.substr(0, 500);
  return std::string();
}

absl::StatusOr<std::string> MariadbServer::TrySql(absl::string_view sql,
                                                  absl::string_view database) {
  static std::atomic<int> calls{0};
  const std::string name = dir_.File(absl::StrCat("sql.", ++calls));
  ChildProcess::Files files;
  files.in = name + ".in";
  files.out = name + ".out";
  files.err = name + ".err";
  WriteFile(files.in, std::string(sql));
  ChildProcess client(
      {"mariadb", "--no-defaults", "--user=root",
       absl::StrCat("--socket=", socket()), "--batch", "--raw",
       "--skip-column-names", "--binary-mode", "--max-allowed-packet=64M",
       "--default-character-set=utf8mb4",
       absl::StrCat("--database=", database)},
      files);
  const bool ended = client.WaitFor(kPatience);
  const std::string output = ReadFile(files.out);
  const std::string error = ReadFile(files.err);
  for (const std::string& file : {files.in, files.out, files.err}) {
    unlink(file.c_str());
  }
  if (!ended || client.exit_status() != 0) return absl::InternalError(error);
  return std::string(absl::StripSuffix(output, "\n"));
}

}  // namespace berth::test
