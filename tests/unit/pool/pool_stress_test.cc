// Many callers on two shards, and a database that comes and goes.
#include <atomic>
#include <map>
#include <memory>
#include <random>

#include "gtest/gtest.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/mutex.h"
#include "server/pool/pool.h"
#include "tests/unit/mariadb/fake_mariadb.h"
#include "tests/unit/runtime/notification.h"
#include "tests/unit/runtime/test_shard.h"

namespace berth::pool {
namespace {

using mariadb::Connection;
using runtime::Task;

// Finds a connection that two have at once.
class Users {
 public:
  void Enter(Connection* connection) {
    MutexLock lock(&mutex_);
    EXPECT_EQ(++users_[connection], 1);
  }
  void Leave(Connection* connection) {
    MutexLock lock(&mutex_);
    --users_[connection];
  }

 private:
  Mutex mutex_;
  std::map<Connection*, int> users_;
};

// What the callers share.
struct Common {
  Common() = default;
  Pool* pool = nullptr;
  Users users;
  std::atomic<int> granted = 0;
  std::atomic<int> failed = 0;
};

Task<void> Caller(Common* common, unsigned seed, int rounds,
                  runtime::Notification* done) {
  std::mt19937 random(seed);
  for (int i = 0; i < rounds; ++i) {
    runtime::Cancellation cancellation;
    Demand demand;
    demand.kind = random() % 2 == 0 ? LeaseKind::kCall : LeaseKind::kSession;
    demand.cancellation = &cancellation;
    absl::StatusOr<Lease> lease =
        co_await common->pool->Acquire(std::move(demand));
    if (!lease.ok()) {
      EXPECT_FALSE(errors::ReasonOf(lease.status()).empty());
      ++common->failed;
      co_await runtime::SleepUntil(std::chrono::steady_clock::now() +
                                   std::chrono::microseconds(200));
      continue;
    }
    ++common->granted;
    Connection& connection = **lease;
    common->users.Enter(&connection);
    if (random() % 4 == 0) {
      co_await runtime::SleepUntil(std::chrono::steady_clock::now());
    }
    if (random() % 8 == 0) connection.MarkDirty();
    if (random() % 16 == 0) connection.MarkBroken();
    common->users.Leave(&connection);
  }
  done->Notify();
}

TEST(PoolStress, GivesEachConnectionToOneUserAtATimeAndLosesNone) {
  constexpr int kCallers = 16;
  constexpr int kRounds = 300;
  mariadb::FakeMariaDb mariadb;
  RealClock clock;
  runtime::TestShard first;
  runtime::TestShard second;
  PoolOptions options;
  options.max_size = 5;
  options.acquire_timeout = absl::Minutes(1);
  options.backoff_min = absl::Microseconds(100);
  options.backoff_max = absl::Milliseconds(1);
  Pool pool(options, mariadb.Connector(), first.blocking(), &clock);
  Common common;
  common.pool = &pool;
  runtime::Notification done(2 * kCallers);
  for (unsigned i = 0; i < kCallers; ++i) {
    for (runtime::TestShard* shard : {&first, &second}) {
      const unsigned seed = 2 * i + (shard == &first ? 0 : 1);
      (*shard)->Post([&common, seed, &done] {
        runtime::Spawn(Caller(&common, seed, kRounds, &done));
      });
    }
  }
  for (int i = 0; i < 20; ++i) {
    mariadb.Refuse(
        errors::Error(absl::StatusCode::kUnavailable, "DATABASE_UNREACHABLE"));
    first.Call([&pool] { pool.Tick(); });
    mariadb.Refuse(absl::OkStatus());
    first.Call([&pool] { pool.Tick(); });
  }
  done.Wait();
  EXPECT_EQ(common.granted + common.failed, 2 * kCallers * kRounds);
  EXPECT_GT(common.granted, 0);
  // The last callers' frames end on their shards.
  first.Call([] {});
  second.Call([] {});
  first.FinishBlocking();
  const PoolStats stats = pool.Stats();
  EXPECT_EQ(stats.in_use, 0);
  EXPECT_EQ(stats.in_sessions, 0);
  EXPECT_EQ(stats.waiting, 0);
  EXPECT_EQ(stats.connecting, 0);
  EXPECT_LE(stats.open, 5);
  EXPECT_EQ(mariadb.open(), stats.open);
  pool.Close();
  pool.Close();  // What idles.
  first.FinishBlocking();
  EXPECT_EQ(mariadb.open(), 0);
  EXPECT_EQ(pool.Stats().opened, pool.Stats().closed);
}

}  // namespace
}  // namespace berth::pool
