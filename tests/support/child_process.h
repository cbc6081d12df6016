// Child processes of a test.
#ifndef BERTH_TESTS_SUPPORT_CHILD_PROCESS_H_
#define BERTH_TESTS_SUPPORT_CHILD_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace berth::test {

// One child. It dies with the thread that started it, however that ends, and
// it does not inherit BERTH_* variables.
class ChildProcess {
 public:
  struct Files {
    std::string in = "/dev/null";
    // Standard output; appended to.
    std::string out = "/dev/null";
    // Standard error; empty: where `out` goes.
    std::string err;
  };

  ChildProcess() = default;
  // Aborts the test program if the child cannot be made; a program that
  // cannot be run ends with 127.
  ChildProcess(const std::vector<std::string>& argv, const Files& files);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  // Kills it if it still runs.
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  bool running() const { return pid_ > 0; }

  void Signal(int signal);
  // Whether it has ended within `timeout`; then `exit_status` tells how.
  bool WaitFor(absl::Duration timeout);
  // SIGKILL, and waits.
  void Kill();
  // As waitpid gives it.
  int exit_status() const { return exit_status_; }

 private:
  pid_t pid_ = -1;
  int exit_status_ = -1;
};

// A directory below /tmp that is removed with the object.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// All of a file; empty if there is none.
std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, const std::string& text);

// A TCP port of loopback that is free at this moment.
int FreePort();

// Resident memory of a process in KiB; 0 if it is gone.
int64_t ResidentKiB(pid_t pid);

// How much a berthd may grow where `kib` is right: as many times more as
// BERTH_TEST_MEMORY_FACTOR says, for one under a sanitizer, whose shadow and
// quarantine grow with what is allocated.
int64_t AllowedKiB(int64_t kib);

}  // namespace berth::test

#endif  // BERTH_TESTS_SUPPORT_CHILD_PROCESS_H_
