// What a bad network between berthd and MariaDB does to callers: each error
// says truly whether something happened.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/time/clock.h"
#include "berth/client/client.h"
#include "tests/support/gated_servers.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/wait.h"

namespace berth::test {
namespace {

using absl::StatusCode;
using client::Outcome;
using client::Session;
using client::Values;
using ::testing::AllOf;

struct Servers : GatedServers {
  Servers() {
    mariadb.Sql(
        "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(1000));"
        "INSERT INTO t SELECT seq, REPEAT('x', 1000) FROM seq_1_to_3000");
  }
};

class NetworkTest : public ::testing::Test {
 protected:
  static Servers& All() {
    static Servers servers;
    return servers;
  }
  void SetUp() override {
    gate_.Heal();
    ASSERT_TRUE(Eventually([this] { return Read().ok(); }));
    All().mariadb.Sql("DELETE FROM t WHERE id > 3000");
  }
  absl::StatusOr<v1::ResultChunk> Read() {
    return client_.Select(SelectFrom("t", "id = 1"));
  }
  static v1::InsertSpec Row(int id) {
    return InsertInto("t", {"id", "v"}, Values(id, "new"));
  }
  static std::string Stored(int id) {
    return All().mariadb.Sql("SELECT COUNT(*) FROM t WHERE id = " +
                             std::to_string(id));
  }
  // MariaDB has done the next statement, and nobody hears of it.
  void CutBeforeTheAnswer() { gate_.CutAfter(TcpGate::kToClient, 1); }

  TcpGate& gate_ = All().gate;
  const client::Client client_ = All().berthd.Connect();
};

// Nothing of it has been answered, so it is read again.
TEST_F(NetworkTest, LostReadOfAUnaryCallMovesToAnotherConnection) {
  gate_.CutAfter(TcpGate::kToClient, 100'000);
  auto rows = client_.Select(SelectFrom("t", "id <= 2000"));
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ(rows->rows().rows_size(), 2000);
}

// Half of it has been sent, and the session's connection is gone.
TEST_F(NetworkTest, LostReadOfASessionIsNotDoneAndRetryable) {
  Session session = client_.OpenSession().value();
  ASSERT_THAT(session.Ping(), IsOk());
  gate_.CutAfter(TcpGate::kToClient, 500'000);
  const absl::Status status =
      session.Select(SelectFrom("t", "id <= 2000")).status();
  EXPECT_THAT(status, AllOf(StatusIs(StatusCode::kUnavailable),
                            HasReason("CONNECTION_LOST")));
  EXPECT_EQ(client::OutcomeOf(status), Outcome::kNotDone);
  EXPECT_TRUE(client::IsRetryable(status));
  EXPECT_TRUE(Eventually([&] { return !session.Alive(); }));
}

// The write is done, but its answer is lost.
TEST_F(NetworkTest, LostAnswerOfAWriteIsUnknown) {
  ASSERT_THAT(client_.Insert(Row(4000)), IsOk());  // Prepares the statement.
  CutBeforeTheAnswer();
  const absl::Status status = client_.Insert(Row(4001)).status();
  EXPECT_THAT(status, AllOf(StatusIs(StatusCode::kUnknown),
                            HasReason("OUTCOME_UNKNOWN")));
  EXPECT_EQ(client::OutcomeOf(status), Outcome::kUnknown);
  EXPECT_FALSE(client::IsRetryable(status));
  EXPECT_EQ(Stored(4001), "1");
}

TEST_F(NetworkTest, LostTransactionIsRolledBackAndSaysSo) {
  Session session = client_.OpenSession().value();
  ASSERT_THAT(session.Begin(), IsOk());
  ASSERT_THAT(session.Insert(Row(4002)), IsOk());
  CutBeforeTheAnswer();
  const absl::Status status = session.Insert(Row(4003)).status();
  EXPECT_THAT(status, AllOf(StatusIs(StatusCode::kAborted),
                            HasReason("TRANSACTION_LOST")));
  EXPECT_EQ(client::OutcomeOf(status), Outcome::kNotDone);
  EXPECT_EQ(client::RetryOf(status), client::Retry::kTransaction);
  EXPECT_TRUE(Eventually([&] { return !session.Alive(); }));
  EXPECT_EQ(Stored(4002), "0");
}

TEST_F(NetworkTest, LostAnswerOfCommitIsUnknown) {
  Session session = client_.OpenSession().value();
  ASSERT_THAT(session.Begin(), IsOk());
  ASSERT_THAT(session.Insert(Row(4004)), IsOk());
  CutBeforeTheAnswer();
  const absl::Status status = session.Commit();
  EXPECT_THAT(status, AllOf(StatusIs(StatusCode::kUnknown),
                            HasReason("OUTCOME_UNKNOWN")));
  EXPECT_EQ(client::OutcomeOf(status), Outcome::kUnknown);
  EXPECT_EQ(Stored(4004), "1");
}

TEST_F(NetworkTest, UnreachableDatabaseIsToldSoonAndFoundAgain) {
  gate_.Refuse();
  gate_.Cut();
  ASSERT_TRUE(Eventually([&] { return !Read().ok(); }));
  const absl::Time start = absl::Now();
  const absl::Status status = client_.Insert(Row(4005)).status();
  EXPECT_LT(absl::Now() - start, absl::Seconds(3));
  EXPECT_THAT(status, AllOf(StatusIs(StatusCode::kUnavailable),
                            HasReason("DATABASE_UNREACHABLE")));
  EXPECT_EQ(client::OutcomeOf(status), Outcome::kNotDone);
  gate_.Heal();
  EXPECT_TRUE(Eventually([&] { return Read().ok(); }, absl::Seconds(6)));
  EXPECT_EQ(Stored(4005), "0");
}

TEST_F(NetworkTest, SlowNetworkDelaysItsOwnCallerOnly) {
  gate_.Delay(TcpGate::kToClient, absl::Milliseconds(300));
  const absl::Time start = absl::Now();
  EXPECT_THAT(Read(), IsOk());
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(300));
  EXPECT_LT(absl::Now() - start, absl::Seconds(3));
}

TEST_F(NetworkTest, NarrowNetworkStreamsAsFastAsItCan) {
  gate_.LimitRate(TcpGate::kToClient, 2'000'000);
  Session session = client_.OpenSession().value();
  const absl::Time start = absl::Now();
  auto rows = session.Select(SelectFrom("t", "id <= 2000"));
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ(rows->rows().rows_size(), 2000);
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(700));
}

}  // namespace
}  // namespace berth::test
