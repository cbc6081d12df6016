// What a database that fails does to callers: MariaDB that is away, dies,
// freezes, loses connections or is asked for too much. A ledger of numbered
// inserts shows that every answer was true.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "berth/client/client.h"
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
using client::ToValue;
using client::Values;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr int kWriters = 4;
// How soon the service is back after MariaDB.
constexpr absl::Duration kBack = absl::Seconds(3);

// Each error is seen as the service gives it.
client::Options WithoutRetries() {
  client::Options options;
  options.retry_policy =
      std::make_shared<client::LimitedAttemptsRetryPolicy>(1);
  return options;
}

// What callers were told about each number, and whether that is true.
class Ledger {
 public:
  void Note(int64_t number, const absl::Status& told)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    told_[number] = client::OutcomeOf(told);
    if (told.ok()) {
      ++acknowledged_;
      return;
    }
    ++reasons_[client::ReasonOf(told)];
    if (client::ReasonOf(told).empty()) {
      ADD_FAILURE() << number << " failed without a reason: " << told;
    }
  }

  int acknowledged() const { return acknowledged_; }

  // After the last number. Prints what it has counted as `name`.
  void Check(MariadbServer& mariadb, absl::string_view name)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    const std::map<int64_t, int> stored = Stored(mariadb);
    absl::MutexLock lock(&mutex_);
    std::map<std::string, int> counts;
    for (const auto& [number, outcome] : told_) {
      auto found = stored.find(number);
      const int times = found == stored.end() ? 0 : found->second;
      switch (outcome) {
        case Outcome::kDone:
          ++counts["acknowledged"];
          if (times == 0) ++counts["lost"];
          break;
        case Outcome::kNotDone:
          ++counts["not_done"];
          if (times > 0) ++counts["not_done_but_stored"];
          break;
        case Outcome::kUnknown:
          ++counts["unknown"];
          if (times > 0) ++counts["unknown_and_stored"];
          break;
      }
      if (times > 1) ++counts["stored_twice"];
    }
    for (const auto& [number, times] : stored) {
      if (told_.count(number) == 0) ++counts["stored_unasked"];
    }
    EXPECT_GT(counts["acknowledged"], 0);
    for (const char* wrong :
         {"lost", "not_done_but_stored", "stored_twice", "stored_unasked"}) {
      EXPECT_EQ(counts[wrong], 0) << wrong;
    }
    std::printf("%s:", std::string(name).c_str());
    for (const auto& [what, count] : counts) {
      ::testing::Test::RecordProperty(what, count);
      std::printf(" %s %d", what.c_str(), count);
    }
    std::printf("; errors:");
    for (const auto& [reason, count] : reasons_) {
      std::printf(" %s %d", reason.c_str(), count);
    }
    std::printf("\n");
  }

 private:
  static std::map<int64_t, int> Stored(MariadbServer& mariadb) {
    std::map<int64_t, int> stored;
    for (absl::string_view line : absl::StrSplit(
             mariadb.Sql("SELECT n FROM ledger"), '\n', absl::SkipEmpty())) {
      int64_t number = -1;
      EXPECT_TRUE(absl::SimpleAtoi(line, &number)) << line;
      ++stored[number];
    }
    return stored;
  }

  absl::Mutex mutex_;
  std::map<int64_t, Outcome> told_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int> reasons_ ABSL_GUARDED_BY(mutex_);
  std::atomic<int> acknowledged_ = 0;
};

// Threads that insert numbers, each one once, until they are stopped: by unary
// calls, in sessions and in transactions by turns.
class Writers {
 public:
  Writers(const Client& client, absl::Duration timeout, Ledger* ledger)
      : client_(client), timeout_(timeout), ledger_(ledger) {
    for (int i = 0; i < kWriters; ++i) {
      threads_.emplace_back([this] { Write(); });
    }
  }
  ~Writers() { Stop(); }

  void Stop() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  // By how much the slowest request passed its deadline.
  absl::Duration Overrun() const {
    return absl::Milliseconds(overrun_ms_.load());
  }

 private:
  static v1::InsertSpec Row(int64_t number) {
    return InsertInto("ledger", {"n"}, Values(number));
  }

  void Write() {
    std::optional<Session> session;
    while (!stop_) {
      const int64_t number = ++last_;
      absl::Status told;
      switch (number % 3) {
        case 0:
          told = Timed([&] { return client_.Insert(Row(number)).status(); });
          break;
        case 1:
          told = InSession(session, number);
          break;
        default:
          told = InTransaction(number);
      }
      ledger_->Note(number, told);
      if (!told.ok()) absl::SleepFor(absl::Milliseconds(2));
    }
  }

  // The session is kept while it lives.
  absl::Status InSession(std::optional<Session>& session, int64_t number) {
    if (session.has_value() && !session->Alive()) session.reset();
    if (!session.has_value()) {
      auto opened = client_.OpenSession();
      if (!opened.ok()) return opened.status();
      session.emplace(*std::move(opened));
    }
    return Timed([&] { return session->Insert(Row(number)).status(); });
  }

  absl::Status InTransaction(int64_t number) {
    auto session = client_.OpenSession();
    if (!session.ok()) return session.status();
    absl::Status told = Timed([&] { return session->Begin(); });
    if (!told.ok()) return told;
    told = Timed([&] { return session->Insert(Row(number)).status(); });
    if (!told.ok()) return told;
    told = Timed([&] { return session->Commit(); });
    if (told.ok()) session->End().IgnoreError();
    return told;
  }

  absl::Status Timed(const std::function<absl::Status()>& request) {
    const absl::Time start = absl::Now();
    absl::Status status = request();
    const int64_t over =
        absl::ToInt64Milliseconds(absl::Now() - start - timeout_);
    int64_t most = overrun_ms_;
    while (over > most && !overrun_ms_.compare_exchange_weak(most, over)) {
    }
    return status;
  }

  const Client client_;
  const absl::Duration timeout_;
  Ledger* const ledger_;
  std::atomic<bool> stop_ = false;
  std::atomic<int64_t> last_ = 0;
  std::atomic<int64_t> overrun_ms_ = INT64_MIN;
  std::vector<std::thread> threads_;
};

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

TEST_F(FaultsTest, FullPoolSaysHowItStands) {
  BerthdProcess berthd(
      Mariadb(),
      Pool("  max_size: 2\n  queue_length: 2\n  acquire_timeout: 500ms\n"));
  const Client client = berthd.Connect(WithoutRetries());
  std::vector<Session> holders;
  for (int i = 0; i < 2; ++i) {
    holders.push_back(client.OpenSession().value());
    ASSERT_THAT(holders.back().Begin(), IsOk());
  }

  const absl::Status waited = Read(client).status();
  EXPECT_THAT(waited, AllOf(StatusIs(StatusCode::kResourceExhausted),
                            HasReason("POOL_WAIT")));
  EXPECT_THAT(
      std::string(waited.message()),
      AllOf(HasSubstr("2 of 2 connections in use"), HasSubstr("2 by sessions"),
            HasSubstr("the oldest lease is a session's")));
  EXPECT_EQ(client::OutcomeOf(waited), Outcome::kNotDone);
  EXPECT_TRUE(client::IsRetryable(waited) ||
              client::RetryOf(waited) == client::Retry::kLater);
  EXPECT_GT(client::RetryDelayOf(waited), absl::ZeroDuration());
  EXPECT_EQ(client::MetadataOf(waited, "pool_size"), "2");
  EXPECT_EQ(client::MetadataOf(waited, "pool_in_use"), "2");
  EXPECT_EQ(client::MetadataOf(waited, "pool_in_sessions"), "2");
  EXPECT_EQ(client::MetadataOf(waited, "pool_waiting"), "1");

  std::vector<std::thread> queue;
  for (int i = 0; i < 2; ++i) {
    queue.emplace_back(
        [&] { EXPECT_THAT(Read(client), HasReason("POOL_WAIT")); });
  }
  EXPECT_TRUE(Eventually([&] { return Waiting(client) == 2; }));
  const absl::Time start = absl::Now();
  const absl::Status refused = Read(client).status();
  EXPECT_LT(absl::Now() - start, absl::Milliseconds(200));
  EXPECT_THAT(refused, AllOf(StatusIs(StatusCode::kResourceExhausted),
                             HasReason("QUEUE_FULL")));
  EXPECT_EQ(client::OutcomeOf(refused), Outcome::kNotDone);
  EXPECT_EQ(client::MetadataOf(refused, "pool_waiting"), "2");
  for (std::thread& thread : queue) thread.join();

  holders.clear();
  EXPECT_THAT(client.OpenSession()->Ping(), IsOk());
  EXPECT_THAT(Read(client), IsOk());
}

// Twenty sessions that each hold a connection or ask for one, while unary calls
// go through the eighth of eight that is kept for them.
void CallsPassSessions(const Client& client, int refused_sessions) {
  constexpr int kSessions = 20;
  constexpr int kShare = 7;
  absl::Notification end;
  std::atomic<int> holding = 0;
  std::atomic<int> refused = 0;
  std::vector<std::thread> sessions;
  const auto add_session = [&] {
    sessions.emplace_back([&] {
      Session session = client.OpenSession().value();
      const absl::Status begun = session.Begin();
      if (!begun.ok()) {
        EXPECT_THAT(begun, HasReason("QUEUE_FULL"));
        ++refused;
        return;
      }
      ++holding;
      end.WaitForNotification();
      EXPECT_THAT(session.Rollback(), IsOk());
      EXPECT_THAT(session.End(), IsOk());
    });
  };
  for (int i = 1; i <= kShare; ++i) {
    add_session();
    EXPECT_TRUE(Eventually([&] { return holding == i; }));
  }
  for (int i = kShare; i < kSessions; ++i) add_session();
  const int waiting = kSessions - kShare - refused_sessions;
  EXPECT_TRUE(Eventually([&] {
    auto stats = client.GetPoolStats();
    return refused == refused_sessions && stats.ok() &&
           static_cast<int>(stats->waiting()) == waiting;
  }));
  EXPECT_EQ(holding, kShare);
  // The second one waits for the first.
  std::vector<std::thread> calls;
  for (int i = 0; i < 2; ++i) {
    calls.emplace_back([&] {
      for (int j = 0; j < 20; ++j) {
        const absl::Time start = absl::Now();
        EXPECT_THAT(client.Select(SelectFrom("t", "id = 1")), IsOk());
        EXPECT_LT(absl::Now() - start, absl::Seconds(1));
      }
    });
  }
  for (std::thread& thread : calls) thread.join();
  end.Notify();
  for (std::thread& thread : sessions) thread.join();
  EXPECT_EQ(holding, kSessions - refused_sessions);
}

TEST_F(FaultsTest, UnaryCallsPassWhileSessionsHoldThePool) {
  BerthdProcess berthd(Mariadb(),
                       Pool("  max_size: 8\n  acquire_timeout: 20s\n"));
  const Client client = berthd.Connect(WithoutRetries());
  CallsPassSessions(client, 0);
}

TEST_F(FaultsTest, UnaryCallsPassAQueueThatIsFullOfSessions) {
  BerthdProcess berthd(Mariadb(), Pool("  max_size: 8\n  acquire_timeout: 20s\n"
                                       "  queue_length: 5\n"));
  const Client client = berthd.Connect(WithoutRetries());
  CallsPassSessions(client, 8);
}

// Sizes around MariaDB's max_allowed_packet: what is too large is refused
// before it is sent, since MariaDB would hang up.
TEST_F(FaultsTest, TooLargeParameterIsRefusedAndTheSessionLives) {
  BerthdProcess berthd(Mariadb());
  const Client client = berthd.Connect(WithoutRetries());
  Session session = client.OpenSession().value();
  const auto connection_of = [&] {
    return FirstCell(session.Execute("SELECT CONNECTION_ID()").value().at(0));
  };
  const std::string connection = connection_of();
  const int packet = std::stoi(Mariadb().Sql("SELECT @@max_allowed_packet"));
  int sent = 0;
  int refused = 0;
  for (const int above : {-65536, -2048, -1024, -512, -64, -8, 0, 1, 65536}) {
    for (const bool in_text : {false, true}) {
      const std::string around = in_text ? "SELECT LENGTH('')" : "";
      const std::string value(
          static_cast<size_t>(packet + above) - around.size(), 'x');
      auto done = in_text ? session.Execute("SELECT LENGTH('" + value + "')")
                          : session.Execute("SELECT LENGTH(?)", Values(value));
      if (done.ok()) {
        ++sent;
        EXPECT_EQ(FirstCell(done->at(0)), std::to_string(value.size()));
        EXPECT_LE(above, 0);
      } else {
        ++refused;
        EXPECT_GE(above, -2048) << in_text;
        EXPECT_THAT(done, AllOf(StatusIs(StatusCode::kInvalidArgument),
                                HasReason("LIMIT")))
            << above << " " << in_text;
        EXPECT_EQ(client::OutcomeOf(done.status()), Outcome::kNotDone);
        EXPECT_EQ(client::MetadataOf(done.status(), "limit_value"),
                  std::to_string(packet));
      }
      ASSERT_TRUE(session.Alive()) << above << " " << in_text;
    }
  }
  EXPECT_GT(sent, 0);
  EXPECT_GT(refused, 0);
  EXPECT_EQ(connection_of(), connection);

  v1::InsertSpec row =
      InsertInto("t", {"id", "v"},
                 Values(2, std::string(static_cast<size_t>(packet), 'x')));
  EXPECT_THAT(client.Insert(row), HasReason("LIMIT"));
  EXPECT_EQ(Mariadb().Sql("SELECT COUNT(*) FROM t WHERE id = 2"), "0");
}

TEST_F(FaultsTest, TooLargeMessageIsRefusedAndTheChannelLives) {
  BerthdProcess berthd(Mariadb());
  const Client client = berthd.Connect(WithoutRetries());
  Session bystander = client.OpenSession().value();
  ASSERT_THAT(bystander.Begin(), IsOk());
  const std::string value(21 * 1024 * 1024, 'x');
  const absl::Status unary =
      client.Insert(InsertInto("t", {"id", "v"}, Values(3, value))).status();
  EXPECT_THAT(unary, AllOf(StatusIs(StatusCode::kResourceExhausted),
                           HasReason("RESOURCE_EXHAUSTED")));
  EXPECT_NE(client::OutcomeOf(unary), Outcome::kDone);
  EXPECT_THAT(std::string(unary.message()), HasSubstr("larger than max"));
  EXPECT_THAT(Read(client), IsOk());

  Session session = client.OpenSession().value();
  const absl::Status streamed =
      session.Insert(InsertInto("t", {"id", "v"}, Values(3, value))).status();
  EXPECT_THAT(streamed, AllOf(StatusIs(StatusCode::kResourceExhausted),
                              HasReason("RESOURCE_EXHAUSTED")));
  EXPECT_THAT(std::string(streamed.message()), HasSubstr("larger than max"));
  EXPECT_NE(client::OutcomeOf(streamed), Outcome::kDone);
  EXPECT_THAT(Read(client), IsOk());
  // The same HTTP/2 connection still carries the others.
  EXPECT_THAT(bystander.Ping(), IsOk());
  EXPECT_THAT(bystander.Rollback(), IsOk());
  EXPECT_EQ(Mariadb().Sql("SELECT COUNT(*) FROM t WHERE id = 3"), "0");
}

}  // namespace
}  // namespace berth::test
