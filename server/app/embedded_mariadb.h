// A private MariaDB that lives and dies with berthd (`berthd --embedded`).
#ifndef BERTH_SERVER_APP_EMBEDDED_MARIADB_H_
#define BERTH_SERVER_APP_EMBEDDED_MARIADB_H_

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/app/embedded_files.h"
#include "server/app/embedded_process.h"
#include "server/base/mutex.h"
#include "server/base/secret.h"

namespace berth::app {

struct EmbeddedOptions {
  // Where the data lives; made on first start, kept between starts.
  std::string data_dir;
  // How long mariadbd may take to answer; recovery of a large database after
  // a crash takes its time.
  absl::Duration start_timeout = absl::Minutes(2);
  // Takes one line about what happens, from Start()'s thread and the
  // supervisor's, never both at once.
  std::function<void(absl::string_view line)> log = [](absl::string_view) {};
};

// Runs mariadbd on a Unix socket, without TCP, with passwords that are new at
// each start. A mariadbd that dies is started again, at most five times a
// minute. One that a killed berthd left behind is stopped first.
//
// Its methods may be called from any thread.
class EmbeddedMariadb {
 public:
  // Returns once mariadbd answers: within a second, or some seconds on first
  // start. Fails with NOT_FOUND if MariaDB is not installed, with
  // FAILED_PRECONDITION if it is too old or the data directory is in use, and
  // otherwise with what MariaDB's log says.
  static absl::StatusOr<std::unique_ptr<EmbeddedMariadb>> Start(
      EmbeddedOptions options);

  EmbeddedMariadb(const EmbeddedMariadb&) = delete;
  EmbeddedMariadb& operator=(const EmbeddedMariadb&) = delete;
  ~EmbeddedMariadb();

  // How to connect. The account has all rights; it stays the same, and so do
  // the others, when mariadbd is started again.
  const std::string& socket() const { return socket_; }
  const std::string& user() const { return user_; }
  const Secret& password() const { return password_; }

  // Stops mariadbd cleanly, within ten seconds or by force.
  void Stop();

 private:
  explicit EmbeddedMariadb(EmbeddedOptions options);

  // Waits for the supervisor's word on how the start went.
  absl::Status AwaitStart() ABSL_LOCKS_EXCLUDED(start_mutex_);
  // The supervisor thread. Only it starts processes, since a child dies with
  // the thread that started it.
  void Supervise();
  absl::Status Prepare();
  // Stops what a killed berthd left behind on this data directory.
  absl::Status StopOrphans(const std::string& data);
  absl::Status Install();
  // Starts mariadbd and waits until it answers.
  absl::Status Launch();
  // Waits until mariadbd has died (true) or Stop() was called (false).
  bool WaitForDeath();
  // Starts mariadbd again after a pause; false if that must end.
  bool Relaunch();
  // Waits for `pause`; false if Stop() was called.
  bool Pause(absl::Duration pause);

  const EmbeddedOptions options_;
  const std::string user_ = "berth";
  const Secret password_;
  const Secret root_password_;
  std::string socket_;  // Set before Start() returns, never after.

  // Only the supervisor thread uses these.
  std::unique_ptr<EmbeddedFiles> files_;
  MariadbPrograms programs_;
  std::optional<ChildProcess> process_;
  std::deque<absl::Time> launches_;  // Of the last minute.

  Mutex start_mutex_;
  CondVar start_changed_;
  std::optional<absl::Status> start_status_ ABSL_GUARDED_BY(start_mutex_);
  int stop_fd_;  // An eventfd: readable when the supervisor must end.
  Mutex join_mutex_;
  std::thread supervisor_ ABSL_GUARDED_BY(join_mutex_);
};

}  // namespace berth::app

#endif  // BERTH_SERVER_APP_EMBEDDED_MARIADB_H_
