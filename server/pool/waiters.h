// The queue of those who wait for a connection.
#ifndef BERTH_SERVER_POOL_WAITERS_H_
#define BERTH_SERVER_POOL_WAITERS_H_

#include <coroutine>
#include <cstdint>
#include <list>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/mariadb/connection.h"
#include "server/runtime/shard.h"

namespace berth::pool {

// What a connection is wanted for: a session holds it as long as it likes, so
// sessions may not take the last ones.
enum class LeaseKind { kCall, kSession };

// A request that waits, in the frame of its Acquire.
struct Waiter {
  Waiter() = default;

  LeaseKind kind = LeaseKind::kCall;
  runtime::Shard* shard = nullptr;
  std::coroutine_handle<> handle;  // Set once it has suspended.
  // How it ended: granted, or failed.
  bool settled = false;
  mariadb::Connection* granted = nullptr;
  absl::Duration idle;  // How long the granted one may have been idle.
  absl::Status failure;

  uint64_t sequence = 0;
  std::list<Waiter*>::iterator position;
};

// First come first served, but a session that may not have a connection now
// does not hold up the calls behind it. Not thread-safe.
class Waiters {
 public:
  void Add(Waiter* waiter);
  void Remove(Waiter* waiter);
  // The next to be served, or nullptr. Sessions only if `sessions_too`.
  Waiter* Next(bool sessions_too) const;
  // Any waiter, or nullptr.
  Waiter* Any() const { return Next(/*sessions_too=*/true); }
  size_t calls() const { return calls_.size(); }
  size_t sessions() const { return sessions_.size(); }
  size_t size() const { return calls_.size() + sessions_.size(); }
  // Those that count against the length of the queue: sessions that wait for
  // one another do not keep calls out of it.
  size_t Ahead(LeaseKind kind) const {
    return kind == LeaseKind::kCall ? calls() : size();
  }

 private:
  std::list<Waiter*>& ListOf(const Waiter* waiter) {
    return waiter->kind == LeaseKind::kSession ? sessions_ : calls_;
  }

  std::list<Waiter*> calls_;
  std::list<Waiter*> sessions_;
  uint64_t sequence_ = 0;
};

}  // namespace berth::pool

#endif  // BERTH_SERVER_POOL_WAITERS_H_
