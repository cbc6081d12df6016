// What ends sessions on the server's own account, and what it tells before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "berth/client/client.h"
#include "tests/support/raw_rpc.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_servers.h"
#include "tests/support/wait.h"

namespace berth::test {
namespace {

TestServers& Servers() {
  static TestServers servers = [] {
    BerthdProcess::Options options;
    options.config =
        "pool:\n  max_size: 2\n  min_idle: 0\n  acquire_timeout: 10s\n"
        "session:\n  transaction_idle: 600ms\n  transaction_time: 1500ms\n"
        "  lease_idle: 600ms\n  lease_age: 2s\n  idle_when_wanted: 200ms\n"
        "  notice: 300ms\n";
    return TestServers(options);
  }();
  return servers;
}

// A session that has been opened.
class Speaker {
 public:
  explicit Speaker(const std::string& endpoint = Servers().berthd.endpoint())
      : session_(endpoint) {
    v1::SessionRequest request;
    request.mutable_open();
    EXPECT_TRUE(Ask(std::move(request)).has_opened());
  }
  void Send(v1::SessionRequest request) {
    request.set_request_id(++last_id_);
    EXPECT_TRUE(session_.Send(request));
  }
  // The next message; an empty one if the stream has ended.
  v1::SessionResponse Receive() {
    return session_.Receive().value_or(v1::SessionResponse());
  }
  v1::SessionResponse Ask(v1::SessionRequest request) {
    Send(std::move(request));
    return Receive();
  }
  v1::SessionResponse Ask(const std::string& sql) {
    return Ask(Request(Sql(sql)));
  }
  v1::SessionResponse Begin() {
    v1::SessionRequest request;
    request.mutable_begin();
    return Ask(std::move(request));
  }
  v1::SessionResponse Commit() {
    v1::SessionRequest request;
    request.mutable_commit();
    return Ask(std::move(request));
  }
  // A notice of that reason, and then the end of the stream for it.
  void ExpectEnd(const char* reason, absl::StatusCode code) {
    const v1::SessionResponse notice = Receive();
    EXPECT_EQ(notice.request_id(), 0u);
    EXPECT_EQ(notice.notice().reason(), reason) << notice.ShortDebugString();
    EXPECT_GT(notice.notice().deadline().nanos(), 0);
    ExpectStatus(reason, code);
  }
  void ExpectStatus(const char* reason, absl::StatusCode code) {
    const absl::Status status = session_.Finish();
    EXPECT_THAT(status, StatusIs(code));
    EXPECT_THAT(status, HasReason(reason));
  }

 private:
  RawSession session_;
  uint32_t last_id_ = 0;
};

void ExpectNothingHeld() {
  EXPECT_TRUE(Eventually([] {
    auto stats = Servers().client.GetPoolStats();
    return stats.ok() && stats->in_use() == 0;
  }));
  EXPECT_EQ(BusyConnections(Servers().mariadb), "");
}

TEST(LeaseLimitsTest, AnIdleTransactionIsRolledBack) {
  Servers().mariadb.Sql("CREATE TABLE t (id INT PRIMARY KEY)");
  Speaker speaker;
  ASSERT_TRUE(speaker.Begin().has_done());
  ASSERT_FALSE(speaker.Ask("INSERT INTO t VALUES (1)").has_error());
  speaker.ExpectEnd("TX_IDLE_TIMEOUT", absl::StatusCode::kAborted);
  ExpectNothingHeld();
  EXPECT_EQ(Servers().mariadb.Sql("SELECT COUNT(*) FROM t"), "0");
}

TEST(LeaseLimitsTest, ATransactionMayFinishAfterTheNotice) {
  Speaker speaker;
  ASSERT_TRUE(speaker.Begin().has_done());
  EXPECT_EQ(speaker.Receive().notice().reason(), "TX_IDLE_TIMEOUT");
  EXPECT_TRUE(speaker.Commit().has_done());
  EXPECT_TRUE(speaker.Begin().has_done());
}

TEST(LeaseLimitsTest, AStatementBeyondTheTimeOfItsTransactionIsKilled) {
  Speaker speaker;
  ASSERT_TRUE(speaker.Begin().has_done());
  const absl::Time start = absl::Now();
  speaker.Send(Request(Sql("SELECT SLEEP(30)")));
  EXPECT_EQ(speaker.Receive().notice().reason(), "TX_MAX_TIME");
  EXPECT_EQ(speaker.Receive().error().code(),
            static_cast<int>(absl::StatusCode::kAborted));
  speaker.ExpectStatus("TX_MAX_TIME", absl::StatusCode::kAborted);
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
  ExpectNothingHeld();
}

TEST(LeaseLimitsTest, AnIdleConnectionWithStateEndsItsSession) {
  Speaker speaker;
  ASSERT_FALSE(speaker.Ask("SET @a = 1").has_error());
  speaker.ExpectEnd("LEASE_IDLE", absl::StatusCode::kUnavailable);
  ExpectNothingHeld();
}

TEST(LeaseLimitsTest, AnIdleConnectionWithoutStateIsGivenBackInSilence) {
  Speaker speaker;
  ASSERT_TRUE(speaker.Ask("SELECT 1").has_result());
  ExpectNothingHeld();
  EXPECT_TRUE(speaker.Ask("SELECT 1").has_result());
}

TEST(LeaseLimitsTest, AnIdleConnectionGoesToWhoeverWaits) {
  // Both connections, one of them for long.
  Speaker first;
  Speaker second;
  Speaker waiting;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(first.Ask("SELECT 1").has_result());
    ASSERT_TRUE(second.Ask("SELECT 1").has_result());
    const absl::Time start = absl::Now();
    ASSERT_TRUE(waiting.Ask("SELECT 1").has_result());
    EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  }
}

TEST(LeaseLimitsTest, AnOldConnectionEndsBetweenTransactions) {
  Speaker speaker;
  ASSERT_FALSE(speaker.Ask("SET @a = 1").has_error());
  v1::SessionResponse last;
  // Never idle for long enough to end for that.
  const absl::Time latest = absl::Now() + absl::Seconds(10);
  while (!last.has_notice() && absl::Now() < latest) {
    last = speaker.Ask("SELECT SLEEP(0.1)");
  }
  EXPECT_EQ(last.notice().reason(), "LEASE_AGE");
  last = speaker.Receive();  // The answer behind the notice.
  EXPECT_TRUE(last.has_result());
  last = speaker.Begin();
  EXPECT_EQ(last.error().code(),
            static_cast<int>(absl::StatusCode::kUnavailable));
  speaker.ExpectStatus("LEASE_AGE", absl::StatusCode::kUnavailable);
  ExpectNothingHeld();
}

TEST(LeaseLimitsTest, AServerThatStopsLetsATransactionFinish) {
  BerthdProcess other(Servers().mariadb);
  Speaker idle(other.endpoint());
  Speaker writing(other.endpoint());
  ASSERT_TRUE(writing.Begin().has_done());
  ASSERT_FALSE(writing.Ask("INSERT INTO t VALUES (7)").has_error());
  int status = -1;
  std::thread stop([&] { status = other.Stop(); });
  idle.ExpectStatus("DRAINING", absl::StatusCode::kUnavailable);
  EXPECT_EQ(writing.Receive().notice().reason(), "DRAINING");
  EXPECT_TRUE(writing.Commit().has_done());
  writing.ExpectStatus("DRAINING", absl::StatusCode::kUnavailable);
  stop.join();
  EXPECT_EQ(status, 0);
  EXPECT_EQ(Servers().mariadb.Sql("SELECT COUNT(*) FROM t WHERE id = 7"), "1");
}

}  // namespace
}  // namespace berth::test
