// Who gets which connection, and when.
#include "server/pool/pool.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "tests/unit/pool/pool_test_base.h"

namespace berth::pool {
namespace {

using mariadb::Connection;
using ::testing::HasSubstr;

TEST_F(PoolTest, OpensAConnectionWhenOneIsNeeded) {
  EXPECT_EQ(pool().Stats().open, 0);
  EXPECT_TRUE(Acquire().status().ok());
  EXPECT_EQ(mariadb_.connects(), 1);
  EXPECT_EQ(pool().Stats().in_use, 1);
  EXPECT_EQ(pool().ServerVersion(), "10.11.6-MariaDB");
}

TEST_F(PoolTest, GivesTheLastUsedConnectionOutFirst) {
  Request& first = Acquire();
  Request& second = Acquire();
  Connection* last = &second.connection();
  first.Wait();
  Release(first);
  Release(second);
  EXPECT_EQ(&Acquire().connection(), last);
  EXPECT_EQ(mariadb_.connects(), 2);
}

TEST_F(PoolTest, PrefersAConnectionWithTheDatabase) {
  Request& first = Acquire();
  Request& second = Acquire();
  Connection* shop = &first.connection();
  second.Wait();
  shard_.Await([shop]() -> runtime::Task<void> {
    const absl::Status used = co_await shop->UseDatabase("shop");
    EXPECT_TRUE(used.ok());
  });
  Release(first);
  Release(second);
  Demand demand;
  demand.database = "shop";
  EXPECT_EQ(&Acquire(demand).connection(), shop);
}

TEST_F(PoolTest, ServesThoseWhoWaitInTheirOrder) {
  Request& first = Acquire();
  Request& second = Acquire();
  first.Wait();
  second.Wait();
  Request& third = Acquire();
  Request& fourth = Acquire();
  EXPECT_EQ(pool().Stats().waiting, 2);
  Connection* one = &first.connection();
  Release(first);
  EXPECT_EQ(&third.connection(), one);
  EXPECT_FALSE(fourth.done());
  Release(second);
  EXPECT_TRUE(fourth.status().ok());
  EXPECT_EQ(mariadb_.connects(), 2);
}

TEST_F(PoolTest, LetsNobodyPassThoseWhoWait) {
  options_.max_size = 1;
  Request& first = Acquire();
  first.Wait();
  Request& second = Acquire();
  // Gives back and asks again at once: it comes behind the second.
  Release(first);
  Request& again = Acquire();
  EXPECT_TRUE(second.status().ok());
  EXPECT_FALSE(again.done());
  Release(second);
  EXPECT_TRUE(again.status().ok());
}

TEST_F(PoolTest, NeverOpensMoreThanItsSize) {
  options_.max_size = 3;
  std::vector<Request*> requests;
  for (int i = 0; i < 20; ++i) requests.push_back(&Acquire());
  shard_.FinishBlocking();
  EXPECT_EQ(mariadb_.connects(), 3);
  EXPECT_EQ(pool().Stats().in_use, 3);
  EXPECT_EQ(pool().Stats().waiting, 17);
  for (Request* request : requests) {
    request->Wait();
    Release(*request);
  }
  EXPECT_EQ(mariadb_.connects(), 3);
  EXPECT_EQ(pool().Stats().acquired, 20u);
}

TEST_F(PoolTest, NamesItsStateWhenAWaitWasInVain) {
  options_.max_size = 1;
  options_.acquire_timeout = absl::Milliseconds(5);
  Request& holder = AcquireFor(LeaseKind::kSession);
  holder.Wait();
  clock_.Advance(absl::Seconds(7));
  const absl::Status status = Acquire().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(errors::ReasonOf(status), "POOL_WAIT");
  EXPECT_EQ(errors::MetadataOf(status, "outcome"), "NOT_DONE");
  EXPECT_EQ(errors::MetadataOf(status, "retry"), "LATER");
  EXPECT_EQ(errors::MetadataOf(status, "phase"), "QUEUE");
  EXPECT_EQ(errors::MetadataOf(status, "pool_size"), "1");
  EXPECT_EQ(errors::MetadataOf(status, "pool_in_use"), "1");
  EXPECT_EQ(errors::MetadataOf(status, "pool_in_sessions"), "1");
  EXPECT_EQ(errors::MetadataOf(status, "pool_oldest_lease_ms"), "7000");
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("1 of 1 connections in use"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("a session's"));
  EXPECT_EQ(pool().Stats().timeouts, 1u);
}

TEST_F(PoolTest, WaitsNoLongerThanTheCallersDeadline) {
  options_.max_size = 1;
  Acquire().Wait();
  Demand demand;
  demand.deadline = absl::Now() + absl::Milliseconds(5);
  Request& request = Acquire(demand);
  EXPECT_EQ(request.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(request.reason(), "QUEUE");
}

TEST_F(PoolTest, FailsAtOnceBehindADeadlineThatIsOver) {
  options_.max_size = 1;
  Acquire().Wait();
  Demand demand;
  demand.deadline = absl::InfinitePast();
  EXPECT_EQ(Acquire(demand).reason(), "QUEUE");
}

TEST_F(PoolTest, RefusesWhatIsBeyondItsQueue) {
  options_.max_size = 1;
  options_.queue_length = 1;
  Request& holder = Acquire();
  holder.Wait();
  Request& waiter = Acquire();
  Request& refused = Acquire();
  ASSERT_TRUE(refused.done());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(refused.reason(), "QUEUE_FULL");
  EXPECT_EQ(errors::MetadataOf(refused.status(), "pool_waiting"), "1");
  EXPECT_FALSE(waiter.done());
  Release(holder);
  EXPECT_TRUE(waiter.status().ok());
}

TEST_F(PoolTest, LetsACallLeaveTheQueue) {
  options_.max_size = 1;
  Request& holder = Acquire();
  holder.Wait();
  Request& gone = Acquire();
  Request& next = Acquire();
  shard_.Call([&] { gone.cancellation.Cancel(); });
  EXPECT_EQ(gone.reason(), "CANCELLED");
  EXPECT_EQ(gone.status().code(), absl::StatusCode::kCancelled);
  Release(holder);
  EXPECT_TRUE(next.status().ok());
}

TEST_F(PoolTest, GivesNothingToACallThatLeftAsItWasGranted) {
  options_.max_size = 1;
  Request& holder = Acquire();
  holder.Wait();
  Request& gone = Acquire();
  Request& next = Acquire();
  // Granted, and cancelled before it could resume: it has its connection.
  shard_.Call([&] { shard_->Post([&] { gone.cancellation.Cancel(); }); });
  Release(holder);
  if (gone.status().ok()) Release(gone);
  EXPECT_TRUE(next.status().ok());
}

TEST_F(PoolTest, ResetsADirtyConnectionBeforeItsNextUse) {
  Request& first = Acquire();
  first.Wait();
  Release(first, [](Connection& connection) { connection.MarkDirty(); });
  EXPECT_EQ(mariadb_.Count("RESET"), 1);
  EXPECT_EQ(pool().Stats().resets, 1u);
  EXPECT_FALSE(Acquire().connection().dirty());
  EXPECT_EQ(mariadb_.connects(), 1);
}

TEST_F(PoolTest, RollsBackWhatWasLeftOpen) {
  for (const char* sql : {"START TRANSACTION", "SET autocommit=0"}) {
    Request& request = Acquire();
    Connection* connection = &request.connection();
    shard_.Await([connection, sql]() -> runtime::Task<void> {
      const absl::Status ran =
          co_await connection->Run(sql, mariadb::ErrorContext::Effect::kNone);
      EXPECT_TRUE(ran.ok());
    });
    Release(request);
    Request& next = Acquire();
    EXPECT_FALSE(next.connection().in_transaction());
    EXPECT_TRUE(next.connection().autocommit());
    Release(next);
  }
  EXPECT_EQ(mariadb_.Count("RESET"), 2);
}

TEST_F(PoolTest, TouchesACleanConnectionNotAtAll) {
  for (int i = 0; i < 10; ++i) {
    Request& request = Acquire();
    request.Wait();
    Release(request);
  }
  EXPECT_TRUE(mariadb_.statements().empty());
  EXPECT_EQ(mariadb_.pings(), 0);
}

TEST_F(PoolTest, ClosesABrokenConnection) {
  Request& request = Acquire();
  request.Wait();
  Release(request, [](Connection& connection) { connection.MarkBroken(); });
  shard_.FinishBlocking();
  EXPECT_EQ(pool().Stats().open, 0);
  EXPECT_EQ(pool().Stats().closed, 1u);
  EXPECT_EQ(mariadb_.open(), 0);
}

TEST_F(PoolTest, ClosesAConnectionWhoseResetFails) {
  mariadb_.Fail("RESET", 2013);
  Request& request = Acquire();
  request.Wait();
  Release(request, [](Connection& connection) { connection.MarkDirty(); });
  shard_.FinishBlocking();
  EXPECT_EQ(pool().Stats().open, 0);
  EXPECT_EQ(mariadb_.open(), 0);
}

TEST_F(PoolTest, ReplacesABrokenConnectionForWhoWaits) {
  options_.max_size = 1;
  Request& holder = Acquire();
  holder.Wait();
  Request& waiter = Acquire();
  Release(holder, [](Connection& connection) { connection.MarkBroken(); });
  EXPECT_TRUE(waiter.status().ok());
  EXPECT_EQ(mariadb_.connects(), 2);
}

TEST_F(PoolTest, KeepsAnEighthFromSessions) {
  options_.max_size = 8;
  std::vector<Request*> sessions;
  for (int i = 0; i < 7; ++i) {
    sessions.push_back(&AcquireFor(LeaseKind::kSession));
    EXPECT_TRUE(sessions.back()->status().ok());
  }
  EXPECT_EQ(pool().Stats().in_sessions, 7);
  Request& eighth = AcquireFor(LeaseKind::kSession);
  Request& call = AcquireFor(LeaseKind::kCall);
  // The call passes the session that may not be served.
  EXPECT_TRUE(call.status().ok());
  EXPECT_FALSE(eighth.done());
  Release(call);
  EXPECT_FALSE(eighth.done());
  Release(*sessions[0]);
  EXPECT_TRUE(eighth.status().ok());
}

TEST_F(PoolTest, KeepsNothingFromSessionsWhereItIsSmall) {
  options_.max_size = 7;
  for (int i = 0; i < 7; ++i) {
    EXPECT_TRUE(AcquireFor(LeaseKind::kSession).status().ok());
  }
}

TEST_F(PoolTest, CloseRefusesWhatWaitsAndWhatComes) {
  options_.max_size = 1;
  Request& holder = Acquire();
  holder.Wait();
  Request& waiter = Acquire();
  pool().Close();
  EXPECT_EQ(waiter.reason(), "DRAINING");
  EXPECT_EQ(waiter.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Acquire().reason(), "DRAINING");
  Release(holder);
  shard_.FinishBlocking();
  EXPECT_EQ(mariadb_.open(), 0);
}

TEST_F(PoolTest, WhatIdlesIsClosedOnceNoShardWatchesIt) {
  Request& request = Acquire();
  request.Wait();
  Release(request);
  pool().Close();
  shard_.FinishBlocking();
  EXPECT_EQ(mariadb_.open(), 1);
  pool().Close();
  shard_.FinishBlocking();
  EXPECT_EQ(mariadb_.open(), 0);
}

TEST_F(PoolTest, CloseClosesAConnectionThatWasBeingOpened) {
  mariadb_.HoldConnects();
  Request& request = Acquire();
  pool().Close();
  EXPECT_EQ(request.reason(), "DRAINING");
  mariadb_.Proceed();
  shard_.FinishBlocking();
  EXPECT_EQ(mariadb_.open(), 0);
}

TEST_F(PoolTest, AMovedLeaseGivesBackOnce) {
  Request& request = Acquire();
  Connection* connection = &request.connection();
  shard_.Call([&] {
    Lease first(&pool(), nullptr);
    EXPECT_FALSE(first);
    Lease second = std::move(first);
    EXPECT_FALSE(second);
  });
  Release(request);
  EXPECT_EQ(pool().Stats().in_use, 0);
  EXPECT_EQ(&Acquire().connection(), connection);
}

}  // namespace
}  // namespace berth::pool
