// Ends running statements.
#ifndef BERTH_SERVER_EXEC_KILLER_H_
#define BERTH_SERVER_EXEC_KILLER_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "server/base/mutex.h"
#include "server/mariadb/connection.h"
#include "server/pool/pool.h"
#include "server/runtime/async_event.h"
#include "server/runtime/blocking_threads.h"
#include "server/runtime/cancellation.h"
#include "server/runtime/task.h"
#include "server/runtime/timers.h"

namespace berth::exec {

// Sends KILL QUERY on a connection of its own. Thread-safe.
class Killer {
 public:
  Killer(pool::ConnectFunction connect, runtime::BlockingThreads* blocking);

  runtime::BlockingThreads* blocking() { return blocking_; }

  // Ends the statement that the connection of this id runs, if any. Blocks
  // until MariaDB has answered: a statement that starts afterwards is not hit.
  // False if MariaDB does not answer, after the time that `connect` sets.
  bool KillBlocking(uint64_t thread_id) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const pool::ConnectFunction connect_;
  runtime::BlockingThreads* const blocking_;
  Mutex mutex_;
  std::unique_ptr<mariadb::Connection> connection_ ABSL_GUARDED_BY(mutex_);
};

// Kills the statement of one connection when its call is cancelled, for as
// long as it lives. Finish must be awaited before the connection runs anything
// else, for a late kill would hit that.
//
// A kill that overtakes its statement on the way to MariaDB hits nothing: it is
// repeated for as long as the statement runs. Where MariaDB does not answer,
// the connection is cut instead.
//
// Not for a COMMIT in flight: a kill cannot undo it, only hide its end.
class KillOnCancel {
 public:
  KillOnCancel(Killer* killer, runtime::Cancellation* cancellation,
               mariadb::Connection* connection);

  // Whether a kill was begun; if not, nothing needs to be awaited.
  bool killed() const { return killed_; }
  // Kills the statement if that was not begun, and waits for the answer.
  runtime::Task<void> KillNow();
  // The statement has ended: waits until a kill that was sent has been
  // answered.
  runtime::Task<void> Finish();

 private:
  void Kill();
  void StopRepeating();
  // A kill has been answered.
  void Answered();

  Killer* killer_;
  mariadb::Connection* connection_;
  bool killed_ = false;
  bool under_way_ = false;  // A kill that was not answered yet.
  bool finished_ = false;
  std::chrono::nanoseconds pause_;
  std::optional<runtime::Timers::Id> again_;
  runtime::AsyncEvent answered_;
  runtime::Cancellation::Listener listener_;
};

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_KILLER_H_
