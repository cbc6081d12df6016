// What is done about connections that idle or grow old.
#include <string>
#include <vector>

#include "server/pool/pool.h"
#include "tests/unit/pool/pool_test_base.h"

namespace berth::pool {
namespace {

using mariadb::Connection;

class PoolUpkeepTest : public PoolTest {
 protected:
  PoolUpkeepTest() {
    options_.max_size = 8;
    options_.min_idle = 0;
  }

  // Leaves so many connections idle.
  void Idle(int count) {
    std::vector<Request*> requests;
    for (int i = 0; i < count; ++i) requests.push_back(&Acquire());
    for (Request* request : requests) EXPECT_TRUE(request->status().ok());
    for (Request* request : requests) Release(*request);
    EXPECT_EQ(pool().Stats().open, count);
  }
};

TEST_F(PoolUpkeepTest, ReplacesADeadConnectionAsItIsAsked) {
  Idle(1);
  mariadb_.HangUp();
  clock_.Advance(options_.check_after_idle + absl::Milliseconds(1));
  EXPECT_TRUE(Acquire().status().ok());
  shard_.FinishBlocking();
  EXPECT_EQ(mariadb_.connects(), 2);
  EXPECT_EQ(mariadb_.open(), 1);
}

TEST_F(PoolUpkeepTest, ReplacesAllDeadConnectionsForOneRequest) {
  Idle(5);
  mariadb_.HangUp();
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(Acquire().status().ok());
  shard_.FinishBlocking();
  EXPECT_EQ(mariadb_.open(), 1);
}

TEST_F(PoolUpkeepTest, AsksNoConnectionThatWasJustUsed) {
  Idle(1);
  clock_.Advance(options_.check_after_idle);
  EXPECT_TRUE(Acquire().status().ok());
  EXPECT_EQ(mariadb_.pings(), 0);
}

TEST_F(PoolUpkeepTest, AsksForASignOfLifeAfterALongPause) {
  Idle(1);
  clock_.Advance(options_.ping_after_idle + absl::Seconds(1));
  EXPECT_TRUE(Acquire().status().ok());
  EXPECT_EQ(mariadb_.pings(), 1);
  EXPECT_EQ(mariadb_.connects(), 1);
}

TEST_F(PoolUpkeepTest, ReplacesAConnectionThatGivesNoSignOfLife) {
  Idle(1);
  mariadb_.Fail("PING", 2013);
  clock_.Advance(options_.ping_after_idle + absl::Seconds(1));
  EXPECT_TRUE(Acquire().status().ok());
  EXPECT_EQ(mariadb_.connects(), 2);
}

TEST_F(PoolUpkeepTest, TickPingsWhatIdles) {
  Idle(3);
  Tick();
  EXPECT_EQ(mariadb_.pings(), 0);
  clock_.Advance(options_.ping_after_idle + absl::Seconds(1));
  Tick();
  EXPECT_EQ(mariadb_.pings(), 3);
  Tick();
  EXPECT_EQ(mariadb_.pings(), 3);
  EXPECT_EQ(pool().Stats().open, 3);
  EXPECT_EQ(pool().Stats().in_use, 0);
}

TEST_F(PoolUpkeepTest, TickClosesWhatIsDeadAndAsksForMariaDb) {
  Idle(3);
  mariadb_.HangUp();
  Tick();
  EXPECT_EQ(mariadb_.connects(), 4);
  EXPECT_EQ(pool().Stats().open, 1);
  EXPECT_EQ(mariadb_.open(), 1);
}

TEST_F(PoolUpkeepTest, TickNoticesThatMariaDbIsGone) {
  Idle(1);
  mariadb_.HangUp();
  mariadb_.Refuse(Unreachable());
  Tick();
  EXPECT_EQ(pool().LastConnectError(), Unreachable());
}

TEST_F(PoolUpkeepTest, TickDoesNotLookLikeUse) {
  Idle(1);
  const uint64_t acquired = pool().Stats().acquired;
  // Pinged again and again, it is still closed when its time is over.
  for (int i = 0; i < 21; ++i) {
    clock_.Advance(absl::Seconds(31));
    Tick();
  }
  EXPECT_EQ(pool().Stats().acquired, acquired);
  EXPECT_EQ(pool().Stats().open, 0);
}

TEST_F(PoolUpkeepTest, TickClosesWhatIsNotNeeded) {
  options_.min_idle = 2;
  options_.ping_after_idle = absl::Hours(1);
  Idle(6);
  clock_.Advance(options_.idle_timeout);
  Tick();
  EXPECT_EQ(pool().Stats().open, 6);
  clock_.Advance(absl::Seconds(1));
  Tick();
  EXPECT_EQ(pool().Stats().open, 2);
  EXPECT_EQ(mariadb_.open(), 2);
}

TEST_F(PoolUpkeepTest, TickOpensWhatIsMissing) {
  options_.min_idle = 2;
  Tick();
  EXPECT_EQ(pool().Stats().open, 2);
  EXPECT_EQ(pool().Stats().in_use, 0);
}

TEST_F(PoolUpkeepTest, TickReconnectsBeforeAnyCallComes) {
  Idle(1);
  mariadb_.Refuse(Unreachable());
  mariadb_.HangUp();
  clock_.Advance(absl::Seconds(1));
  Acquire().Wait();
  EXPECT_EQ(pool().Stats().open, 0);
  mariadb_.Refuse(absl::OkStatus());
  clock_.Advance(options_.backoff_max);
  Tick();
  EXPECT_EQ(pool().Stats().open, 1);
  EXPECT_TRUE(Acquire().done());
}

TEST_F(PoolUpkeepTest, TickKeepsThePausesBetweenAttempts) {
  options_.min_idle = 1;
  mariadb_.Refuse(Unreachable());
  for (int i = 0; i < 10; ++i) Tick();
  EXPECT_EQ(mariadb_.connects(), 1);
  clock_.Advance(options_.backoff_max);
  Tick();
  EXPECT_EQ(mariadb_.connects(), 2);
}

TEST_F(PoolUpkeepTest, ReplacesOldConnectionsOneAfterTheOther) {
  options_.idle_timeout = absl::Hours(10);
  options_.ping_after_idle = absl::Hours(10);
  Idle(4);
  clock_.Advance(options_.max_lifetime * 0.9 - absl::Seconds(1));
  Tick();
  EXPECT_EQ(pool().Stats().open, 4);
  clock_.Advance(options_.max_lifetime * 0.1 + absl::Seconds(2));
  for (int left = 3; left >= 0; --left) {
    Tick();
    Tick();
    EXPECT_EQ(pool().Stats().open, left);
    clock_.Advance(options_.max_lifetime / options_.max_size);
  }
}

TEST_F(PoolUpkeepTest, ReplacesAnOldConnectionAsItIsGivenBack) {
  Request& request = Acquire();
  request.Wait();
  clock_.Advance(options_.max_lifetime + absl::Seconds(1));
  Release(request);
  shard_.FinishBlocking();
  EXPECT_EQ(mariadb_.open(), 0);
}

TEST_F(PoolUpkeepTest, TickAfterCloseDoesNothing) {
  options_.min_idle = 2;
  pool().Close();
  Tick();
  EXPECT_EQ(mariadb_.connects(), 0);
}

}  // namespace
}  // namespace berth::pool
