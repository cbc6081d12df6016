// A database that does not answer.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "server/pool/pool.h"
#include "tests/unit/pool/pool_test_base.h"

namespace berth::pool {
namespace {

using mariadb::Connection;

TEST_F(PoolTest, FailsWithTheCauseWhenNothingIsLeft) {
  mariadb_.Refuse(Unreachable());
  Request& request = Acquire();
  EXPECT_EQ(request.status(), Unreachable());
  EXPECT_EQ(pool().LastConnectError(), Unreachable());
}

TEST_F(PoolTest, FailsAtOnceUntilTheNextAttempt) {
  mariadb_.Refuse(Unreachable());
  Acquire().Wait();
  EXPECT_EQ(mariadb_.connects(), 1);
  for (int i = 0; i < 10; ++i) {
    Request& request = Acquire();
    ASSERT_TRUE(request.done());
    EXPECT_EQ(request.status(), Unreachable());
  }
  EXPECT_EQ(mariadb_.connects(), 1);
  clock_.Advance(options_.backoff_min);
  EXPECT_EQ(Acquire().status(), Unreachable());
  EXPECT_EQ(mariadb_.connects(), 2);
}

TEST_F(PoolTest, TakesLongerPausesAfterEachFailure) {
  mariadb_.Refuse(Unreachable());
  for (int i = 0; i < 6; ++i) {
    Acquire().Wait();
    EXPECT_EQ(mariadb_.connects(), i + 1);
    const absl::Duration full =
        std::min(options_.backoff_max, options_.backoff_min * (1 << i));
    // At least half, by chance up to all of it.
    clock_.Advance(full / 2 - absl::Milliseconds(1));
    Acquire().Wait();
    EXPECT_EQ(mariadb_.connects(), i + 1);
    clock_.Advance(full / 2 + absl::Milliseconds(1));
  }
  // And no longer than the longest.
  for (int i = 6; i < 40; ++i) {
    Acquire().Wait();
    EXPECT_EQ(mariadb_.connects(), i + 1);
    clock_.Advance(options_.backoff_max);
  }
}

TEST_F(PoolTest, ForgetsItsPausesOnceItIsConnected) {
  mariadb_.Refuse(Unreachable());
  for (int i = 0; i < 10; ++i) {
    Acquire().Wait();
    clock_.Advance(options_.backoff_max);
  }
  mariadb_.Refuse(absl::OkStatus());
  Request& request = Acquire();
  EXPECT_TRUE(request.status().ok());
  EXPECT_TRUE(pool().LastConnectError().ok());
  mariadb_.Refuse(Unreachable());
  Release(request, [](Connection& connection) { connection.MarkBroken(); });
  const int before = mariadb_.connects();
  Acquire().Wait();
  clock_.Advance(options_.backoff_min);
  Acquire().Wait();
  EXPECT_EQ(mariadb_.connects(), before + 2);
}

TEST_F(PoolTest, LetsEverybodyFailWhoWaitsForAnAttemptThatFails) {
  options_.max_connecting = 1;
  mariadb_.Refuse(Unreachable());
  mariadb_.HoldConnects();
  std::vector<Request*> requests;
  for (int i = 0; i < 5; ++i) requests.push_back(&Acquire());
  EXPECT_EQ(pool().Stats().waiting, 5);
  mariadb_.Proceed();
  for (Request* request : requests) {
    EXPECT_EQ(request->status(), Unreachable());
  }
  EXPECT_EQ(mariadb_.connects(), 1);
}

// As long as a connection lives, waiting for it is better than failing.
TEST_F(PoolTest, WaitsOnWhereAConnectionLivesAlthoughAnotherCannotBeHad) {
  Request& holder = Acquire();
  holder.Wait();
  mariadb_.Refuse(Unreachable());
  Request& waiter = Acquire();
  shard_.FinishBlocking();
  EXPECT_EQ(mariadb_.connects(), 2);
  EXPECT_FALSE(waiter.done());
  Release(holder);
  EXPECT_TRUE(waiter.status().ok());
}

// Those that have the connections may be waiting for the same database.
TEST_F(PoolTest, TellsWhoWaitedInVainWhyNoConnectionCouldBeOpened) {
  options_.acquire_timeout = absl::Milliseconds(200);
  Request& holder = Acquire();
  holder.Wait();
  Request& full = Acquire();
  full.Wait();
  EXPECT_EQ(Acquire().reason(), "POOL_WAIT");
  Release(full, [](Connection& connection) { connection.MarkBroken(); });
  mariadb_.Refuse(Unreachable());
  const absl::Status status = Acquire().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(errors::ReasonOf(status), "DATABASE_UNREACHABLE");
  EXPECT_THAT(std::string(status.message()),
              ::testing::AllOf(::testing::HasSubstr("within 200ms"),
                               ::testing::HasSubstr("cannot be reached")));
}

TEST_F(PoolTest, ConnectsToAReturningDatabaseWithoutAHerd) {
  options_.max_size = 32;
  options_.max_connecting = 2;
  std::vector<Request*> requests;
  for (int i = 0; i < 32; ++i) requests.push_back(&Acquire());
  for (Request* request : requests) EXPECT_TRUE(request->status().ok());
  EXPECT_LE(mariadb_.most_connecting(), 2);
}

TEST_F(PoolTest, LosesNoSlotToConnectsThatFail) {
  options_.max_size = 3;
  mariadb_.Refuse(Unreachable());
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_EQ(Acquire().status(), Unreachable());
    clock_.Advance(options_.backoff_max);
  }
  const PoolStats stats = pool().Stats();
  EXPECT_EQ(stats.connect_failures, 10'000u);
  EXPECT_EQ(stats.open, 0);
  EXPECT_EQ(stats.in_use, 0);
  EXPECT_EQ(stats.connecting, 0);
  EXPECT_EQ(stats.waiting, 0);
  EXPECT_EQ(stats.opened, 0u);
  EXPECT_EQ(stats.acquired, 0u);
  mariadb_.Refuse(absl::OkStatus());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Acquire().status().ok());
  EXPECT_EQ(pool().Stats().in_use, 3);
}

}  // namespace
}  // namespace berth::pool
