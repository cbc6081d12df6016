// A berthd of the build tree.
#ifndef BERTH_TESTS_SUPPORT_BERTHD_PROCESS_H_
#define BERTH_TESTS_SUPPORT_BERTHD_PROCESS_H_

#include <string>

#include "berth/client/client.h"
#include "tests/support/child_process.h"
#include "tests/support/mariadb_server.h"

namespace berth::test {

// With these a client shows each error as the service gives it.
client::Options WithoutRetries();

// A berthd on a free port of loopback, in front of a MariadbServer.
class BerthdProcess {
 public:
  struct Options {
    // Sections of the configuration in YAML beside `listen`, `databases` and
    // `mariadb`, such as "pool:\n  max_size: 1\n".
    std::string config;
    // The YAML list of `databases`.
    std::string databases = "[berth]";
    // A port of loopback to reach MariaDB through, such as a TcpGate's; 0: its
    // Unix socket.
    int mariadb_port = 0;
  };

  // The path of the program.
  static const char* Program();

  // Aborts the test program, with berthd's log, if it is not ready in time.
  explicit BerthdProcess(const MariadbServer& mariadb)
      : BerthdProcess(mariadb, Options()) {}
  BerthdProcess(const MariadbServer& mariadb, const Options& options);
  // Prints the log if a test has failed. Aborts the test program if berthd
  // ended badly.
  ~BerthdProcess();

  // `127.0.0.1:port`.
  const std::string& endpoint() const { return endpoint_; }
  int port() const;
  pid_t pid() const { return process_.pid(); }
  // What it has written to standard output and standard error.
  std::string Log() const { return ReadFile(dir_.File("berthd.log")); }

  // A client of this berthd.
  client::Client Connect(client::Options options = {}) const;

  // SIGTERM, and waits. The status of waitpid.
  int Stop();
  // SIGKILL.
  void Kill() { process_.Kill(); }
  // SIGSTOP and SIGCONT.
  void Freeze();
  void Thaw();

 private:
  TempDir dir_;
  ChildProcess process_;
  std::string endpoint_;
};

}  // namespace berth::test

#endif  // BERTH_TESTS_SUPPORT_BERTHD_PROCESS_H_
