// The pool: who gets which connection, and when.
#ifndef BERTH_SERVER_POOL_POOL_H_
#define BERTH_SERVER_POOL_POOL_H_

#include <coroutine>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/mariadb/connection.h"
#include "server/pool/lease.h"
#include "server/pool/pool_options.h"
#include "server/pool/pool_stats.h"
#include "server/runtime/cancellation.h"
#include "server/runtime/shard.h"
#include "server/runtime/task.h"

namespace berth::pool {

// Opens a connection without a default database. Called on a blocking thread.
using ConnectFunction =
    std::function<absl::StatusOr<std::unique_ptr<mariadb::Connection>>()>;

// Connections shared by all calls of the process, first come first served.
//
// Idle connections are given out last in, first out, so that few are hot; one
// that has the wanted database chosen already is preferred. A connection comes
// back clean: open transactions are rolled back and changed sessions reset
// before the next use, off the caller's path. In doubt it is closed. Nothing
// waits while the mutex is held.
//
// Thread-safe; Acquire and the end of a lease belong on a shard's thread.
class Pool {
 public:
  Pool(PoolOptions options, ConnectFunction connect,
       runtime::BlockingThreads* blocking);
  // Every lease has ended.
  ~Pool();

  // Waits for a connection, at most until `deadline` or for the pool's own
  // limit. Fails with POOL_WAIT, QUEUE_FULL, CANCELLED, DRAINING, or with the
  // cause when no connection is left and none can be opened.
  runtime::Task<absl::StatusOr<Lease>> Acquire(
      std::string database, absl::Time deadline,
      runtime::Cancellation* cancellation) ABSL_LOCKS_EXCLUDED(mutex_);

  PoolStats Stats() const ABSL_LOCKS_EXCLUDED(mutex_);
  // The version of MariaDB; empty until a connection was made.
  std::string ServerVersion() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Why the last attempt to connect failed; OK if it did not.
  absl::Status LastConnectError() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Opens a first connection, on the calling thread.
  absl::Status Warm() ABSL_LOCKS_EXCLUDED(mutex_);
  // Looks after the pool; about once a second. While no connection is left it
  // tries to open one, so that recovery does not wait for calls.
  void Tick() ABSL_LOCKS_EXCLUDED(mutex_);
  // Refuses what waits and what comes, and closes what is idle.
  void Close() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  friend class Lease;

  struct Slot {
    Slot() = default;
    std::unique_ptr<mariadb::Connection> connection;
    absl::Time since;  // Of the lease, or of idling.
  };
  // A call that waits, in the frame of its Acquire.
  struct Waiter {
    Waiter() = default;
    runtime::Shard* shard = nullptr;
    std::coroutine_handle<> handle;
    mariadb::Connection* granted = nullptr;
    absl::Status failure;
    bool settled = false;
    std::list<Waiter*>::iterator position;
  };
  class Wait;

  void Release(mariadb::Connection* connection) ABSL_LOCKS_EXCLUDED(mutex_);
  // Resets a connection and gives it to whoever waits.
  runtime::Task<void> Clean(mariadb::Connection* connection);
  void GiveBack(mariadb::Connection* connection) ABSL_LOCKS_EXCLUDED(mutex_);
  void Discard(mariadb::Connection* connection) ABSL_LOCKS_EXCLUDED(mutex_);
  mariadb::Connection* TakeIdle(const std::string& database)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Grant(Waiter* waiter, mariadb::Connection* connection)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Fail(Waiter* waiter, absl::Status why)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Fails a waiter that leaves the queue, unless it was settled before.
  void Leave(Waiter* waiter, absl::Status why) ABSL_LOCKS_EXCLUDED(mutex_);
  // Starts attempts to connect while somebody waits and the limits allow.
  void ConnectIfNeeded() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ConnectBlocking() ABSL_LOCKS_EXCLUDED(mutex_);
  PoolStats StatsLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Duration NextBackoff() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const PoolOptions options_;
  const ConnectFunction connect_;
  runtime::BlockingThreads* const blocking_;

  mutable absl::Mutex mutex_;
  std::vector<Slot> idle_ ABSL_GUARDED_BY(mutex_);  // The last used at the end.
  absl::flat_hash_map<mariadb::Connection*, Slot> leased_
      ABSL_GUARDED_BY(mutex_);
  std::list<Waiter*> waiters_ ABSL_GUARDED_BY(mutex_);
  int connecting_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status last_error_ ABSL_GUARDED_BY(mutex_);
  absl::Time next_attempt_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  int failures_in_a_row_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string server_version_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  PoolStats counters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::pool

#endif  // BERTH_SERVER_POOL_POOL_H_
