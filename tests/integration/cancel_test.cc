// A cancel, a deadline and a time-out end their own statement and nothing else,
// and never a COMMIT; a session takes as much and lasts as long as its limits
// say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "berth/client/client.h"
#include "berth/v1/database.pb.h"
#include "google/rpc/error_details.pb.h"
#include "tests/support/raw_rpc.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_servers.h"
#include "tests/support/wait.h"

namespace berth::test {
namespace {

using client::Values;

constexpr int kInnocents = 3;

TestServers& Servers() {
  static TestServers* servers = [] {
    BerthdProcess::Options options;
    // Few connections: each is used by cancelled and by innocent ones in turn.
    options.config = "pool:\n  max_size: 8\n  acquire_timeout: 30s\n";
    static TestServers made(options);
    made.mariadb.Sql(
        "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, n BIGINT NOT NULL "
        "UNIQUE); CREATE TABLE locked (id INT PRIMARY KEY);"
        "INSERT INTO locked VALUES (1)");
    return &made;
  }();
  return *servers;
}

std::string ReasonOf(const v1::SessionResponse& response) {
  google::rpc::ErrorInfo info;
  for (const auto& detail : response.error().details()) {
    if (detail.UnpackTo(&info)) break;
  }
  return info.reason();
}

std::string OutcomeOf(const v1::SessionResponse& response) {
  google::rpc::ErrorInfo info;
  for (const auto& detail : response.error().details()) {
    if (detail.UnpackTo(&info)) break;
  }
  const auto found = info.metadata().find("outcome");
  return found == info.metadata().end() ? "" : found->second;
}

// A session with ids that rise.
class Speaker {
 public:
  explicit Speaker(TestServers& servers = Servers())
      : session_(servers.berthd.endpoint()) {
    v1::SessionRequest request;
    request.mutable_open();
    Send(std::move(request));
    EXPECT_TRUE(Receive().has_opened());
  }

  uint32_t Send(v1::SessionRequest request,
                absl::Duration timeout = absl::ZeroDuration()) {
    request.set_request_id(++last_id_);
    if (timeout > absl::ZeroDuration()) {
      request.mutable_timeout()->set_seconds(absl::ToInt64Seconds(timeout));
      request.mutable_timeout()->set_nanos(static_cast<int32_t>(
          absl::ToInt64Nanoseconds(timeout) % 1'000'000'000));
    }
    (void)session_.Send(request);
    return last_id_;
  }
  void Cancel(uint32_t victim) {
    v1::SessionRequest request;
    request.mutable_cancel()->set_request_id(victim);
    (void)session_.Send(request);
  }
  // The next message; an empty one if the stream has ended.
  v1::SessionResponse Receive() {
    return session_.Receive().value_or(v1::SessionResponse());
  }
  v1::SessionResponse Ask(v1::SessionRequest request,
                          absl::Duration timeout = absl::ZeroDuration()) {
    Send(std::move(request), timeout);
    return Receive();
  }
  v1::SessionResponse Ask(const std::string& sql) {
    return Ask(Request(Sql(sql)));
  }
  RawSession& raw() { return session_; }

 private:
  RawSession session_;
  uint32_t last_id_ = 0;
};

v1::SessionRequest CommitRequest() {
  v1::SessionRequest request;
  request.mutable_commit();
  return request;
}
v1::SessionRequest BeginRequest() {
  v1::SessionRequest request;
  request.mutable_begin();
  return request;
}

// What became of the statements that were cancelled.
struct Counts {
  std::atomic<int> cancelled = 0;
  std::atomic<int> finished = 0;
  std::atomic<int> innocent = 0;
};

// Asks for numbers, none of which may be missing, in single calls and in a
// session, until told to stop.
class Innocents {
 public:
  explicit Innocents(Counts* counts) : counts_(counts) {
    Servers();  // They die with the thread that started them.
    for (int i = 0; i < kInnocents; ++i) {
      threads_.emplace_back([this, i] { i == 0 ? InSession() : InCalls(i); });
    }
  }
  ~Innocents() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  void Check(const absl::StatusOr<std::vector<v1::ResultChunk>>& result,
             int64_t number) {
    ASSERT_THAT(result, IsOk());
    ASSERT_EQ(Cells(result->front()), absl::StrCat(number));
    ++counts_->innocent;
  }
  void InCalls(int64_t thread) {
    for (int64_t i = thread; !stop_; i += 10) {
      // Some of them are in MariaDB for a while.
      const char* sql =
          i % 30 < 10 ? "SELECT ? FROM (SELECT SLEEP(0.002)) s" : "SELECT ?";
      Check(Servers().client.Execute(Sql(sql, Values(i))), i);
    }
  }
  void InSession() {
    auto session = Servers().client.OpenSession();
    ASSERT_THAT(session, IsOk());
    for (int64_t i = 0; !stop_; ++i) {
      Check(session->Execute("SELECT ?", Values(i)), i);
    }
  }

  Counts* const counts_;
  std::atomic<bool> stop_ = false;
  std::vector<std::thread> threads_;
};

// No statement outlives its caller.
void ExpectNothingLeft() {
  EXPECT_TRUE(Eventually([] {
    return BusyConnections(Servers().mariadb).empty();
  })) << BusyConnections(Servers().mariadb);
  EXPECT_TRUE(Eventually([] {
    auto stats = Servers().client.GetPoolStats();
    return stats.ok() && stats->in_use() == 0 && stats->waiting() == 0;
  }));
}

void Print(const char* how, const Counts& counts) {
  std::cout << how << ": " << counts.cancelled << " cancelled, "
            << counts.finished << " finished, beside " << counts.innocent
            << " innocent ones\n";
}

// Statements of a session that take about a millisecond, cancelled at any
// moment from their arrival to after their end, the next one behind them.
TEST(CancelTest, CancelOfASessionHitsItsOwnRequestOnly) {
  Counts counts;
  {
    Innocents innocents(&counts);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 2; ++thread) {
      threads.emplace_back([thread, &counts] {
        std::mt19937 random(thread);
        Speaker speaker;
        for (int i = 0; i < Scaled(10'000) / 4; ++i) {
          const int64_t number = i;
          const uint32_t victim = speaker.Send(Request(
              Sql("SELECT ? FROM (SELECT SLEEP(0.001)) s", Values(number))));
          speaker.Send(Request(Sql("SELECT ?", Values(-number))));
          absl::SleepFor(absl::Microseconds(random() % 2500));
          speaker.Cancel(victim);
          const v1::SessionResponse first = speaker.Receive();
          ASSERT_EQ(first.request_id(), victim);
          if (first.has_error()) {
            ASSERT_EQ(ReasonOf(first), "CANCELLED")
                << first.error().ShortDebugString();
            ++counts.cancelled;
          } else {
            ASSERT_EQ(Cells(first.result()), absl::StrCat(number));
            ++counts.finished;
          }
          const v1::SessionResponse second = speaker.Receive();
          ASSERT_EQ(Cells(second.result()), absl::StrCat(-number))
              << second.ShortDebugString();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  Print("Cancel", counts);
  EXPECT_GT(counts.cancelled, 0);
  EXPECT_GT(counts.finished, 0);
  EXPECT_GT(counts.innocent, 0);
  ExpectNothingLeft();
}

// The same for single calls, by cancelling the call and by its deadline.
TEST(CancelTest, CancelOfACallHitsItsOwnStatementOnly) {
  Counts counts;
  {
    Innocents innocents(&counts);
    std::mt19937 random(7);
    RawChannel channel(Servers().berthd.endpoint());
    for (int i = 0; i < Scaled(10'000) / 4; ++i) {
      v1::ExecuteRequest request;
      *request.mutable_statement() =
          Sql("SELECT ? FROM (SELECT SLEEP(0.001)) s", Values(i));
      v1::ExecuteResponse response;
      const absl::Status status =
          channel.Call("Database/Execute", request, &response,
                       absl::Microseconds(random() % 3500));
      if (status.ok()) {
        ASSERT_EQ(Cells(response.results(0)), absl::StrCat(i));
        ++counts.finished;
      } else {
        ASSERT_THAT(status, StatusIs(absl::StatusCode::kCancelled));
        ++counts.cancelled;
      }
    }
    for (int i = 0; i < Scaled(10'000) / 4; ++i) {
      client::CallOptions options;
      options.timeout = absl::Microseconds(300 + random() % 3000);
      const auto result = Servers().client.Execute(
          Sql("SELECT ? FROM (SELECT SLEEP(0.001)) s", Values(i)), options);
      if (result.ok()) {
        ASSERT_EQ(Cells(result->front()), absl::StrCat(i));
        ++counts.finished;
      } else {
        ASSERT_THAT(result, StatusIs(absl::StatusCode::kDeadlineExceeded));
        ++counts.cancelled;
      }
    }
  }
  Print("calls", counts);
  EXPECT_GT(counts.cancelled, 0);
  EXPECT_GT(counts.finished, 0);
  ExpectNothingLeft();
}

// Whatever is answered to a write that is cut short is so.
TEST(CancelTest, WritesAreThereAsTheirAnswersSay) {
  Counts counts;
  std::vector<int64_t> done;
  std::mt19937 random(11);
  Speaker speaker;
  const int rounds = Scaled(10'000) / 4;
  for (int64_t n = 0; n < rounds; ++n) {
    const bool by_timeout = n % 2 == 0;
    const absl::Duration time = absl::Microseconds(100 + random() % 2000);
    const uint32_t victim = speaker.Send(
        Request(Sql("INSERT INTO t (n) SELECT ? FROM (SELECT SLEEP(0.0005)) s",
                    Values(n))),
        by_timeout ? time : absl::ZeroDuration());
    if (!by_timeout) {
      absl::SleepFor(time);
      speaker.Cancel(victim);
    }
    const v1::SessionResponse answer = speaker.Receive();
    if (!answer.has_error()) {
      ++counts.finished;
      done.push_back(n);
      continue;
    }
    ++counts.cancelled;
    ASSERT_EQ(OutcomeOf(answer), "NOT_DONE") << answer.ShortDebugString();
  }
  Print("writes", counts);
  std::string expected;
  for (const int64_t n : done) absl::StrAppend(&expected, n, "\n");
  if (!expected.empty()) expected.pop_back();
  EXPECT_EQ(Servers().mariadb.Sql("SELECT n FROM t ORDER BY n"), expected);
  Servers().mariadb.Sql("TRUNCATE TABLE t");
}

// COMMITs, by `commit` and in SQL, with cancels and time-outs in flight: each
// answers as done, and its row is there.
TEST(CancelTest, CommitsInFlightAreAwaited) {
  std::mt19937 random(13);
  Speaker speaker;
  const int rounds = Scaled(10'000) / 10;
  int refused = 0;
  std::vector<int> absent;
  for (int n = 0; n < rounds; ++n) {
    const bool in_sql = n % 2 == 0;
    ASSERT_TRUE(speaker.Ask(BeginRequest()).has_done());
    ASSERT_FALSE(
        speaker.Ask(Request(Sql("INSERT INTO t (n) VALUES (?)", Values(n))))
            .has_error());
    const uint32_t victim =
        speaker.Send(in_sql ? Request(Sql("COMMIT")) : CommitRequest(),
                     absl::Microseconds(100 + random() % 500));
    absl::SleepFor(absl::Microseconds(random() % 700));
    speaker.Cancel(victim);
    const v1::SessionResponse answer = speaker.Receive();
    if (!answer.has_error()) {
      EXPECT_FALSE(answer.state().in_transaction());
      continue;
    }
    // Taken back, or late, before it was sent.
    ++refused;
    absent.push_back(n);
    EXPECT_EQ(OutcomeOf(answer), "NOT_DONE");
    EXPECT_TRUE(answer.state().in_transaction());
    v1::SessionRequest rollback;
    rollback.mutable_rollback();
    ASSERT_TRUE(speaker.Ask(rollback).has_done());
  }
  std::cout << "commits: " << rounds - refused << " awaited, " << refused
            << " never sent\n";
  EXPECT_EQ(Servers().mariadb.Sql("SELECT COUNT(*) FROM t"),
            absl::StrCat(rounds - refused));
  for (const int n : absent) {
    EXPECT_EQ(Servers().mariadb.Sql(
                  absl::StrCat("SELECT COUNT(*) FROM t WHERE n = ", n)),
              "0");
  }
  EXPECT_GT(rounds - refused, 0);
}

// The shortest of a few tries: noise only lengthens.
absl::Duration Shortest(const std::function<void()>& fn) {
  absl::Duration shortest = absl::InfiniteDuration();
  for (int i = 0; i < 5; ++i) {
    const absl::Time start = absl::Now();
    fn();
    shortest = std::min(shortest, absl::Now() - start);
  }
  return shortest;
}

constexpr absl::Duration kDeadline = absl::Milliseconds(50);
constexpr absl::Duration kAnswered = absl::Milliseconds(70);

TEST(DeadlineTest, EndsAStatementInTime) {
  Speaker speaker;
  EXPECT_LT(Shortest([&] {
              const auto answer =
                  speaker.Ask(Request(Sql("SELECT SLEEP(10)")), kDeadline);
              EXPECT_EQ(ReasonOf(answer), "EXECUTE")
                  << answer.ShortDebugString();
              EXPECT_EQ(answer.error().code(),
                        static_cast<int>(absl::StatusCode::kDeadlineExceeded));
            }),
            kAnswered);
  EXPECT_TRUE(speaker.Ask("SELECT 1").has_result());
}

TEST(DeadlineTest, EndsAWaitForALockInTimeAndTheTransactionGoesOn) {
  Speaker holder;
  ASSERT_TRUE(holder.Ask(BeginRequest()).has_done());
  ASSERT_TRUE(holder.Ask("SELECT id FROM locked FOR UPDATE").has_result());
  Speaker speaker;
  ASSERT_TRUE(speaker.Ask(BeginRequest()).has_done());
  EXPECT_LT(Shortest([&] {
              const auto answer = speaker.Ask(
                  Request(Sql("SELECT id FROM locked FOR UPDATE")), kDeadline);
              EXPECT_EQ(ReasonOf(answer), "EXECUTE")
                  << answer.ShortDebugString();
              EXPECT_EQ(OutcomeOf(answer), "NOT_DONE");
              EXPECT_TRUE(answer.state().in_transaction());
            }),
            kAnswered);
  EXPECT_TRUE(speaker.Ask(CommitRequest()).has_done());
}

TEST(DeadlineTest, EndsAWaitForAConnectionInTime) {
  std::vector<std::unique_ptr<Speaker>> holders;
  // The eighth is kept for single calls.
  for (int i = 0; i < 7; ++i) {
    holders.push_back(std::make_unique<Speaker>());
    ASSERT_TRUE(holders.back()->Ask(BeginRequest()).has_done());
  }
  Speaker speaker;
  EXPECT_LT(Shortest([&] {
              const auto answer =
                  speaker.Ask(Request(Sql("SELECT 1")), kDeadline);
              EXPECT_EQ(ReasonOf(answer), "QUEUE") << answer.ShortDebugString();
            }),
            kAnswered);
  // And a cancel leaves the queue.
  const uint32_t victim = speaker.Send(Request(Sql("SELECT 1")));
  speaker.Cancel(victim);
  EXPECT_EQ(ReasonOf(speaker.Receive()), "CANCELLED");
  holders.clear();
  EXPECT_TRUE(speaker.Ask("SELECT 1").has_result());
}

TEST(DeadlineTest, OfACallEndsItsStatementInMariaDb) {
  for (const char* sql : {"SELECT SLEEP(10) AS late",
                          "SELECT id AS late FROM locked FOR UPDATE"}) {
    Speaker holder;
    ASSERT_TRUE(holder.Ask(BeginRequest()).has_done());
    ASSERT_TRUE(holder.Ask("SELECT id FROM locked FOR UPDATE").has_result());
    client::CallOptions options;
    options.timeout = kDeadline;
    EXPECT_LT(Shortest([&] {
                EXPECT_THAT(Servers().client.Execute(Sql(sql), options),
                            StatusIs(absl::StatusCode::kDeadlineExceeded));
              }),
              kAnswered);
    EXPECT_TRUE(Eventually([] {
      return Servers().mariadb.Sql(
                 "SELECT COUNT(*) FROM information_schema.processlist WHERE "
                 "user = 'berth' AND info LIKE '%late%'") == "0";
    }));
  }
}

TEST(PipelineTest, TakesAsManyRequestsAsTheLimitSays) {
  Speaker speaker;
  speaker.Send(Request(Sql("SELECT SLEEP(0.2)")));
  for (int i = 1; i < 64; ++i) {
    speaker.Send(Request(Sql("SELECT ?", Values(i))));
  }
  EXPECT_TRUE(speaker.Receive().has_result());
  for (int i = 1; i < 64; ++i) {
    EXPECT_EQ(Cells(speaker.Receive().result()), absl::StrCat(i));
  }
}

TEST(PipelineTest, EndsTheStreamOfAClientThatSendsMore) {
  Speaker speaker;
  const absl::Time start = absl::Now();
  speaker.Send(Request(Sql("SELECT SLEEP(30)")));
  for (int i = 0; i < 100; ++i) {
    speaker.Send(Request(Sql("INSERT INTO t (n) VALUES (?)", Values(-1 - i))));
  }
  EXPECT_EQ(ReasonOf(speaker.Receive()), "LIMIT");
  const absl::Status status = speaker.raw().Finish();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(status, HasReason("LIMIT"));
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
  EXPECT_EQ(Servers().mariadb.Sql("SELECT COUNT(*) FROM t WHERE n < 0"), "0");
  ExpectNothingLeft();
}

TEST(SessionSettingsTest, AreThoseOfOpenAlsoAfterReset) {
  Speaker speaker;
  v1::SessionRequest end;
  end.mutable_end();
  ASSERT_TRUE(speaker.Ask(end).has_done());
  v1::SessionRequest open;
  open.mutable_open()->set_isolation(v1::ISOLATION_READ_COMMITTED);
  open.mutable_open()->set_read_only(true);
  open.mutable_open()->set_time_zone("+05:30");
  ASSERT_TRUE(speaker.Ask(open).has_opened());
  const std::string kShow =
      "SELECT @@tx_isolation, @@tx_read_only, @@time_zone";
  EXPECT_EQ(Cells(speaker.Ask(kShow).result()), "READ-COMMITTED,1,+05:30");
  EXPECT_EQ(ReasonOf(speaker.Ask("INSERT INTO t (n) VALUES (1)")), "READ_ONLY");
  ASSERT_FALSE(speaker.Ask("SET @a = 1, time_zone = '+01:00'").has_error());
  v1::SessionRequest reset;
  reset.mutable_reset();
  ASSERT_TRUE(speaker.Ask(reset).has_done());
  EXPECT_EQ(Cells(speaker.Ask(kShow).result()), "READ-COMMITTED,1,+05:30");
  EXPECT_EQ(Cells(speaker.Ask("SELECT @a IS NULL").result()), "1");
  // The next user of the connection has none of it.
  ASSERT_TRUE(speaker.Ask(end).has_done());
  open.mutable_open()->Clear();
  ASSERT_TRUE(speaker.Ask(open).has_opened());
  EXPECT_EQ(Cells(speaker.Ask("SELECT @@tx_read_only, @@time_zone").result()),
            "0,SYSTEM");
}

TEST(SessionSettingsTest, AnUnknownTimeZoneIsNamed) {
  Speaker speaker;
  v1::SessionRequest end;
  end.mutable_end();
  ASSERT_TRUE(speaker.Ask(end).has_done());
  v1::SessionRequest open;
  open.mutable_open()->set_time_zone("Atlantis/Center");
  ASSERT_TRUE(speaker.Ask(open).has_opened());
  const v1::SessionResponse answer = speaker.Ask("SELECT 1");
  EXPECT_EQ(ReasonOf(answer), "INVALID_FIELD");
  EXPECT_THAT(answer.error().message(), ::testing::HasSubstr("Atlantis"));
}

TEST(CancelTest, NothingIsLeft) { ExpectNothingLeft(); }

}  // namespace
}  // namespace berth::test
