// A private MariaDB.
#ifndef BERTH_TESTS_SUPPORT_MARIADB_SERVER_H_
#define BERTH_TESTS_SUPPORT_MARIADB_SERVER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/support/child_process.h"

namespace berth::test {

// A mariadbd with a data directory of its own below /tmp, on a Unix socket and
// on a free port of loopback. The account `root` has no password; so has
// `berth`, which has all rights. The database `berth` exists.
//
// Thread safety: `Sql` may be called from any thread, the rest from one.
class MariadbServer {
 public:
  // Aborts the test program, with MariaDB's log, if it does not start.
  explicit MariadbServer(std::vector<std::string> arguments = {});
  ~MariadbServer();

  std::string socket() const { return dir_.File("mariadb.sock"); }
  int port() const { return port_; }
  pid_t pid() const { return process_.pid(); }
  // All that it has logged.
  std::string Log() const { return ReadFile(dir_.File("mariadb.log")); }

  // Starts it again on the same data, socket and port.
  void Start();
  // In good order.
  void Stop();
  // SIGKILL.
  void Kill() { process_.Kill(); }
  // SIGSTOP and SIGCONT: connections stay open, nothing answers.
  void Freeze();
  void Thaw();
  void Restart() {
    Stop();
    Start();
  }

  // What the `mariadb` command-line client prints for `sql`: a line for each
  // row, tabs between columns, no heads, the last newline cut off. A failure is
  // one of the test.
  std::string Sql(absl::string_view sql, absl::string_view database = "berth");
  absl::StatusOr<std::string> TrySql(absl::string_view sql,
                                     absl::string_view database = "berth");

 private:
  void Install();

  TempDir dir_;
  const std::vector<std::string> arguments_;
  int port_ = 0;
  ChildProcess process_;
};

}  // namespace berth::test

#endif  // BERTH_TESTS_SUPPORT_MARIADB_SERVER_H_
