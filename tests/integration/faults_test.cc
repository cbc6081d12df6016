// What a database that fails does to callers: MariaDB that is away, dies,
// freezes, loses connections or is asked for too much. A ledger of numbered
// inserts shows that every answer was true.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "berth/client/client.h"
#include "tests/integration/ledger.h"
#include "tests/support/berthd_process.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/wait.h"

namespace berth::test {
namespace {

using absl::StatusCode;
using client::Client;
using client::Outcome;
using client::Session;
using client::Values;
using ::testing::AllOf;
using ::testing::AnyOf;

// How soon the service is back after MariaDB.
constexpr absl::Duration kBack = absl::Seconds(3);

class FaultsTest : public ::testing::Test {
 protected:
  static MariadbServer& Mariadb() {
    static MariadbServer mariadb;
    return mariadb;
  }

  // A test that failed may have left MariaDB down.
  void SetUp() override {
    Mariadb().Thaw();
    if (!Mariadb().TrySql("DO 0").ok()) {
      Mariadb().Kill();
      Mariadb().Start();
    }
    Mariadb().Sql(
        "CREATE TABLE IF NOT EXISTS ledger (id BIGINT AUTO_INCREMENT PRIMARY "
        "KEY, n BIGINT NOT NULL UNIQUE); TRUNCATE TABLE ledger;"
        "CREATE TABLE IF NOT EXISTS t (id INT PRIMARY KEY, v LONGTEXT);"
        "REPLACE INTO t VALUES (1, 'one')");
  }

  static BerthdProcess::Options Pool(const std::string& settings) {
    BerthdProcess::Options options;
    options.config = "pool:\n" + settings;
    return options;
  }
  static absl::StatusOr<v1::ResultChunk> Read(const Client& client) {
    return client.Select(SelectFrom("t", "id = 1"));
  }
  static int64_t Waiting(const Client& client) {
    auto stats = client.GetPoolStats();
    return stats.ok() ? stats->waiting() : -1;
  }
};

TEST_F(FaultsTest, StartsWithoutMariadbAndServesWhenItComes) {
  Mariadb().Kill();
  BerthdProcess berthd(Mariadb());
  const Client client = berthd.Connect(WithoutRetries());
  EXPECT_THAT(client.CheckHealth(), AllOf(StatusIs(StatusCode::kUnavailable),
                                          HasReason("NOT_SERVING")));
  absl::Duration slowest;
  for (int i = 0; i < 20; ++i) {
    const absl::Time start = absl::Now();
    const absl::Status status =
        client.Insert(InsertInto("ledger", {"n"}, Values(i))).status();
    slowest = std::max(slowest, absl::Now() - start);
    EXPECT_THAT(status, AllOf(StatusIs(StatusCode::kUnavailable),
                              HasReason("DATABASE_UNREACHABLE")));
    EXPECT_EQ(client::OutcomeOf(status), Outcome::kNotDone);
    absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_LT(slowest, absl::Milliseconds(500));

  Mariadb().Start();
  const absl::Time up = absl::Now();
  // Health is answered without MariaDB: nothing but time brings it back.
  EXPECT_TRUE(Eventually([&] { return client.CheckHealth().ok(); }, kBack));
  const absl::Duration back = absl::Now() - up;
  EXPECT_THAT(Read(client), IsOk());
  EXPECT_EQ(Mariadb().Sql("SELECT COUNT(*) FROM ledger"), "0");
  std::printf("started without MariaDB: slowest refusal %s, back after %s\n",
              absl::FormatDuration(slowest).c_str(),
              absl::FormatDuration(back).c_str());
}

TEST_F(FaultsTest, HealthTellsThatMariadbWentWhileThePoolIdled) {
  BerthdProcess berthd(Mariadb());
  const Client client = berthd.Connect(WithoutRetries());
  ASSERT_THAT(Read(client), IsOk());
  ASSERT_THAT(client.CheckHealth(), IsOk());
  Mariadb().Kill();
  const absl::Time down = absl::Now();
  EXPECT_TRUE(Eventually([&] { return !client.CheckHealth().ok(); }, kBack));
  std::printf("not serving %s after MariaDB died\n",
              absl::FormatDuration(absl::Now() - down).c_str());
  Mariadb().Start();
  EXPECT_TRUE(Eventually([&] { return client.CheckHealth().ok(); }, kBack));
}

TEST_F(FaultsTest, LedgerHoldsWhenMariadbIsKilled) {
  BerthdProcess berthd(Mariadb());
  Ledger ledger;
  Writers writers(berthd.Connect(WithoutRetries()), absl::Minutes(1), &ledger);
  const int kills = std::max(2, Scaled(20));
  absl::Duration slowest;
  for (int i = 0; i < kills; ++i) {
    const int before = ledger.acknowledged();
    ASSERT_TRUE(
        Eventually([&] { return ledger.acknowledged() > before + 500; }));
    Mariadb().Kill();
    absl::SleepFor(absl::Milliseconds(100 * (i % 4)));
    const int at_rest = ledger.acknowledged();
    Mariadb().Start();
    const absl::Time up = absl::Now();
    EXPECT_TRUE(
        Eventually([&] { return ledger.acknowledged() > at_rest; }, kBack));
    slowest = std::max(slowest, absl::Now() - up);
  }
  writers.Stop();
  ledger.Check(Mariadb(), absl::StrCat("MariaDB killed ", kills,
                                       " times, back after at most ",
                                       absl::FormatDuration(slowest)));
}

// Sessions whose connections died with MariaDB still count as having one, so
// callers wait; somebody must connect for them when MariaDB is back.
TEST_F(FaultsTest, WaitersBehindDeadSessionsAreServedWhenMariadbComes) {
  BerthdProcess berthd(Mariadb(), Pool("  acquire_timeout: 30s\n"));
  const Client client = berthd.Connect(WithoutRetries());
  std::vector<Session> sessions;
  for (int i = 0; i < 3; ++i) {
    sessions.push_back(client.OpenSession().value());
    ASSERT_THAT(sessions.back().Begin(), IsOk());
  }
  Mariadb().Kill();
  absl::Time served;
  std::thread waiter([&] {
    EXPECT_THAT(Read(client), IsOk());
    served = absl::Now();
  });
  EXPECT_TRUE(Eventually([&] { return Waiting(client) == 1; }));
  absl::SleepFor(absl::Milliseconds(300));
  Mariadb().Start();
  const absl::Time up = absl::Now();
  waiter.join();
  EXPECT_LT(served - up, kBack);
  for (Session& session : sessions) {
    const absl::Status lost = session.Commit();
    EXPECT_THAT(lost, AnyOf(HasReason("TRANSACTION_LOST"),
                            HasReason("OUTCOME_UNKNOWN")));
    EXPECT_NE(client::OutcomeOf(lost), Outcome::kDone);
  }
  std::printf("behind dead sessions: served after %s\n",
              absl::FormatDuration(served - up).c_str());
}

TEST_F(FaultsTest, LedgerHoldsWhenConnectionsAreKilled) {
  BerthdProcess berthd(Mariadb());
  Ledger ledger;
  Writers writers(berthd.Connect(WithoutRetries()), absl::Minutes(1), &ledger);
  const int wanted = Scaled(1000);
  int kills = 0;
  for (int i = 0; i < 10 * wanted && kills < wanted; ++i) {
    const bool killed =
        Mariadb()
            .TrySql(
                "SELECT id INTO @id FROM information_schema.processlist WHERE "
                "user = 'berth' ORDER BY RAND() LIMIT 1;"
                "EXECUTE IMMEDIATE CONCAT('KILL CONNECTION ', @id)")
            .ok();
    if (killed) ++kills;
  }
  EXPECT_EQ(kills, wanted);
  const int before = ledger.acknowledged();
  EXPECT_TRUE(
      Eventually([&] { return ledger.acknowledged() > before + 100; }, kBack));
  writers.Stop();
  ledger.Check(Mariadb(), absl::StrCat(kills, " connections killed"));
}

TEST_F(FaultsTest, FrozenMariadbCostsCallersTheirDeadline) {
  BerthdProcess berthd(Mariadb());
  client::Options options = WithoutRetries();
  const absl::Duration timeout = absl::Milliseconds(500);
  options.request_timeout = timeout;
  options.open_timeout = timeout;
  const Client client = berthd.Connect(options);
  Ledger ledger;
  Writers writers(client, timeout, &ledger);
  ASSERT_TRUE(Eventually([&] { return ledger.acknowledged() > 100; }));
  Mariadb().Freeze();
  absl::SleepFor(absl::Seconds(3));
  Mariadb().Thaw();
  const absl::Time thawed = absl::Now();
  const int before = ledger.acknowledged();
  EXPECT_TRUE(
      Eventually([&] { return ledger.acknowledged() > before + 100; }, kBack));
  const absl::Duration back = absl::Now() - thawed;
  writers.Stop();
  EXPECT_LT(writers.Overrun(), absl::Milliseconds(100));
  const Client patient = berthd.Connect(WithoutRetries());
  for (int i = 0; i < 100; ++i) ASSERT_THAT(Read(patient), IsOk());
  // What was left behind would be stored by now.
  absl::SleepFor(absl::Seconds(1));
  ledger.Check(Mariadb(),
               absl::StrCat("frozen for 3 s, deadlines passed by at most ",
                            absl::FormatDuration(writers.Overrun()),
                            ", back after ", absl::FormatDuration(back)));
}

}  // namespace
}  // namespace berth::test
