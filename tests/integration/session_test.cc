// Sessions: transactions, states, large results, and what the next user of the
// connection does not see.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "berth/client/client.h"
#include "tests/support/raw_rpc.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_servers.h"
#include "tests/support/wait.h"

namespace berth::test {
namespace {

using absl::StatusCode;
using client::Session;
using client::ToValue;
using client::Values;
using ::testing::AllOf;

TestServers& Servers() {
  static TestServers servers;
  return servers;
}

// Runs SQL in a session; the cells of the first result.
std::string Ask(Session& session, absl::string_view sql) {
  auto results = session.Execute(sql);
  EXPECT_THAT(results, IsOk()) << sql;
  return results.ok() && !results->empty() ? Cells(results->front()) : "";
}

class SessionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Servers().mariadb.Sql(
        "CREATE OR REPLACE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, "
        "v INT NOT NULL); INSERT INTO t VALUES (1, 10), (2, 20)");
  }
  static Session Open() { return Servers().client.OpenSession().value(); }
  static v1::InsertSpec Row(int v) { return InsertInto("t", {"v"}, Values(v)); }
  static std::string Stored() {
    return Servers().mariadb.Sql("SELECT GROUP_CONCAT(v ORDER BY id) FROM t");
  }
  static std::string State(const Session& session) {
    return absl::StrCat(
        session.state().in_transaction() ? "in transaction" : "outside",
        session.state().autocommit() ? "" : ", no autocommit");
  }
};

TEST_F(SessionTest, CommitKeepsAndRollbackUndoes) {
  Session session = Open();
  ASSERT_THAT(session.Begin(), IsOk());
  EXPECT_EQ(State(session), "in transaction");
  ASSERT_THAT(session.Insert(Row(30)), IsOk());
  EXPECT_EQ(session.state().last_insert_id(), 3u);
  EXPECT_EQ(Stored(), "10,20");
  ASSERT_THAT(session.Commit(), IsOk());
  EXPECT_EQ(State(session), "outside");
  EXPECT_EQ(Stored(), "10,20,30");
  ASSERT_THAT(session.Begin(), IsOk());
  ASSERT_THAT(session.Update(UpdateOf("t", "v", ToValue(0), "id > 0")), IsOk());
  ASSERT_THAT(session.Delete(DeleteFrom("t", "id = 1")), IsOk());
  ASSERT_THAT(session.Rollback(), IsOk());
  EXPECT_EQ(State(session), "outside");
  EXPECT_EQ(Stored(), "10,20,30");
  EXPECT_THAT(session.Rollback(), IsOk());
}

TEST_F(SessionTest, SavepointsUndoAPart) {
  Session session = Open();
  v1::Savepoint point;
  point.set_name("it's a `name`");
  EXPECT_THAT(session.Savepoint(point), HasReason("SESSION_STATE"));
  ASSERT_THAT(session.Begin(), IsOk());
  ASSERT_THAT(session.Insert(Row(30)), IsOk());
  ASSERT_THAT(session.Savepoint(point), IsOk());
  ASSERT_THAT(session.Insert(Row(40)), IsOk());
  point.set_action(v1::Savepoint::ROLLBACK_TO);
  ASSERT_THAT(session.Savepoint(point), IsOk());
  EXPECT_EQ(State(session), "in transaction");
  point.set_action(v1::Savepoint::RELEASE);
  ASSERT_THAT(session.Savepoint(point), IsOk());
  EXPECT_FALSE(session.Savepoint(point).ok());
  ASSERT_THAT(session.Commit(), IsOk());
  EXPECT_EQ(Stored(), "10,20,30");
}

TEST_F(SessionTest, WithoutAutocommitEachStatementOpensATransaction) {
  Session session = Open();
  ASSERT_THAT(session.SetAutocommit(false), IsOk());
  EXPECT_EQ(State(session), "outside, no autocommit");
  ASSERT_THAT(session.Insert(Row(30)), IsOk());
  EXPECT_EQ(State(session), "in transaction, no autocommit");
  EXPECT_EQ(Stored(), "10,20");
  ASSERT_THAT(session.Rollback(), IsOk());
  ASSERT_THAT(session.Insert(Row(40)), IsOk());
  ASSERT_THAT(session.SetAutocommit(true), IsOk());
  EXPECT_EQ(State(session), "outside");
  EXPECT_EQ(Stored(), "10,20,40");
}

TEST_F(SessionTest, WrongStateIsTold) {
  Session session = Open();
  const auto wrong = AllOf(StatusIs(StatusCode::kFailedPrecondition),
                           HasReason("SESSION_STATE"));
  EXPECT_THAT(session.Commit(), wrong);
  ASSERT_THAT(session.Begin(), IsOk());
  ASSERT_THAT(session.Insert(Row(30)), IsOk());
  EXPECT_THAT(session.Begin(), wrong);
  ASSERT_THAT(session.Rollback(), IsOk());
  EXPECT_EQ(Stored(), "10,20");
}

TEST_F(SessionTest, ReadOnlyTransactionRefusesWrites) {
  Session session = Open();
  v1::Begin begin;
  begin.set_read_only(true);
  ASSERT_THAT(session.Begin(begin), IsOk());
  EXPECT_THAT(session.Insert(Row(30)), HasReason("READ_ONLY"));
  EXPECT_EQ(Ask(session, "SELECT COUNT(*) FROM t"), "2");
  ASSERT_THAT(session.Rollback(), IsOk());
  EXPECT_THAT(session.Insert(Row(30)), IsOk());
}

TEST_F(SessionTest, IsolationIsThatOfTheTransaction) {
  Session session = Open();
  v1::Begin begin;
  begin.set_isolation(v1::ISOLATION_READ_COMMITTED);
  ASSERT_THAT(session.Begin(begin), IsOk());
  EXPECT_EQ(Ask(session, "SELECT COUNT(*) FROM t"), "2");
  Servers().mariadb.Sql("INSERT INTO t (v) VALUES (30)");
  EXPECT_EQ(Ask(session, "SELECT COUNT(*) FROM t"), "3");
  ASSERT_THAT(session.Commit(), IsOk());
  ASSERT_THAT(session.Begin(), IsOk());  // REPEATABLE READ again.
  EXPECT_EQ(Ask(session, "SELECT COUNT(*) FROM t"), "3");
  Servers().mariadb.Sql("INSERT INTO t (v) VALUES (40)");
  EXPECT_EQ(Ask(session, "SELECT COUNT(*) FROM t"), "3");
}

TEST_F(SessionTest, ChainedRequestsAreSkippedAfterAFailure) {
  Session session = Open();
  v1::SessionRequest bad = Request(Sql("SELECT nothing"));
  v1::SessionRequest next = Request(Row(30));
  next.set_chained(true);
  const uint32_t first = session.Send(bad).value();
  const uint32_t second = session.Send(next).value();
  const uint32_t third = session.Send(next).value();
  EXPECT_THAT(session.Receive(first), HasReason("UNKNOWN_COLUMN"));
  EXPECT_THAT(session.Receive(second), HasReason("CHAIN_SKIPPED"));
  EXPECT_THAT(session.Receive(third), HasReason("CHAIN_SKIPPED"));
  EXPECT_EQ(Stored(), "10,20");
}

TEST_F(SessionTest, PipelinedRequestsAreAnsweredInOrder) {
  Session session = Open();
  std::vector<uint32_t> ids;
  for (int i = 0; i < 50; ++i) {
    ids.push_back(session.Send(Request(Sql("SELECT ?", Values(i)))).value());
  }
  for (int i = 0; i < 50; ++i) {
    auto answer = session.Receive(ids[i]);
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(Cells(answer->front().result()), absl::StrCat(i));
  }
}

TEST_F(SessionTest, CallAnswersEveryResult) {
  Servers().mariadb.Sql(
      "DELIMITER $$\nCREATE OR REPLACE PROCEDURE several() BEGIN "
      "SELECT 1 AS a; SELECT 'x' AS b, 'y' AS c UNION SELECT 'z', NULL; END$$");
  Session session = Open();
  for (int i = 0; i < 3; ++i) {
    auto results = session.Execute("CALL several()");
    ASSERT_THAT(results, IsOk());
    ASSERT_EQ(results->size(), 3u);
    EXPECT_EQ(Cells((*results)[0]), "1");
    EXPECT_EQ(Cells((*results)[1]), "x,y;z,NULL");
    EXPECT_EQ((*results)[1].columns(1).name(), "c");
  }
}

// Two sessions that want each other's row.
TEST_F(SessionTest, DeadlockEndsOneTransactionAndSaysSo) {
  Session a = Open();
  Session b = Open();
  ASSERT_THAT(a.Begin(), IsOk());
  ASSERT_THAT(b.Begin(), IsOk());
  ASSERT_THAT(a.Update(UpdateOf("t", "v", ToValue(1), "id = 1")), IsOk());
  ASSERT_THAT(b.Update(UpdateOf("t", "v", ToValue(2), "id = 2")), IsOk());
  absl::Status status_a;
  std::thread other([&] {
    status_a = a.Update(UpdateOf("t", "v", ToValue(1), "id = 2")).status();
  });
  EXPECT_TRUE(Eventually([] {
    return Servers().mariadb.Sql(
               "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE "
               "trx_state = 'LOCK WAIT'") == "1";
  }));
  const absl::Status status_b =
      b.Update(UpdateOf("t", "v", ToValue(2), "id = 1")).status();
  other.join();
  ASSERT_NE(status_a.ok(), status_b.ok());
  Session& loser = status_a.ok() ? b : a;
  Session& winner = status_a.ok() ? a : b;
  const absl::Status& status = status_a.ok() ? status_b : status_a;
  EXPECT_THAT(status,
              AllOf(StatusIs(StatusCode::kAborted), HasReason("DEADLOCK")));
  EXPECT_EQ(client::RetryOf(status), client::Retry::kTransaction);
  EXPECT_EQ(client::OutcomeOf(status), client::Outcome::kNotDone);
  EXPECT_EQ(State(loser), "outside");
  EXPECT_EQ(Ask(loser, "SELECT @@in_transaction"), "0");
  EXPECT_THAT(winner.Commit(), IsOk());
  ASSERT_THAT(loser.Begin(), IsOk());
  EXPECT_THAT(loser.Commit(), IsOk());
}

TEST_F(SessionTest, LockWaitTimeoutLeavesTheTransactionOpen) {
  Session holder = Open();
  ASSERT_THAT(holder.Begin(), IsOk());
  v1::SelectSpec locked = SelectFrom("t", "id = 1");
  locked.set_lock(v1::LOCK_UPDATE);
  ASSERT_THAT(holder.Select(locked), IsOk());
  Session session = Open();
  Ask(session, "SET innodb_lock_wait_timeout = 1");
  ASSERT_THAT(session.Begin(), IsOk());
  ASSERT_THAT(session.Insert(Row(30)), IsOk());
  EXPECT_THAT(session.Update(UpdateOf("t", "v", ToValue(1), "id = 1")),
              HasReason("LOCK_WAIT_TIMEOUT"));
  EXPECT_EQ(State(session), "in transaction");
  ASSERT_THAT(session.Commit(), IsOk());
  EXPECT_EQ(Stored(), "10,20,30");
}

TEST_F(SessionTest, LargeResultStreamsWithFlatMemory) {
  Session session = Open();
  const char kBig[] = "SELECT seq, REPEAT('x', 200) FROM seq_1_to_200000";
  // What the first one needs once is not counted.
  ASSERT_THAT(session.Execute("SELECT seq FROM seq_1_to_1000"), IsOk());
  const int64_t before = ResidentKiB(Servers().berthd.pid());
  auto results = session.Execute(kBig);
  ASSERT_THAT(results, IsOk());
  const int64_t after = ResidentKiB(Servers().berthd.pid());
  ASSERT_EQ(results->front().rows().rows_size(), 200'000);
  EXPECT_EQ(client::ToString(results->front().rows().rows(199'999).values(0)),
            "200000");
  EXPECT_EQ(results->front().end().row_count(), 200'000u);
  // The result has 40 MiB.
  EXPECT_LT(after - before, AllowedKiB(8 * 1024));
}

// A reader that takes nothing holds up its own session, not berthd's memory.
TEST_F(SessionTest, SlowReaderCostsNoMemory) {
  RawSession session(Servers().berthd.endpoint());
  v1::SessionRequest open;
  open.set_request_id(1);
  open.mutable_open();
  ASSERT_TRUE(session.Send(open));
  ASSERT_TRUE(session.Receive().has_value());
  const int64_t before = ResidentKiB(Servers().berthd.pid());
  v1::SessionRequest big =
      Request(Sql("SELECT seq, REPEAT('x', 200) FROM seq_1_to_400000"));
  big.set_request_id(2);
  ASSERT_TRUE(session.Send(big));
  absl::SleepFor(absl::Seconds(1));
  EXPECT_LT(ResidentKiB(Servers().berthd.pid()) - before, AllowedKiB(8 * 1024));
  EXPECT_THAT(Servers().client.Execute(Sql("SELECT 1")), IsOk());
  uint64_t rows = 0;
  while (auto answer = session.Receive()) {
    rows += answer->result().rows().rows_size();
    if (!answer->more()) break;
  }
  EXPECT_EQ(rows, 400'000u);
}

TEST_F(SessionTest, StreamCarriesSessionsOneAfterAnother) {
  RawSession session(Servers().berthd.endpoint());
  uint32_t id = 0;
  const auto ask = [&](v1::SessionRequest request) {
    request.set_request_id(++id);
    EXPECT_TRUE(session.Send(request));
    return session.Receive().value_or(v1::SessionResponse());
  };
  v1::SessionRequest open, end;
  open.mutable_open();
  end.mutable_end();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ask(open).opened().database(), "berth");
    EXPECT_EQ(Cells(ask(Request(Sql("SELECT @mark"))).result()), "NULL");
    EXPECT_TRUE(ask(Request(Sql("SET @mark = 1"))).has_result());
    EXPECT_TRUE(ask(end).has_done());
    EXPECT_TRUE(ask(Request(Sql("SELECT 1"))).has_error());
  }
}

}  // namespace
}  // namespace berth::test
