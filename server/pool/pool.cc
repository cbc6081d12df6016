#include "server/pool/pool.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/random/random.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/pool/pool_error.h"

namespace berth::pool {

using mariadb::Connection;
using runtime::Shard;

// Suspends a call until its waiter is settled.
class Pool::Wait {
 public:
  Wait(Pool* pool, Waiter* waiter) : pool_(pool), waiter_(waiter) {}
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> handle) {
    absl::MutexLock lock(&pool_->mutex_);
    if (waiter_->settled) return false;
    waiter_->handle = handle;
    return true;
  }
  void await_resume() const noexcept {}

 private:
  Pool* pool_;
  Waiter* waiter_;
};

Pool::Pool(PoolOptions options, ConnectFunction connect,
           runtime::BlockingThreads* blocking)
    : options_(options), connect_(std::move(connect)), blocking_(blocking) {}

Pool::~Pool() { Close(); }

runtime::Task<absl::StatusOr<Lease>> Pool::Acquire(
    std::string database, absl::Time deadline,
    runtime::Cancellation* cancellation) {
  while (true) {
    Connection* connection = nullptr;
    Waiter waiter;
    absl::Time idle_since = absl::InfiniteFuture();
    {
      absl::MutexLock lock(&mutex_);
      if (closed_) co_return Closed();
      if (waiters_.empty() && !idle_.empty()) {
        connection = TakeIdle(database);
        Slot& slot = leased_[connection];
        idle_since = std::exchange(slot.since, absl::Now());
        ++counters_.acquired;
      } else if (waiters_.size() >= options_.queue_length) {
        ++counters_.timeouts;
        co_return QueueFull(StatsLocked());
      } else if (leased_.empty() && idle_.empty() && connecting_ == 0 &&
                 !last_error_.ok() && absl::Now() < next_attempt_) {
        // Nothing is left and the last attempt failed: waiting is no use.
        co_return last_error_;
      } else {
        waiter.shard = &Shard::Current();
        waiter.position = waiters_.insert(waiters_.end(), &waiter);
        ConnectIfNeeded();
      }
    }
    if (connection == nullptr) {
      const absl::Time start = absl::Now();
      const absl::Duration budget =
          std::min(options_.acquire_timeout, deadline - start);
      bool timed_out = false;
      auto timer = waiter.shard->timers().Add(
          std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(budget),
          [this, &waiter, &timed_out, budget] {
            timed_out = true;
            Leave(&waiter, WaitedTooLong(Stats(), budget));
          });
      {
        runtime::Cancellation::Listener listener(
            cancellation, [this, &waiter] { Leave(&waiter, LeftTheQueue()); });
        co_await Wait(this, &waiter);
      }
      if (!timed_out) waiter.shard->timers().Cancel(timer);
      connection = waiter.granted;
      if (connection == nullptr) co_return waiter.failure;
    }
    Lease lease(this, connection);
    connection->Attach();
    const absl::Duration idle = absl::Now() - idle_since;
    if (idle > options_.check_after_idle) {
      if (connection->LooksDead()) {
        connection->MarkBroken();
        continue;
      }
      if (idle > options_.ping_after_idle) {
        const absl::Status alive = co_await connection->Ping();
        if (!alive.ok()) {
          connection->MarkBroken();
          continue;
        }
      }
    }
    co_return std::move(lease);
  }
}

Connection* Pool::TakeIdle(const std::string& database) {
  size_t chosen = idle_.size() - 1;
  for (size_t i = idle_.size(); i-- > 0;) {
    if (idle_[i].connection->database() == database) {
      chosen = i;
      break;
    }
  }
  Slot slot = std::move(idle_[chosen]);
  idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(chosen));
  Connection* connection = slot.connection.get();
  leased_[connection] = std::move(slot);
  return connection;
}

void Pool::Grant(Waiter* waiter, Connection* connection) {
  waiters_.erase(waiter->position);
  waiter->settled = true;
  waiter->granted = connection;
  leased_[connection].since = absl::Now();
  ++counters_.acquired;
  if (waiter->handle) {
    waiter->shard->Post([handle = waiter->handle] { handle.resume(); });
  }
}

void Pool::Fail(Waiter* waiter, absl::Status why) {
  waiters_.erase(waiter->position);
  waiter->settled = true;
  waiter->failure = std::move(why);
  ++counters_.timeouts;
  if (waiter->handle) {
    waiter->shard->Post([handle = waiter->handle] { handle.resume(); });
  }
}

void Pool::Leave(Waiter* waiter, absl::Status why) {
  absl::MutexLock lock(&mutex_);
  if (!waiter->settled) Fail(waiter, std::move(why));
}

void Pool::Release(Connection* connection) {
  if (connection->broken()) return Discard(connection);
  if (connection->dirty() || connection->in_transaction() ||
      !connection->autocommit()) {
    return runtime::Spawn(Clean(connection));
  }
  GiveBack(connection);
}

runtime::Task<void> Pool::Clean(Connection* connection) {
  const absl::Status reset = co_await connection->Reset();
  {
    absl::MutexLock lock(&mutex_);
    ++counters_.resets;
  }
  if (reset.ok()) {
    GiveBack(connection);
  } else {
    Discard(connection);
  }
}

void Pool::GiveBack(Connection* connection) {
  {
    absl::MutexLock lock(&mutex_);
    if (!closed_) {
      if (!waiters_.empty()) return Grant(waiters_.front(), connection);
      auto leased = leased_.find(connection);
      leased->second.since = absl::Now();
      idle_.push_back(std::move(leased->second));
      leased_.erase(leased);
      return;
    }
  }
  Discard(connection);
}

void Pool::Discard(Connection* connection) {
  connection->Detach();
  std::shared_ptr<Connection> doomed;
  absl::MutexLock lock(&mutex_);
  auto leased = leased_.find(connection);
  doomed = std::move(leased->second.connection);
  leased_.erase(leased);
  ++counters_.closed;
  // Closing says goodbye to the server and may block.
  blocking_->Run([doomed = std::move(doomed)]() mutable { doomed.reset(); });
  ConnectIfNeeded();
}

void Pool::ConnectIfNeeded() {
  if (closed_) return;
  const int open = static_cast<int>(idle_.size() + leased_.size());
  while (connecting_ < options_.max_connecting &&
         connecting_ < static_cast<int>(waiters_.size()) &&
         open + connecting_ < options_.max_size) {
    ++connecting_;
    blocking_->Run([this] { ConnectBlocking(); });
  }
}

absl::Duration Pool::NextBackoff() {
  const int doublings = std::min(failures_in_a_row_, 10);
  const absl::Duration full =
      std::min(options_.backoff_max, options_.backoff_min * (1 << doublings));
  ++failures_in_a_row_;
  // Full jitter above half, so that replicas do not knock together.
  absl::BitGen random;
  return full * absl::Uniform(random, 0.5, 1.0);
}

void Pool::ConnectBlocking() {
  auto connected = connect_();
  absl::MutexLock lock(&mutex_);
  --connecting_;
  if (!connected.ok()) {
    ++counters_.connect_failures;
    last_error_ = connected.status();
    next_attempt_ = absl::Now() + NextBackoff();
    // As long as a connection lives, waiting for it is better than failing.
    if (leased_.empty() && idle_.empty() && connecting_ == 0) {
      while (!waiters_.empty()) Fail(waiters_.front(), last_error_);
    }
    return;
  }
  last_error_ = absl::OkStatus();
  failures_in_a_row_ = 0;
  next_attempt_ = absl::InfinitePast();
  ++counters_.opened;
  Slot slot;
  slot.connection = std::move(*connected);
  slot.since = absl::Now();
  Connection* connection = slot.connection.get();
  if (server_version_.empty()) {
    server_version_ = connection->server_version();
  }
  if (closed_) return;  // The slot closes it, on this blocking thread.
  if (waiters_.empty()) {
    idle_.push_back(std::move(slot));
  } else {
    leased_[connection] = std::move(slot);
    Grant(waiters_.front(), connection);
  }
  ConnectIfNeeded();
}

absl::Status Pool::Warm() {
  {
    absl::MutexLock lock(&mutex_);
    ++connecting_;
  }
  ConnectBlocking();
  return LastConnectError();
}

void Pool::Tick() {
  absl::MutexLock lock(&mutex_);
  if (closed_ || last_error_.ok() || connecting_ > 0 || !leased_.empty() ||
      !idle_.empty() || absl::Now() < next_attempt_) {
    return;
  }
  ++connecting_;
  blocking_->Run([this] { ConnectBlocking(); });
}

void Pool::Close() {
  std::vector<Slot> idle;
  absl::MutexLock lock(&mutex_);
  closed_ = true;
  idle.swap(idle_);
  counters_.closed += idle.size();
  while (!waiters_.empty()) Fail(waiters_.front(), Closed());
}

absl::Status Pool::LastConnectError() const {
  absl::MutexLock lock(&mutex_);
  return last_error_;
}

std::string Pool::ServerVersion() const {
  absl::MutexLock lock(&mutex_);
  return server_version_;
}

PoolStats Pool::Stats() const {
  absl::MutexLock lock(&mutex_);
  return StatsLocked();
}

PoolStats Pool::StatsLocked() const {
  PoolStats stats = counters_;
  stats.max_size = options_.max_size;
  stats.in_use = static_cast<int>(leased_.size());
  stats.open = static_cast<int>(leased_.size() + idle_.size());
  stats.connecting = connecting_;
  stats.waiting = static_cast<int>(waiters_.size());
  const absl::Time now = absl::Now();
  for (const auto& [connection, slot] : leased_) {
    stats.oldest_lease = std::max(stats.oldest_lease, now - slot.since);
  }
  return stats;
}

}  // namespace berth::pool
