// A child process that does not outlive its parent.
#ifndef BERTH_SERVER_APP_EMBEDDED_PROCESS_H_
#define BERTH_SERVER_APP_EMBEDDED_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace berth::app {

// A running program. It has its own process group (a Ctrl-C at the terminal
// reaches only the parent, which decides what to do), no input, no inherited
// descriptors and no blocked signals. The kernel sends it SIGTERM when the
// *thread* that started it ends, even if by SIGKILL: start it from a thread
// that lives as long.
//
// Belongs to one thread.
class ChildProcess {
 public:
  // Starts the program `argv[0]` (a path). Its output is appended to the file
  // `output`.
  static absl::StatusOr<ChildProcess> Start(
      const std::vector<std::string>& argv, const std::string& output);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  // Kills the program if it still runs.
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  // Polls as hung up when the program has ended.
  int exit_fd() const { return exit_fd_; }

  // Waits for the end of the program; false if it still runs after `timeout`.
  bool WaitFor(absl::Duration timeout);
  // SIGTERM, and SIGKILL if that has no effect within `grace`.
  void Stop(absl::Duration grace);
  // How it ended, once WaitFor() was true: "exit status 1", "signal 9".
  const std::string& result() const { return result_; }
  bool succeeded() const { return result_ == "exit status 0"; }

 private:
  ChildProcess(pid_t pid, int exit_fd) : pid_(pid), exit_fd_(exit_fd) {}

  pid_t pid_ = -1;  // -1: ended and waited for.
  // The reading end of a pipe whose writing end only the program has.
  int exit_fd_ = -1;
  std::string result_;
};

// Processes of this user whose name is `program` and that have the argument
// `argument`.
std::vector<pid_t> FindProcesses(const std::string& program,
                                 const std::string& argument);

}  // namespace berth::app

#endif  // BERTH_SERVER_APP_EMBEDDED_PROCESS_H_
