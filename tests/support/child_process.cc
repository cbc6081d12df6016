#include "tests/support/child_process.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "tests/support/wait.h"

namespace berth::test {
namespace {

[[noreturn]] void Die(const char* what) {
  std::perror(what);
  std::abort();
}

std::vector<char*> Environment() {
  std::vector<char*> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (std::strncmp(*entry, "BERTH_", 6) != 0) result.push_back(*entry);
  }
  result.push_back(nullptr);
  return result;
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& argv,
                           const Files& files) {
  std::vector<char*> arguments;
  for (const std::string& argument : argv) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  std::vector<char*> environment = Environment();
  const int in = open(files.in.c_str(), O_RDONLY | O_CLOEXEC);
  const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
  const int out = open(files.out.c_str(), flags, 0600);
  const int err =
      files.err.empty() ? out : open(files.err.c_str(), flags, 0600);
  if (in < 0 || out < 0 || err < 0) Die("open");
  pid_ = fork();
  if (pid_ < 0) Die("fork");
  if (pid_ == 0) {  // Only calls that are safe between fork and exec.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    dup2(in, 0);
    dup2(out, 1);
    dup2(err, 2);
    execvpe(arguments[0], arguments.data(), environment.data());
    _exit(127);
  }
  close(in);
  close(out);
  if (err != out) close(err);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), exit_status_(other.exit_status_) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(exit_status_, other.exit_status_);
  return *this;
}

ChildProcess::~ChildProcess() { Kill(); }

void ChildProcess::Signal(int signal) {
  if (pid_ > 0) kill(pid_, signal);
}

bool ChildProcess::WaitFor(absl::Duration timeout) {
  return Eventually(
      [this] {
        if (pid_ <= 0) return true;
        if (waitpid(pid_, &exit_status_, WNOHANG) == 0) return false;
        pid_ = -1;
        return true;
      },
      timeout);
}

void ChildProcess::Kill() {
  Signal(SIGKILL);
  WaitFor(absl::InfiniteDuration());
}

TempDir::TempDir() {
  char path[] = "/tmp/berth-test-XXXXXX";
  if (mkdtemp(path) == nullptr) Die("mkdtemp");
  path_ = path;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void WriteFile(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    Die("bind");
  }
  close(fd);
  return ntohs(address.sin_port);
}

int64_t ResidentKiB(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::atoll(line.c_str() + 6);
  }
  return 0;
}

int64_t AllowedKiB(int64_t kib) {
  const char* factor = std::getenv("BERTH_TEST_MEMORY_FACTOR");
  return factor == nullptr ? kib : kib * std::atoll(factor);
}

}  // namespace berth::test
