// Transaction programs that others are in the way of: deadlocks, locks that
// are held, deadlines, and connections that are killed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "berth/client/client.h"
#include "tests/support/programs.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_servers.h"
#include "tests/support/wait.h"

namespace berth::test {
namespace {

using absl::StatusCode;
using client::MetadataOf;
using client::Outcome;
using ::testing::AllOf;

TestServers& Servers() {
  static TestServers servers;
  return servers;
}

absl::StatusOr<v1::TransactionResponse> RunText(
    absl::string_view text, absl::Duration timeout = absl::Minutes(1)) {
  return RunProgram(Servers().berthd.endpoint(), ProgramOf(text), timeout);
}

std::string Add(int id) {
  return absl::StrCat(
      "steps { statement { sql: 'UPDATE pair SET n = n + 1 "
      "WHERE id = ",
      id, "' } } ");
}

class TransactionConflictTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Servers().mariadb.Sql(
        "CREATE OR REPLACE TABLE pair (id INT PRIMARY KEY, n INT NOT NULL);"
        "INSERT INTO pair VALUES (1, 0), (2, 0)");
  }
  static std::string Pair() {
    return Servers().mariadb.Sql(
        "SELECT GROUP_CONCAT(n ORDER BY id) FROM pair");
  }
};

// Each holds one row and then wants the other's.
TEST_F(TransactionConflictTest, TwoThatDeadlockBothEndRight) {
  const int rounds = Scaled(1000);
  const std::string pause = "steps { statement { sql: 'DO SLEEP(0.01)' } } ";
  const std::string programs[] = {absl::StrCat(Add(1), pause, Add(2)),
                                  absl::StrCat(Add(2), pause, Add(1))};
  int deadlocks = 0;
  for (int round = 1; round <= rounds; ++round) {
    std::atomic<int> attempts = 0;
    absl::Notification go;
    std::vector<std::thread> clients;
    for (const std::string& program : programs) {
      clients.emplace_back([&attempts, &go, &program] {
        go.WaitForNotification();
        const auto answer = RunText(program);
        EXPECT_THAT(answer, IsOk());
        if (answer.ok()) {
          attempts += static_cast<int>(answer->info().attempts());
        }
      });
    }
    go.Notify();
    for (std::thread& client : clients) client.join();
    if (attempts > 2) ++deadlocks;
    if (HasFailure()) break;
  }
  EXPECT_EQ(Pair(), absl::StrCat(2 * rounds, ",", 2 * rounds));
  EXPECT_GT(deadlocks, rounds / 4);
  std::printf("deadlocks: %d of %d rounds\n", deadlocks, rounds);
}

TEST_F(TransactionConflictTest, WaitsForALockNoLongerThanItMay) {
  client::Session holder = Servers().client.OpenSession().value();
  ASSERT_THAT(holder.Begin(), IsOk());
  ASSERT_THAT(holder.Execute("UPDATE pair SET n = 5 WHERE id = 1"), IsOk());
  const absl::Time began = absl::Now();
  const auto answer = RunText(
      absl::StrCat("max_attempts: 2 transaction { lock_wait { seconds: 1 } "
                   "} ",
                   Add(2), Add(1)));
  const absl::Duration took = absl::Now() - began;
  EXPECT_THAT(answer, AllOf(StatusIs(StatusCode::kAborted),
                            HasReason("LOCK_WAIT_TIMEOUT")));
  EXPECT_EQ(MetadataOf(answer.status(), "attempts"), "2");
  EXPECT_EQ(MetadataOf(answer.status(), "step"), "1");
  EXPECT_GE(took, absl::Milliseconds(1800));
  EXPECT_LT(took, absl::Seconds(20));
  ASSERT_THAT(holder.Rollback(), IsOk());
  EXPECT_EQ(Pair(), "0,0");
}

TEST_F(TransactionConflictTest, RunsAgainUntilTheLockIsFree) {
  client::Session holder = Servers().client.OpenSession().value();
  ASSERT_THAT(holder.Begin(), IsOk());
  ASSERT_THAT(holder.Execute("UPDATE pair SET n = 5 WHERE id = 1"), IsOk());
  std::thread release([&holder] {
    absl::SleepFor(absl::Milliseconds(1500));
    EXPECT_THAT(holder.Rollback(), IsOk());
  });
  const auto answer = RunText(absl::StrCat(
      "transaction { lock_wait { seconds: 1 } } ", Add(2), Add(1)));
  release.join();
  ASSERT_THAT(answer, IsOk());
  EXPECT_GE(answer->info().attempts(), 2u);
  EXPECT_EQ(Pair(), "1,1");
}

TEST_F(TransactionConflictTest, ADeadlineEndsTheWaitAndLeavesNothing) {
  client::Session holder = Servers().client.OpenSession().value();
  ASSERT_THAT(holder.Begin(), IsOk());
  ASSERT_THAT(holder.Execute("UPDATE pair SET n = 5 WHERE id = 1"), IsOk());
  EXPECT_THAT(RunText(absl::StrCat(Add(2), Add(1)), absl::Milliseconds(300)),
              StatusIs(StatusCode::kDeadlineExceeded));
  ASSERT_THAT(holder.Rollback(), IsOk());
  EXPECT_TRUE(
      Eventually([] { return BusyConnections(Servers().mariadb).empty(); }));
  EXPECT_EQ(Pair(), "0,0");
}

// Three rows of each number or none, as was told.
TEST_F(TransactionConflictTest, EveryOutcomeIsTrueWhileConnectionsAreKilled) {
  Servers().mariadb.Sql(
      "CREATE OR REPLACE TABLE ledger (number INT, part INT)");
  const int programs = Scaled(4000);
  std::atomic<bool> done = false;
  std::thread killer([&done] {
    while (!done) {
      // 50 kills at random moments, by one client.
      EXPECT_TRUE(
          Servers()
              .mariadb
              .TrySql("DELIMITER //\nFOR i IN 1..50 DO DO SLEEP(RAND() * 0.01);"
                      " BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN "
                      "END; SET @id = (SELECT id FROM "
                      "information_schema.processlist WHERE user = 'berth' "
                      "ORDER BY RAND() LIMIT 1); EXECUTE IMMEDIATE "
                      "CONCAT('KILL CONNECTION ', IFNULL(@id, 0)); END; END "
                      "FOR//")
              .ok());
    }
  });
  std::atomic<int> next = 0;
  std::vector<Outcome> told(programs);
  std::vector<std::string> reasons(programs);
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 2; ++writer) {
    writers.emplace_back([&] {
      for (int i = next++; i < programs; i = next++) {
        std::string program = absl::StrCat("max_attempts: ", i % 2 * 10 + 1);
        for (int part = 0; part < 3; ++part) {
          absl::StrAppend(&program,
                          " steps { statement { sql: 'INSERT INTO ledger "
                          "VALUES (?, ?)' parameters { int_value: ",
                          i, " } parameters { int_value: ", part, " } } }");
        }
        const auto answer = RunText(program);
        told[i] = client::OutcomeOf(answer.status());
        reasons[i] =
            answer.ok()
                ? "committed"
                : absl::StrCat(client::ReasonOf(answer.status()), " of step ",
                               MetadataOf(answer.status(), "step"));
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  done = true;
  killer.join();
  std::vector<int> stored(programs);
  for (absl::string_view line :
       absl::StrSplit(Servers().mariadb.Sql("SELECT number FROM ledger"), '\n',
                      absl::SkipEmpty())) {
    int number = 0;
    ASSERT_TRUE(absl::SimpleAtoi(line, &number));
    ++stored[number];
  }
  std::map<std::string, int> counts;
  for (int i = 0; i < programs; ++i) {
    ++counts[reasons[i]];
    const bool all = stored[i] == 3;
    EXPECT_TRUE(all || stored[i] == 0) << stored[i] << ": " << reasons[i];
    EXPECT_TRUE(told[i] != Outcome::kDone || all) << i;
    EXPECT_TRUE(told[i] != Outcome::kNotDone || !all) << i << reasons[i];
  }
  EXPECT_GT(counts["committed"], programs / 2);
  EXPECT_LT(counts["committed"], programs);
  for (const auto& [reason, count] : counts) {
    std::printf("%s: %d\n", reason.c_str(), count);
  }
}

}  // namespace
}  // namespace berth::test
