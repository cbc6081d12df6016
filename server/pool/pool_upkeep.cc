// Connecting, upkeep and statistics of the pool.
#include <algorithm>
#include <memory>
#include <utility>

#include "absl/random/random.h"
#include "server/pool/pool.h"
#include "server/pool/pool_error.h"

namespace berth::pool {
namespace {

using mariadb::Connection;

// A share of 1 chosen by chance, so that replicas and connections that were
// born together do not act together.
double Jitter(double from, double to) {
  absl::BitGen random;
  return absl::Uniform(random, from, to);
}

}  // namespace

void Pool::Connect(int wanted) {
  if (closed_) return;
  while (connecting_ < options_.max_connecting && connecting_ < wanted &&
         Open() + connecting_ < options_.max_size) {
    ++connecting_;
    blocking_->Run([this] { ConnectBlocking(); });
  }
}

void Pool::ConnectForWaiters() {
  const int sessions = std::min(static_cast<int>(waiters_.sessions()),
                                session_limit_ - in_sessions_);
  Connect(static_cast<int>(waiters_.calls()) + std::max(sessions, 0));
}

void Pool::ConnectFailed(const absl::Status& why) {
  ++counters_.connect_failures;
  last_error_ = why;
  const int doublings = std::min(failures_in_a_row_++, 10);
  next_attempt_ =
      clock_->Now() +
      std::min(options_.backoff_max, options_.backoff_min * (1 << doublings)) *
          Jitter(0.5, 1.0);
  // As long as a connection lives, waiting for it is better than failing.
  if (Open() > 0 || connecting_ > 0) return;
  while (Waiter* waiter = waiters_.Any()) Fail(waiter, why);
}

void Pool::ConnectBlocking() {
  auto connected = connect_();
  MutexLock lock(&mutex_);
  --connecting_;
  if (!connected.ok()) return ConnectFailed(connected.status());
  last_error_ = absl::OkStatus();
  failures_in_a_row_ = 0;
  next_attempt_ = absl::InfinitePast();
  ++counters_.opened;
  Slot slot;
  slot.connection = std::move(*connected);
  slot.since = clock_->Now();
  slot.heard = slot.since;
  slot.retire = slot.since + options_.max_lifetime * Jitter(0.9, 1.0);
  Connection* connection = slot.connection.get();
  server_version_ = connection->server_version();
  if (closed_) {
    ++counters_.closed;
    return;  // The slot closes it, on this blocking thread.
  }
  if (Waiter* waiter = waiters_.Next(SessionsMayTake()); waiter != nullptr) {
    leased_[connection] = std::move(slot);
    Grant(waiter, connection);
  } else {
    idle_.push_back(std::move(slot));
  }
  ConnectForWaiters();
}

void Pool::CloseLater(std::unique_ptr<Connection> connection) {
  ++counters_.closed;
  blocking_->Run(
      [doomed = std::shared_ptr<Connection>(std::move(connection))] {});
}

bool Pool::MayRetire(const Slot& slot, absl::Time now) {
  if (now < slot.retire ||
      now - last_retirement_ < options_.max_lifetime / options_.max_size) {
    return false;
  }
  last_retirement_ = now;
  return true;
}

bool Pool::Retire(absl::Time now) {
  bool found_dead = false;
  for (size_t i = 0; i < idle_.size();) {
    const bool unneeded = now - idle_[i].since > options_.idle_timeout &&
                          Open() > options_.min_idle;
    const bool dead = idle_[i].connection->LooksDead();
    found_dead = found_dead || dead;
    if (dead || unneeded || MayRetire(idle_[i], now)) {
      idle_[i].connection->Detach();
      CloseLater(std::move(idle_[i].connection));
      idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
  return found_dead;
}

void Pool::Tick() {
  std::vector<Connection*> silent;
  {
    MutexLock lock(&mutex_);
    if (closed_) return;
    const absl::Time now = clock_->Now();
    // A new connection tells whether MariaDB is still there.
    const bool ask = Retire(now) || !last_error_.ok();
    for (size_t i = 0; i < idle_.size();) {
      if (now - idle_[i].heard > options_.ping_after_idle) {
        idle_[i].heard = now;
        const absl::Time since = idle_[i].since;
        silent.push_back(Lend(i, LeaseKind::kCall));
        leased_[silent.back()].since = since;
        --counters_.acquired;
      } else {
        ++i;
      }
    }
    if (now >= next_attempt_) {
      Connect(std::max(options_.min_idle - Open(), Open() == 0 && ask ? 1 : 0));
      // An attempt that failed while connections were left is made again.
      ConnectForWaiters();
    }
  }
  for (Connection* connection : silent) {
    connection->Attach();
    runtime::Spawn(KeepAlive(connection));
  }
}

runtime::Task<void> Pool::KeepAlive(Connection* connection) {
  const bool dead = connection->LooksDead();
  absl::Status answer;
  if (!dead) answer = co_await connection->Ping();
  if (dead || !answer.ok()) co_return Discard(connection);
  MutexLock lock(&mutex_);
  if (Waiter* waiter = waiters_.Next(SessionsMayTake()); waiter != nullptr) {
    co_return Grant(waiter, connection);
  }
  // It idles on as before, at the cold end; `since` was kept.
  auto leased = leased_.find(connection);
  idle_.insert(idle_.begin(), std::move(leased->second));
  leased_.erase(leased);
}

absl::Status Pool::Start(absl::Duration patience) {
  {
    MutexLock lock(&mutex_);
    Connect(std::max(options_.min_idle, 1));
  }
  const absl::Time latest = absl::Now() + patience;
  while (absl::Now() < latest) {
    {
      MutexLock lock(&mutex_);
      if (Open() > 0 || !last_error_.ok()) return last_error_;
    }
    absl::SleepFor(absl::Milliseconds(1));
  }
  return NoAnswer(patience);
}

void Pool::Close() {
  MutexLock lock(&mutex_);
  // What idles is still watched by its shard, which alone may give it up while
  // it runs.
  if (closed_) {
    for (Slot& slot : idle_) {
      slot.connection->Detach();
      CloseLater(std::move(slot.connection));
    }
    idle_.clear();
  }
  closed_ = true;
  while (Waiter* waiter = waiters_.Any()) Fail(waiter, Closed());
}

absl::Status Pool::LastConnectError() const {
  MutexLock lock(&mutex_);
  return last_error_;
}

std::string Pool::ServerVersion() const {
  MutexLock lock(&mutex_);
  return server_version_;
}

PoolStats Pool::Stats() const {
  MutexLock lock(&mutex_);
  return StatsLocked();
}

PoolStats Pool::StatsLocked() const {
  PoolStats stats = counters_;
  stats.max_size = options_.max_size;
  stats.in_use = static_cast<int>(leased_.size());
  stats.in_sessions = in_sessions_;
  stats.open = Open();
  stats.connecting = connecting_;
  stats.waiting = static_cast<int>(waiters_.size());
  const absl::Time now = clock_->Now();
  for (const auto& [connection, slot] : leased_) {
    if (now - slot.since < stats.oldest_lease) continue;
    stats.oldest_lease = now - slot.since;
    stats.oldest_is_session = slot.kind == LeaseKind::kSession;
  }
  return stats;
}

}  // namespace berth::pool
