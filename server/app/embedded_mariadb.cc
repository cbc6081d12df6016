#include "server/app/embedded_mariadb.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "server/base/status_macros.h"

namespace berth::app {
namespace {

namespace fs = std::filesystem;

// Launches within a minute after which the supervisor gives up: the first one
// and five more.
constexpr size_t kLaunchesPerMinute = 6;
constexpr absl::Duration kFirstPause = absl::Milliseconds(200);
constexpr absl::Duration kStopGrace = absl::Seconds(10);
constexpr absl::Duration kInstallTimeout = absl::Minutes(5);
// Between two looks whether mariadbd answers.
constexpr absl::Duration kPollInterval = absl::Milliseconds(20);
constexpr size_t kPasswordBytes = 24;

Secret RandomPassword() {
  char bytes[kPasswordBytes];
  // Up to 256 bytes come whole, unless the kernel's pool is not yet seeded.
  while (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes)) {
  }
  std::string text =
      absl::BytesToHexString(absl::string_view(bytes, sizeof(bytes)));
  Secret password(text);
  explicit_bzero(bytes, sizeof(bytes));
  explicit_bzero(text.data(), text.size());
  return password;
}

// Whether a MariaDB greets on this socket. It does so only after it has run
// its --init-file.
bool Greets(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval timeout = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  // Three bytes of length, one of number, and the protocol's version, 10; an
  // error has 255 in its place.
  unsigned char head[5] = {};
  const bool greets =
      fd >= 0 &&
      connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) ==
          0 &&
      recv(fd, head, sizeof(head), MSG_WAITALL) == sizeof(head) &&
      head[4] == 10;
  if (fd >= 0) {
    close(fd);
  }
  return greets;
}

std::vector<std::string> ServerCommand(const MariadbPrograms& programs,
                                       const EmbeddedFiles& files) {
  std::vector<std::string> argv = {
      programs.server,
      "--no-defaults",  // First: whatever /etc/mysql says is not for us.
      absl::StrCat("--datadir=", files.data()),
      absl::StrCat("--socket=", files.socket()),
      absl::StrCat("--pid-file=", files.pid()),
      absl::StrCat("--log-error=", files.log()),
      absl::StrCat("--init-file=", files.init_sql()),
      // The account may do all, but not write where berthd's user may.
      absl::StrCat("--secure-file-priv=", files.files()),
      // Not /tmp: a mariadbd that starts clears it of temporary tables, those
      // of others too.
      absl::StrCat("--tmpdir=", files.temporary()),
      "--skip-networking",
      "--max-connections=200",
      "--character-set-server=utf8mb4",
      "--innodb-buffer-pool-size=128M",
      "--innodb-flush-log-at-trx-commit=1",
      "--performance-schema=OFF",
  };
  if (geteuid() == 0) {
    argv.push_back("--user=root");  // MariaDB refuses root unless told so.
  }
  return argv;
}

}  // namespace

absl::StatusOr<std::unique_ptr<EmbeddedMariadb>> EmbeddedMariadb::Start(
    EmbeddedOptions options) {
  std::unique_ptr<EmbeddedMariadb> mariadb(
      new EmbeddedMariadb(std::move(options)));
  RETURN_IF_ERROR(mariadb->AwaitStart());
  return mariadb;
}

absl::Status EmbeddedMariadb::AwaitStart() {
  MutexLock lock(&start_mutex_);
  while (!start_status_.has_value()) start_changed_.Wait(&start_mutex_);
  return *start_status_;
}

EmbeddedMariadb::EmbeddedMariadb(EmbeddedOptions options)
    : options_(std::move(options)),
      password_(RandomPassword()),
      root_password_(RandomPassword()),
      stop_fd_(eventfd(0, EFD_CLOEXEC)) {
  MutexLock lock(&join_mutex_);
  supervisor_ = std::thread([this] { Supervise(); });
}

EmbeddedMariadb::~EmbeddedMariadb() {
  Stop();
  close(stop_fd_);
}

void EmbeddedMariadb::Stop() {
  eventfd_write(stop_fd_, 1);
  MutexLock lock(&join_mutex_);
  if (supervisor_.joinable()) {
    supervisor_.join();
  }
}

void EmbeddedMariadb::Supervise() {
  // Signals belong to berthd's main thread.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  absl::Status started = Prepare();
  if (started.ok()) {
    socket_ = files_->socket();
    started = Launch();
  }
  const bool running = started.ok();
  {
    MutexLock lock(&start_mutex_);
    start_status_ = std::move(started);
    start_changed_.SignalAll();
  }
  while (running && WaitForDeath()) {
    options_.log(absl::StrCat("MariaDB has ended with ", process_->result(),
                              "; ", files_->LogTail()));
    if (!Relaunch()) {
      break;
    }
  }
  if (process_.has_value()) {
    process_->Stop(kStopGrace);
  }
  process_.reset();
  files_.reset();
}

absl::Status EmbeddedMariadb::Prepare() {
  ASSIGN_OR_RETURN(programs_, FindMariadb());
  ASSIGN_OR_RETURN(files_, EmbeddedFiles::Open(options_.data_dir));
  RETURN_IF_ERROR(StopOrphans(files_->new_data()));
  RETURN_IF_ERROR(StopOrphans(files_->data()));
  return fs::exists(files_->data()) ? absl::OkStatus() : Install();
}

absl::Status EmbeddedMariadb::StopOrphans(const std::string& data) {
  const std::string argument = absl::StrCat("--datadir=", data);
  const absl::Time start = absl::Now();
  int last_signal = 0;
  for (;;) {
    // Asked anew each time: a number may be given to another process, and a
    // process that has ended but is not waited for has no arguments.
    const std::vector<pid_t> orphans = FindProcesses("mariadbd", argument);
    if (orphans.empty()) {
      return absl::OkStatus();
    }
    const absl::Duration waited = absl::Now() - start;
    if (waited > 2 * kStopGrace) {
      return absl::FailedPreconditionError(
          absl::StrCat("process ", orphans[0], " still runs on ", data,
                       " and cannot be stopped"));
    }
    const int signal = waited > kStopGrace ? SIGKILL : SIGTERM;
    if (signal != last_signal) {
      options_.log(absl::StrCat("stopping a MariaDB that was left behind ",
                                "(process ", orphans[0], ")"));
      for (const pid_t orphan : orphans) {
        kill(orphan, signal);
      }
      last_signal = signal;
    }
    absl::SleepFor(kPollInterval);
  }
}

absl::Status EmbeddedMariadb::Install() {
  options_.log(absl::StrCat("creating a database for MariaDB ",
                            programs_.version, " in ", options_.data_dir,
                            " (first start only)"));
  const std::string data = files_->new_data();
  std::error_code error;
  files_->MarkLog();
  fs::remove_all(data, error);  // Left by an attempt that was cut off.
  // Without --user, root or not: the installer's chown fails on a blank in the
  // path, and its mariadbd takes root as it is.
  const std::vector<std::string> argv = {
      programs_.installer,
      "--no-defaults",
      absl::StrCat("--datadir=", data),
      absl::StrCat("--tmpdir=", files_->install_temporary()),
      "--auth-root-authentication-method=normal",
      "--skip-test-db",
      "--skip-name-resolve",
  };
  ASSIGN_OR_RETURN(ChildProcess installer,
                   ChildProcess::Start(argv, files_->log()));
  if (!installer.WaitFor(kInstallTimeout)) {
    installer.Stop(kStopGrace);
  }
  if (!installer.succeeded()) {
    return absl::InternalError(absl::StrCat(programs_.installer, " ended with ",
                                            installer.result(), "; ",
                                            files_->LogTail()));
  }
  fs::rename(data, files_->data(), error);
  return error ? absl::InternalError(absl::StrCat("cannot rename ", data, ": ",
                                                  error.message()))
               : absl::OkStatus();
}

absl::Status EmbeddedMariadb::Launch() {
  const absl::Time start = absl::Now();
  launches_.push_back(start);
  files_->MarkLog();
  RETURN_IF_ERROR(files_->WriteInitSql(user_, password_, root_password_));
  unlink(socket_.c_str());  // Of one that was killed.
  ASSIGN_OR_RETURN(
      process_,
      ChildProcess::Start(ServerCommand(programs_, *files_), files_->log()));
  while (!Greets(socket_)) {
    if (process_->WaitFor(absl::ZeroDuration())) {
      return absl::InternalError(absl::StrCat("MariaDB did not start (",
                                              process_->result(), "); ",
                                              files_->LogTail()));
    }
    if (absl::Now() - start > options_.start_timeout) {
      return absl::DeadlineExceededError(
          absl::StrCat("MariaDB does not answer after ",
                       absl::FormatDuration(options_.start_timeout), "; ",
                       files_->LogTail()));
    }
    if (!Pause(kPollInterval)) {
      return absl::CancelledError("stopped while MariaDB was starting");
    }
  }
  files_->RemoveInitSql();
  options_.log(absl::StrFormat("MariaDB %s is up (process %d, %.1f s)",
                               programs_.version, process_->pid(),
                               absl::ToDoubleSeconds(absl::Now() - start)));
  return absl::OkStatus();
}

bool EmbeddedMariadb::WaitForDeath() {
  pollfd fds[] = {{process_->exit_fd(), 0, 0}, {stop_fd_, POLLIN, 0}};
  while (poll(fds, 2, -1) < 0) {
  }
  return fds[1].revents == 0 && process_->WaitFor(absl::InfiniteDuration());
}

bool EmbeddedMariadb::Relaunch() {
  for (;;) {
    while (!launches_.empty() &&
           absl::Now() - launches_.front() > absl::Minutes(1)) {
      launches_.pop_front();
    }
    if (launches_.size() >= kLaunchesPerMinute) {
      options_.log(
          absl::StrCat("MariaDB has ended ", launches_.size(),
                       " times within a minute and is not started again; ",
                       files_->LogTail()));
      return false;
    }
    const size_t earlier = launches_.empty() ? 0 : launches_.size() - 1;
    if (!Pause(kFirstPause * (1 << earlier))) {
      return false;
    }
    const absl::Status status = Launch();
    if (status.ok()) {
      return true;
    }
    options_.log(status.message());
    process_->Stop(kStopGrace);
  }
}

bool EmbeddedMariadb::Pause(absl::Duration pause) {
  pollfd stop = {stop_fd_, POLLIN, 0};
  return poll(&stop, 1, static_cast<int>(absl::ToInt64Milliseconds(pause))) <=
         0;
}

}  // namespace berth::app
