#include "server/app/embedded_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

namespace berth::app {
namespace {

// The descriptor that the program keeps open for as long as it runs.
constexpr int kLifeFd = 3;

// Becomes the program. Runs between fork and exec in a process with threads:
// only async-signal-safe calls, no memory, no locks.
[[noreturn]] void BecomeProgram(char* const* argv, pid_t parent, int input,
                                int output, int life) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) {
    _exit(126);  // The parent ended before the line above.
  }
  setpgid(0, 0);
  for (int signal = 1; signal < NSIG; ++signal) {
    ::signal(signal, SIG_DFL);  // Ignored ones would stay ignored.
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  // The three are above 3, so that no dup2 overwrites another's source.
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  dup2(life, kLifeFd);
  close_range(kLifeFd + 1, ~0U, 0);
  execv(argv[0], argv);
  _exit(127);
}

// `fd`, or a copy of it above kLifeFd; closes what it copied.
int MoveUp(int fd) {
  if (fd < 0 || fd > kLifeFd) {
    return fd;
  }
  const int moved = fcntl(fd, F_DUPFD_CLOEXEC, kLifeFd + 1);
  close(fd);
  return moved;
}

absl::Status Errno(absl::string_view what) {
  return absl::InternalError(absl::StrCat(what, ": ", strerror(errno)));
}

}  // namespace

absl::StatusOr<ChildProcess> ChildProcess::Start(
    const std::vector<std::string>& argv, const std::string& output) {
  std::vector<char*> pointers;
  pointers.reserve(argv.size() + 1);
  for (const std::string& argument : argv) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  int life[2];
  if (pipe2(life, O_CLOEXEC) != 0) {
    return Errno("pipe");
  }
  const int exit_fd = life[0];
  const int life_fd = MoveUp(life[1]);
  const int in_fd = MoveUp(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int out_fd = MoveUp(
      open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  absl::Status status;
  pid_t pid = -1;
  if (life_fd < 0 || in_fd < 0 || out_fd < 0) {
    status = Errno(absl::StrCat("cannot write ", output));
  } else {
    const pid_t parent = getpid();
    pid = fork();
    if (pid == 0) {
      BecomeProgram(pointers.data(), parent, in_fd, out_fd, life_fd);
    }
    if (pid < 0) {
      status = Errno("fork");
    }
  }
  for (const int fd : {life_fd, in_fd, out_fd}) {
    if (fd >= 0) {
      close(fd);
    }
  }
  if (!status.ok()) {
    close(exit_fd);
    return status;
  }
  return ChildProcess(pid, exit_fd);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      exit_fd_(std::exchange(other.exit_fd_, -1)),
      result_(std::move(other.result_)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(exit_fd_, other.exit_fd_);
  std::swap(result_, other.result_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    WaitFor(absl::InfiniteDuration());
  }
  if (exit_fd_ >= 0) {
    close(exit_fd_);
  }
}

bool ChildProcess::WaitFor(absl::Duration timeout) {
  if (pid_ < 0) {
    return true;
  }
  const absl::Time deadline = absl::Now() + timeout;
  pollfd ended = {exit_fd_, 0, 0};
  for (;;) {
    const int64_t left = absl::ToInt64Milliseconds(
        std::min(deadline - absl::Now(), absl::Hours(1)));
    const int n = poll(&ended, 1, static_cast<int>(std::max<int64_t>(left, 0)));
    if (n > 0) {
      break;
    }
    if (n == 0 && left <= 0) {
      return false;
    }
  }
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  result_ = WIFSIGNALED(status)
                ? absl::StrCat("signal ", WTERMSIG(status))
                : absl::StrCat("exit status ", WEXITSTATUS(status));
  return true;
}

void ChildProcess::Stop(absl::Duration grace) {
  if (pid_ < 0) {
    return;
  }
  kill(pid_, SIGTERM);
  if (!WaitFor(grace)) {
    kill(pid_, SIGKILL);
    WaitFor(absl::InfiniteDuration());
  }
}

std::vector<pid_t> FindProcesses(const std::string& program,
                                 const std::string& argument) {
  std::vector<pid_t> found;
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc", error)) {
    pid_t pid = 0;
    struct stat info;
    if (!absl::SimpleAtoi(entry.path().filename().string(), &pid) ||
        stat(entry.path().c_str(), &info) != 0 || info.st_uid != geteuid()) {
      continue;
    }
    std::ifstream file(entry.path() / "cmdline", std::ios::binary);
    const std::string line{std::istreambuf_iterator<char>(file), {}};
    const std::vector<std::string> argv = absl::StrSplit(line, '\0');
    if (std::filesystem::path(argv[0]).filename() == program &&
        std::find(argv.begin(), argv.end(), argument) != argv.end()) {
      found.push_back(pid);
    }
  }
  return found;
}

}  // namespace berth::app
