// Bulk inserts that something breaks in the middle: what of them is stored, and
// whether that is what was told. And clients that take no answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "berth/client/client.h"
#include "tests/integration/bulk_stream.h"
#include "tests/support/berthd_process.h"
#include "tests/support/child_process.h"
#include "tests/support/gated_servers.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tcp_gate.h"
#include "tests/support/wait.h"

namespace berth::test {
namespace {

using absl::StatusCode;
using client::Outcome;
using client::OutcomeOf;
using client::Session;

class BulkFaultsTest : public ::testing::Test {
 protected:
  static GatedServers& All() {
    static GatedServers servers;
    return servers;
  }

  void SetUp() override {
    All().gate.Heal();
    if (!Mariadb().TrySql("DO 0").ok()) {
      Mariadb().Kill();
      Mariadb().Start();
    }
    Mariadb().Sql(
        "CREATE OR REPLACE TABLE pairs (id INT PRIMARY KEY, name VARCHAR(20))");
    ASSERT_TRUE(Eventually([this] { return Read().ok(); }));
  }

  static MariadbServer& Mariadb() { return All().mariadb; }
  absl::Status Read() { return client_.Select(SelectFrom("pairs")).status(); }
  static int64_t Stored() {
    int64_t count = -1;
    EXPECT_TRUE(
        absl::SimpleAtoi(Mariadb().Sql("SELECT COUNT(*) FROM pairs"), &count));
    return count;
  }
  // Whether berthd has rolled back what it will, and holds no connection.
  bool Over() {
    auto stats = client_.GetPoolStats();
    return stats.ok() && stats->in_use() == 0 && stats->waiting() == 0;
  }
  static int64_t Memory() { return ResidentKiB(All().berthd.pid()); }

  static BulkStream Start(v1::BulkCommit commit,
                          absl::Duration timeout = absl::Minutes(2)) {
    v1::BulkInsertHeader header = Header("pairs", {"id", "name"});
    header.set_commit(commit);
    return BulkStream(All().berthd.endpoint(), header, timeout);
  }

  // Adds batches of 100 rows until the stream ends. The rows answered.
  static int64_t AddAll(BulkStream& bulk) {
    int64_t rows = 0;
    while (bulk.Add(Numbered(rows, 100))) rows += 100;
    return rows;
  }
  static int64_t AddUntilMariadbIsKilled(BulkStream& bulk) {
    std::thread killer([] {
      absl::SleepFor(absl::Milliseconds(300));
      Mariadb().Kill();
    });
    const int64_t rows = AddAll(bulk);
    killer.join();
    return rows;
  }

  const client::Client client_ = All().berthd.Connect();
};

// What MariaDB has done is in doubt from the first byte of the COMMIT on.
TEST_F(BulkFaultsTest, IsUnknownWhenTheConnectionIsLostAtCommit) {
  struct Case {
    TcpGate::Direction direction;
    uint64_t bytes;
    bool done;
  };
  // A COMMIT has 11 bytes on the wire.
  for (const Case& each :
       {Case{TcpGate::kToServer, 1, false}, Case{TcpGate::kToServer, 10, false},
        Case{TcpGate::kToServer, 11, true},
        Case{TcpGate::kToClient, 1, true}}) {
    SCOPED_TRACE(absl::StrCat(each.direction, " after ", each.bytes));
    SetUp();
    BulkStream bulk = Start(v1::BULK_COMMIT_UNSPECIFIED);
    ASSERT_TRUE(bulk.Add(Numbered(0, 100)));
    All().gate.CutAfter(each.direction, each.bytes);
    const absl::Status status = bulk.Finish();
    EXPECT_THAT(status, StatusIs(StatusCode::kUnknown));
    EXPECT_THAT(status, HasReason("OUTCOME_UNKNOWN"));
    EXPECT_EQ(OutcomeOf(status), Outcome::kUnknown);
    EXPECT_FALSE(bulk.answer().committed());
    EXPECT_TRUE(Eventually([this] { return Over(); }));
    const int64_t expected = each.done ? 100 : 0;
    EXPECT_TRUE(Eventually([&] { return Stored() == expected; }));
  }
}

// Each answer is true, and the error is that of the batch without one.
TEST_F(BulkFaultsTest, OnlyTheLastBatchIsUnknownWhenItsCommitIsLost) {
  BulkStream bulk = Start(v1::BULK_COMMIT_EACH_BATCH);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(bulk.Add(Numbered(100 * i, 100)));
  // BEGIN and the rows are answered, COMMIT is not.
  const uint64_t before = All().gate.Passed(TcpGate::kToClient);
  ASSERT_TRUE(bulk.Add(Numbered(500, 100)));
  const uint64_t batch = All().gate.Passed(TcpGate::kToClient) - before;
  All().gate.CutAfter(TcpGate::kToClient, batch - 1);
  EXPECT_FALSE(bulk.Add(Numbered(600, 100)));
  const absl::Status status = bulk.End();
  EXPECT_THAT(status, HasReason("OUTCOME_UNKNOWN"));
  EXPECT_EQ(OutcomeOf(status), Outcome::kUnknown);
  EXPECT_EQ(bulk.answer().total_rows(), 600u);
  EXPECT_TRUE(bulk.answer().committed());
  EXPECT_TRUE(Eventually([] { return Stored() == 700; }));
}

TEST_F(BulkFaultsTest, NothingIsStoredWhenMariadbIsKilledInTheMiddle) {
  BulkStream bulk = Start(v1::BULK_COMMIT_UNSPECIFIED);
  EXPECT_GT(AddUntilMariadbIsKilled(bulk), 0);
  const absl::Status status = bulk.End();
  EXPECT_THAT(status, StatusIs(StatusCode::kAborted));
  EXPECT_THAT(status, HasReason("TRANSACTION_LOST"));
  EXPECT_EQ(OutcomeOf(status), Outcome::kNotDone);
  EXPECT_EQ(client::RetryOf(status), client::Retry::kTransaction);
  Mariadb().Start();
  EXPECT_EQ(Stored(), 0);
}

TEST_F(BulkFaultsTest, AnsweredBatchesStayWhenMariadbIsKilledInTheMiddle) {
  BulkStream bulk = Start(v1::BULK_COMMIT_EACH_BATCH);
  const int64_t rows = AddUntilMariadbIsKilled(bulk);
  EXPECT_GT(rows, 0);
  const absl::Status status = bulk.End();
  EXPECT_NE(OutcomeOf(status), Outcome::kDone) << status;
  Mariadb().Start();
  const int64_t stored = Stored();
  EXPECT_GE(stored, rows);
  EXPECT_LE(stored, OutcomeOf(status) == Outcome::kUnknown ? rows + 100 : rows)
      << status;
}

TEST_F(BulkFaultsTest, NothingIsStoredWhenTheDeadlinePassesInTheMiddle) {
  BulkStream bulk = Start(v1::BULK_COMMIT_UNSPECIFIED, absl::Milliseconds(500));
  EXPECT_GT(AddAll(bulk), 0);
  EXPECT_THAT(bulk.End(), StatusIs(StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(Eventually([this] { return Over(); }));
  EXPECT_EQ(Stored(), 0);
}

TEST_F(BulkFaultsTest, AnsweredBatchesStayWhenTheDeadlinePasses) {
  BulkStream bulk = Start(v1::BULK_COMMIT_EACH_BATCH, absl::Milliseconds(500));
  const int64_t rows = AddAll(bulk);
  EXPECT_THAT(bulk.End(), StatusIs(StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(Eventually([this] { return Over(); }));
  EXPECT_GT(rows, 0);
  EXPECT_GE(Stored(), rows);
  // The client stops listening a little before berthd does.
  EXPECT_LE(Stored(), rows + 200);
}

TEST_F(BulkFaultsTest, NothingIsStoredWhenAMessageIsTooLarge) {
  BulkStream bulk = Start(v1::BULK_COMMIT_UNSPECIFIED);
  ASSERT_TRUE(bulk.Add(Numbered(0, 100)));
  v1::Rows rows = Numbered(100, 1);
  rows.mutable_rows(0)->mutable_values(1)->set_text(
      std::string(21'000'000, 'x'));
  bulk.Send(rows);
  EXPECT_THAT(bulk.Finish(), StatusIs(StatusCode::kResourceExhausted));
  EXPECT_TRUE(Eventually([this] { return Over(); }));
  EXPECT_EQ(Stored(), 0);
}

TEST_F(BulkFaultsTest, AFullPoolIsToldBeforeAnythingIsStored) {
  BerthdProcess::Options options;
  options.config =
      "pool:\n  max_size: 1\n  min_idle: 1\n  acquire_timeout: 200ms\n";
  BerthdProcess small(Mariadb(), options);
  Session holder = small.Connect().OpenSession().value();
  ASSERT_THAT(holder.Begin(), IsOk());
  for (const v1::BulkCommit commit :
       {v1::BULK_COMMIT_UNSPECIFIED, v1::BULK_COMMIT_EACH_BATCH}) {
    v1::BulkInsertHeader header = Header("pairs", {"id", "name"});
    header.set_commit(commit);
    BulkStream bulk(small.endpoint(), header);
    EXPECT_FALSE(bulk.Add(Numbered(0, 10)));
    const absl::Status status = bulk.End();
    EXPECT_THAT(status, StatusIs(StatusCode::kResourceExhausted));
    EXPECT_THAT(status, HasReason("POOL_WAIT"));
    EXPECT_EQ(OutcomeOf(status), Outcome::kNotDone);
  }
  ASSERT_THAT(holder.Rollback(), IsOk());
  ASSERT_THAT(holder.End(), IsOk());
  EXPECT_EQ(Stored(), 0);
}

TEST_F(BulkFaultsTest, MemoryStaysFlatOverAMillionRows) {
  const int64_t rows = Scaled(1'000'000);
  const int batch = 1000;
  {
    BulkStream warm = Start(v1::BULK_COMMIT_UNSPECIFIED);
    ASSERT_TRUE(warm.Add(Numbered(0, batch)));
    ASSERT_TRUE(warm.Add(Numbered(batch, batch)));
  }
  ASSERT_TRUE(Eventually([this] { return Over(); }));
  const int64_t before = Memory();
  int64_t during = before;
  const absl::Time start = absl::Now();
  BulkStream bulk = Start(v1::BULK_COMMIT_UNSPECIFIED, absl::Minutes(10));
  // As fast as berthd lets it, well ahead of the answers.
  std::thread sender([&] {
    for (int64_t i = 0; i < rows; i += batch) {
      if (!bulk.Send(Numbered(i, batch))) return;
    }
  });
  for (int64_t i = 0; i < rows; i += batch) {
    if (!bulk.Receive()) break;
    during = std::max(during, Memory());
  }
  sender.join();
  ASSERT_THAT(bulk.Finish(), IsOk());
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  std::printf(
      "%ld rows in %.1f s; berthd's memory: %ld KiB before, at most %ld "
      "during, %ld after\n",
      static_cast<long>(rows), seconds, static_cast<long>(before),
      static_cast<long>(during), static_cast<long>(Memory()));
  EXPECT_EQ(Stored(), rows);
  EXPECT_LE(during - before, AllowedKiB(8 * 1024));
}

// It is held up, then it loses its transaction; nobody else feels it.
TEST_F(BulkFaultsTest, AClientThatTakesNoAnswersIsHeldUpAndThenEnded) {
  const int64_t before = Memory();
  BulkStream bulk(All().berthd.endpoint(), Header("pairs", {"id", "name"}),
                  absl::Minutes(2), /*window=*/16'384);
  std::atomic<int64_t> sent = 0;
  std::atomic<absl::Time> last = absl::Now();
  std::thread sender([&] {
    while (bulk.Send(Numbered(sent, 1))) {
      ++sent;
      last = absl::Now();
    }
  });
  // Others work meanwhile, before and after it stands still.
  std::atomic<bool> over = false;
  std::thread other([&] {
    while (!over) {
      const absl::Time start = absl::Now();
      EXPECT_THAT(client_.Execute(Sql("SELECT 1")), IsOk());
      EXPECT_LT(absl::Now() - start, absl::Seconds(2));
      absl::SleepFor(absl::Milliseconds(20));
    }
  });
  int64_t during = before;
  EXPECT_TRUE(Eventually(
      [&] {
        during = std::max(during, Memory());
        return sent > 0 && absl::Now() - last.load() > absl::Seconds(1);
      },
      absl::Minutes(2)));
  const int64_t held = sent;
  sender.join();
  over = true;
  other.join();
  std::printf("held up after %ld batches; berthd's memory grew by %ld KiB\n",
              static_cast<long>(held), static_cast<long>(during - before));
  // gRPC takes in up to 16 MiB of a stream before they are read, on a fast
  // network.
  EXPECT_LE(during - before, AllowedKiB(24 * 1024));
  EXPECT_THAT(bulk.End(), StatusIs(StatusCode::kCancelled));
  EXPECT_TRUE(Eventually([this] { return Over(); }));
  EXPECT_EQ(Stored(), 0);
}

TEST_F(BulkFaultsTest, NothingIsLeftInThePool) {
  EXPECT_TRUE(Eventually([this] { return Over(); }));
}

}  // namespace
}  // namespace berth::test
