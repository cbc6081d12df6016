// Leases: acquiring, waiting, giving back. Connecting and upkeep are in
// pool_upkeep.cc.
#include "server/pool/pool.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "server/base/error_reason.h"
#include "server/pool/pool_error.h"
#include "server/runtime/cancel_error.h"

namespace berth::pool {

using mariadb::Connection;
using runtime::Shard;

// Suspends a call until its waiter is settled.
class Pool::Wait {
 public:
  Wait(Pool* pool, Waiter* waiter) : pool_(pool), waiter_(waiter) {}
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> handle) {
    MutexLock lock(&pool_->mutex_);
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
           runtime::BlockingThreads* blocking, const Clock* clock)
    : options_(options),
      session_limit_(options.max_size - options.max_size / 8),
      connect_(std::move(connect)),
      blocking_(blocking),
      clock_(clock) {}

Pool::~Pool() { Close(); }

runtime::Task<absl::StatusOr<Lease>> Pool::Acquire(Demand demand) {
  while (true) {
    Connection* connection = nullptr;
    Waiter waiter;
    absl::Duration idle;
    {
      MutexLock lock(&mutex_);
      if (closed_) co_return Closed();
      const bool sessions_may = SessionsMayTake();
      const bool eligible = demand.kind == LeaseKind::kCall || sessions_may;
      if (eligible && !idle_.empty() &&
          waiters_.Next(sessions_may) == nullptr) {
        const size_t chosen = ChooseIdle(demand.database);
        idle = clock_->Now() - idle_[chosen].since;
        connection = Lend(chosen, demand.kind);
      } else if (waiters_.Ahead(demand.kind) >= options_.queue_length) {
        ++counters_.timeouts;
        co_return QueueFull(StatsLocked());
      } else if (Open() == 0 && connecting_ == 0 && !last_error_.ok() &&
                 clock_->Now() < next_attempt_) {
        // Nothing is left and the last attempt failed: waiting is no use.
        co_return last_error_;
      } else {
        waiter.kind = demand.kind;
        waiter.shard = &Shard::Current();
        waiters_.Add(&waiter);
        ConnectForWaiters();
        if (connecting_ < static_cast<int>(waiters_.size())) TakeOffered();
      }
    }
    if (connection == nullptr) {
      co_await WaitInQueue(waiter, demand);
      connection = waiter.granted;
      idle = waiter.idle;
      if (connection == nullptr) co_return waiter.failure;
    }
    Lease lease(this, connection);
    connection->Attach();
    // Heard of a moment ago.
    if (idle <= options_.check_after_idle) co_return std::move(lease);
    const bool alive = co_await StillAlive(*connection, idle);
    if (alive) co_return std::move(lease);
    connection->MarkBroken();
  }
}

runtime::Task<void> Pool::WaitInQueue(Waiter& waiter, const Demand& demand) {
  const absl::Duration limit = std::min(options_.acquire_timeout, demand.wait);
  const absl::Duration budget = std::min(limit, demand.deadline - absl::Now());
  bool timed_out = false;
  auto timer = waiter.shard->timers().Add(
      std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(budget),
      [this, &waiter, &timed_out, limit, budget] {
        timed_out = true;
        Leave(&waiter,
              budget < limit ? DeadlineInQueue(Stats()) : WaitIsOver(budget));
      });
  {
    runtime::Cancellation::Listener listener(
        demand.cancellation, [this, &waiter, &demand] {
          const runtime::CancelCause cause = demand.cancellation->cause();
          Leave(&waiter,
                cause == runtime::CancelCause::kDeadline
                    ? DeadlineInQueue(Stats())
                    : runtime::CancelError(cause, errors::kDeadlineQueue));
        });
    co_await Wait(this, &waiter);
  }
  if (!timed_out) waiter.shard->timers().Cancel(timer);
}

runtime::Task<bool> Pool::StillAlive(Connection& connection,
                                     absl::Duration idle) {
  if (connection.LooksDead()) co_return false;
  if (idle <= options_.ping_after_idle) co_return true;
  const absl::Status answer = co_await connection.Ping();
  co_return answer.ok();
}

// The last used one that has the database chosen, or else the last used one.
size_t Pool::ChooseIdle(const std::string& database) const {
  for (size_t i = idle_.size(); i-- > 0;) {
    if (idle_[i].connection->database() == database) return i;
  }
  return idle_.size() - 1;
}

Connection* Pool::Lend(size_t idle_index, LeaseKind kind) {
  Slot slot = std::move(idle_[idle_index]);
  idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(idle_index));
  Connection* connection = slot.connection.get();
  slot.kind = kind;
  slot.since = clock_->Now();
  if (kind == LeaseKind::kSession) ++in_sessions_;
  leased_[connection] = std::move(slot);
  ++counters_.acquired;
  return connection;
}

// The connection is among the leased ones.
void Pool::Grant(Waiter* waiter, Connection* connection) {
  waiters_.Remove(waiter);
  waiter->settled = true;
  waiter->granted = connection;
  Slot& slot = leased_[connection];
  slot.kind = waiter->kind;
  slot.since = clock_->Now();
  if (slot.kind == LeaseKind::kSession) ++in_sessions_;
  ++counters_.acquired;
  if (waiter->handle) {
    waiter->shard->Post([handle = waiter->handle] { handle.resume(); });
  }
}

void Pool::Fail(Waiter* waiter, absl::Status why) {
  waiters_.Remove(waiter);
  waiter->settled = true;
  waiter->failure = std::move(why);
  ++counters_.timeouts;
  if (waiter->handle) {
    waiter->shard->Post([handle = waiter->handle] { handle.resume(); });
  }
}

absl::Status Pool::WaitIsOver(absl::Duration waited) const {
  const absl::Status why = LastConnectError();
  return why.ok() ? WaitedTooLong(Stats(), waited) : WaitedInVain(why, waited);
}

void Pool::Leave(Waiter* waiter, absl::Status why) {
  MutexLock lock(&mutex_);
  if (!waiter->settled) Fail(waiter, std::move(why));
}

uint64_t Pool::Offer(Connection* connection) {
  MutexLock lock(&mutex_);
  const uint64_t offer = ++last_offer_;
  leased_[connection].offer = offer;
  ++offers_;
  if (waiters_.size() > 0) TakeOffered();
  auto leased = leased_.find(connection);
  return leased != leased_.end() && leased->second.offer == offer ? offer : 0;
}

bool Pool::Reclaim(Connection* connection, uint64_t offer) {
  MutexLock lock(&mutex_);
  auto leased = leased_.find(connection);
  if (leased == leased_.end() || leased->second.offer != offer) return false;
  leased->second.offer = 0;
  --offers_;
  return true;
}

// The session that gives it up counts no more, so that its place may go to
// another one.
void Pool::TakeOffered() {
  if (offers_ == 0) return;
  for (auto& [connection, slot] : leased_) {
    if (slot.offer == 0) continue;
    const bool sessions_may =
        SessionsMayTake() || slot.kind == LeaseKind::kSession;
    Waiter* next = waiters_.Next(sessions_may);
    if (next == nullptr) continue;
    slot.offer = 0;
    --offers_;
    if (slot.kind == LeaseKind::kSession) --in_sessions_;
    // Long enough to be looked at before its use.
    next->idle = options_.ping_after_idle;
    return Grant(next, connection);
  }
}

void Pool::Release(Connection* connection) {
  {
    MutexLock lock(&mutex_);
    Slot& slot = leased_[connection];
    if (slot.kind == LeaseKind::kSession) {
      --in_sessions_;
      slot.kind = LeaseKind::kCall;
    }
  }
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
    MutexLock lock(&mutex_);
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
    MutexLock lock(&mutex_);
    auto leased = leased_.find(connection);
    const absl::Time now = clock_->Now();
    if (!closed_ && !MayRetire(leased->second, now)) {
      Waiter* next = waiters_.Next(SessionsMayTake());
      if (next != nullptr) return Grant(next, connection);
      leased->second.since = now;
      leased->second.heard = now;
      idle_.push_back(std::move(leased->second));
      leased_.erase(leased);
      return;
    }
  }
  Discard(connection);
}

void Pool::Discard(Connection* connection) {
  connection->Detach();
  MutexLock lock(&mutex_);
  auto leased = leased_.find(connection);
  CloseLater(std::move(leased->second.connection));
  leased_.erase(leased);
  ConnectForWaiters();
}

}  // namespace berth::pool
