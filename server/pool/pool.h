// The pool: who gets which connection, and when.
#ifndef BERTH_SERVER_POOL_POOL_H_
#define BERTH_SERVER_POOL_POOL_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/mariadb/connection.h"
#include "server/pool/lease.h"
#include "server/pool/pool_options.h"
#include "server/pool/pool_stats.h"
#include "server/pool/waiters.h"
#include "server/runtime/cancellation.h"
#include "server/runtime/shard.h"
#include "server/runtime/task.h"

namespace berth::pool {

// Opens a connection without a default database. Called on a blocking thread.
using ConnectFunction =
    std::function<absl::StatusOr<std::unique_ptr<mariadb::Connection>>()>;

// What is asked of the pool.
struct Demand {
  Demand() = default;

  LeaseKind kind = LeaseKind::kCall;
  // The database that will be chosen; a connection that has it is preferred.
  std::string database;
  absl::Time deadline = absl::InfiniteFuture();
  // The longest wait; the pool's own limit caps it.
  absl::Duration wait = absl::InfiniteDuration();
  // Set; heard while waiting.
  runtime::Cancellation* cancellation = nullptr;
};

// Connections shared by all calls of the process, first come first served.
//
// A connection is idle, leased, or being looked after (reset, pinged); the
// latter count as leased. Idle ones are given out last in, first out, so that
// few are hot. A connection comes back clean: open transactions are rolled
// back and changed sessions reset before the next use, off the caller's path.
// In doubt it is closed. Nothing waits while the mutex is held.
//
// Thread-safe; Acquire, Tick and the end of a lease belong on a shard's
// thread.
class Pool {
 public:
  // `clock` tells the ages of connections; deadlines follow real time.
  Pool(PoolOptions options, ConnectFunction connect,
       runtime::BlockingThreads* blocking, const Clock* clock);
  // Every lease has ended.
  ~Pool();

  // Waits for a connection, at most until the deadline or for the pool's own
  // limit. Fails with POOL_WAIT, QUEUE_FULL, DRAINING, as runtime::CancelError
  // does, or with the cause when no connection is left and none can be opened.
  runtime::Task<absl::StatusOr<Lease>> Acquire(Demand demand)
      ABSL_LOCKS_EXCLUDED(mutex_);

  PoolStats Stats() const ABSL_LOCKS_EXCLUDED(mutex_);
  // The version of MariaDB; empty until a connection was made.
  std::string ServerVersion() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Why the last attempt to connect failed; OK if it did not.
  absl::Status LastConnectError() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Starts to open the first connections, and waits until there is one or an
  // attempt has failed, at most for `patience`. Before the shards run.
  absl::Status Start(absl::Duration patience) ABSL_LOCKS_EXCLUDED(mutex_);
  // Looks after the pool; about once a second. Pings what idles, retires what
  // is old or not needed, and opens what is missing, so that recovery does not
  // wait for calls.
  void Tick() ABSL_LOCKS_EXCLUDED(mutex_);
  // Refuses what waits and comes. Again, once no shard runs: closes the rest.
  void Close() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  friend class Lease;

  struct Slot {
    Slot() = default;
    std::unique_ptr<mariadb::Connection> connection;
    LeaseKind kind = LeaseKind::kCall;  // Of the lease.
    absl::Time since;                   // Of the lease, or of idling.
    absl::Time heard;                   // The last sign of life while idle.
    absl::Time retire;                  // When it is too old.
    uint64_t offer = 0;                 // Of its holder; 0: none.
  };
  class Wait;

  // Waits in the queue until settled.
  runtime::Task<void> WaitInQueue(Waiter& waiter, const Demand& demand);
  // Whether a connection that has been idle for a while can still be used. May
  // be asked of it.
  runtime::Task<bool> StillAlive(mariadb::Connection& connection,
                                 absl::Duration idle);

  void Release(mariadb::Connection* connection) ABSL_LOCKS_EXCLUDED(mutex_);
  // The number of the offer; 0: somebody who waited has got the connection.
  uint64_t Offer(mariadb::Connection* connection) ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes an offer back; false: somebody has got the connection. The pointer
  // may be dangling then.
  bool Reclaim(mariadb::Connection* connection, uint64_t offer)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes a connection that its holder offers, for the first who waits and may
  // have it.
  void TakeOffered() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Resets a connection, or asks it for a sign of life, and gives it back.
  runtime::Task<void> Clean(mariadb::Connection* connection);
  runtime::Task<void> KeepAlive(mariadb::Connection* connection);
  void GiveBack(mariadb::Connection* connection) ABSL_LOCKS_EXCLUDED(mutex_);
  void Discard(mariadb::Connection* connection) ABSL_LOCKS_EXCLUDED(mutex_);
  // Closes off this thread; closing says goodbye to the server.
  void CloseLater(std::unique_ptr<mariadb::Connection> connection)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mariadb::Connection* Lend(size_t idle_index, LeaseKind kind)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t ChooseIdle(const std::string& database) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Grant(Waiter* waiter, mariadb::Connection* connection)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Fail(Waiter* waiter, absl::Status why)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Fails a waiter that leaves the queue, unless it was settled before.
  void Leave(Waiter* waiter, absl::Status why) ABSL_LOCKS_EXCLUDED(mutex_);
  // What to tell who has waited as long as is allowed.
  absl::Status WaitIsOver(absl::Duration waited) const
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether one more session may hold a connection.
  bool SessionsMayTake() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return in_sessions_ < session_limit_;
  }
  int Open() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return static_cast<int>(idle_.size() + leased_.size());
  }
  // Starts attempts to connect until `wanted` are under way, as the limits
  // allow.
  void Connect(int wanted) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ConnectForWaiters() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ConnectBlocking() ABSL_LOCKS_EXCLUDED(mutex_);
  void ConnectFailed(const absl::Status& why)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes what is dead, too old or not needed out of the idle ones. Returns
  // whether any was dead.
  bool Retire(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether a connection may be retired for its age now.
  bool MayRetire(const Slot& slot, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  PoolStats StatsLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const PoolOptions options_;
  const int session_limit_;
  const ConnectFunction connect_;
  runtime::BlockingThreads* const blocking_;
  const Clock* const clock_;

  mutable Mutex mutex_;
  std::vector<Slot> idle_ ABSL_GUARDED_BY(mutex_);  // The last used at the end.
  absl::flat_hash_map<mariadb::Connection*, Slot> leased_
      ABSL_GUARDED_BY(mutex_);
  int in_sessions_ ABSL_GUARDED_BY(mutex_) = 0;
  int offers_ ABSL_GUARDED_BY(mutex_) = 0;  // Slots with an offer.
  uint64_t last_offer_ ABSL_GUARDED_BY(mutex_) = 0;
  Waiters waiters_ ABSL_GUARDED_BY(mutex_);
  int connecting_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status last_error_ ABSL_GUARDED_BY(mutex_);
  absl::Time next_attempt_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  int failures_in_a_row_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time last_retirement_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::string server_version_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  PoolStats counters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::pool

#endif  // BERTH_SERVER_POOL_POOL_H_
