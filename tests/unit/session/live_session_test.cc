// Sessions whose client speaks while they work: cancel, time-outs, half-close,
// pipelining, limits.
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "server/base/error.h"
#include "server/runtime/async_event.h"
#include "tests/unit/runtime/notification.h"
#include "tests/unit/session/session_test_base.h"

namespace berth::session {
namespace {

// A stream of a client in the same process. On the shard's thread.
class LiveStream final : public Stream {
 public:
  runtime::Task<std::optional<std::string>> Read() override {
    while (requests_.empty() && !closed_) co_await there_;
    if (requests_.empty() || stopped_) co_return std::nullopt;
    std::string request = std::move(requests_.front());
    requests_.pop_front();
    co_return std::move(request);
  }
  void StopReading() override {
    stopped_ = true;
    Close();
  }
  runtime::Task<bool> Write(std::string message) override {
    EXPECT_FALSE(std::exchange(writing_, true)) << "two writes at once";
    EXPECT_TRUE(messages.emplace_back().ParseFromString(message));
    writing_ = false;
    co_return true;
  }
  void Abort() override { ++aborts; }

  void Push(std::string request) {
    requests_.push_back(std::move(request));
    there_.Signal();
  }
  void Close() {
    closed_ = true;
    there_.Signal();
  }

  std::vector<v1::SessionResponse> messages;
  int aborts = 0;

 private:
  std::deque<std::string> requests_;
  runtime::AsyncEvent there_;
  bool closed_ = false;
  bool stopped_ = false;
  bool writing_ = false;
};

class LiveSessionTest : public SessionTest {
 protected:
  ~LiveSessionTest() override {
    if (!session_running_) return;
    shard_.Call([this] {
      cancellation_.Cancel();
      live_.Close();
    });
    Ended().IgnoreError();
  }

  void Start(const SessionOptions& options = SessionOptions()) {
    live_sessions_ = std::make_unique<Sessions>(options);
    session_running_ = true;
    shard_.Call([this] { runtime::Spawn(ServeLive()); });
  }
  // Sends what was added.
  void Send() {
    for (const auto& request : requests()) {
      shard_.Call([&] { live_.Push(request.SerializeAsString()); });
    }
    requests().clear();
  }
  void SendCancel(uint32_t victim) {
    v1::SessionRequest request;
    request.mutable_cancel()->set_request_id(victim);
    shard_.Call([&] { live_.Push(request.SerializeAsString()); });
  }
  void HalfClose() {
    shard_.Call([this] { live_.Close(); });
  }
  // Waits until the message of that number is there, from 0.
  v1::SessionResponse Message(size_t number) {
    v1::SessionResponse message;
    Until([&] {
      if (live_.messages.size() <= number) return false;
      message = live_.messages[number];
      return true;
    });
    return message;
  }
  // Waits until MariaDB has been sent the statement.
  void UntilSent(const std::string& sql) {
    Until([&] { return mariadb_.Count(sql) > 0; });
  }
  absl::Status Ended() {
    ended_.Wait();
    session_running_ = false;
    return status_;
  }
  void Until(const std::function<bool()>& fn) {
    const absl::Time latest = absl::Now() + absl::Seconds(20);
    bool done = false;
    while (!done && absl::Now() < latest) {
      shard_.Call([&] { done = fn(); });
      if (!done) absl::SleepFor(absl::Milliseconds(1));
    }
    EXPECT_TRUE(done);
  }

  LiveStream live_;
  std::unique_ptr<Sessions> live_sessions_;

 private:
  runtime::Task<void> ServeLive() {
    {
      Session session(&environment_, live_sessions_.get(), auth::Principal(),
                      absl::InfiniteFuture(), &cancellation_);
      status_ = co_await session.Serve(live_);
    }
    ended_.Notify();
  }

  bool session_running_ = false;
  runtime::Notification ended_;
};

void SetMillis(google::protobuf::Duration* duration, int millis) {
  duration->set_seconds(millis / 1000);
  duration->set_nanos(millis % 1000 * 1'000'000);
}

TEST_F(LiveSessionTest, CancelKillsTheRunningRequestOnly) {
  mariadb_.Hang("SLOW");
  Start();
  AddOpen();
  AddExecute("SLOW");
  AddExecute("SELECT 1");
  Send();
  UntilSent("SLOW");
  SendCancel(2);
  EXPECT_EQ(ReasonOf(Message(1)), "CANCELLED");
  EXPECT_EQ(Message(1).request_id(), 2u);
  EXPECT_TRUE(Message(2).has_result());
}

TEST_F(LiveSessionTest, CancelTakesAQueuedRequestBack) {
  mariadb_.Hang("SLOW");
  Start();
  AddOpen();
  AddExecute("SLOW");
  AddExecute("SELECT 1");
  AddExecute("SELECT 2").set_chained(true);
  AddExecute("SELECT 3");
  Send();
  UntilSent("SLOW");
  SendCancel(3);
  SendCancel(2);
  EXPECT_EQ(ReasonOf(Message(1)), "CANCELLED");
  EXPECT_EQ(ReasonOf(Message(2)), "CANCELLED");
  EXPECT_EQ(ReasonOf(Message(3)), "CHAIN_SKIPPED");
  EXPECT_TRUE(Message(4).has_result());
  EXPECT_EQ(mariadb_.Count("SELECT 1") + mariadb_.Count("SELECT 2"), 0);
}

TEST_F(LiveSessionTest, CancelOfWhatIsDoneOrUnknownDoesNothing) {
  Start();
  AddOpen();
  AddExecute("SELECT 1");
  Send();
  Message(1);
  SendCancel(2);
  SendCancel(3);
  SendCancel(99);
  AddExecute("SELECT 2");
  Send();
  EXPECT_TRUE(Message(2).has_result());
  EXPECT_EQ(live_.messages.size(), 3u);
}

TEST_F(LiveSessionTest, ACommitIsAwaitedWhateverComes) {
  mariadb_.Hang("COMMIT");
  Start();
  AddOpen();
  Add().mutable_begin();
  v1::SessionRequest& commit = Add();
  commit.mutable_commit();
  SetMillis(commit.mutable_timeout(), 1);
  Send();
  UntilSent("COMMIT");
  SendCancel(3);
  shard_.FinishBlocking();
  EXPECT_EQ(live_.messages.size(), 2u);
  shard_.Call([this] { EXPECT_EQ(mariadb_.Count("KILL QUERY 1"), 0); });
  mariadb_.Release();
  EXPECT_TRUE(Message(2).has_done());
}

// Nobody knows whether a transaction is open afterwards.
TEST_F(LiveSessionTest, OwnStatementsThatAreKilledEndTheSession) {
  mariadb_.Hang("START TRANSACTION");
  Start();
  AddOpen();
  Add().mutable_begin();
  Send();
  UntilSent("START TRANSACTION");
  SendCancel(2);
  EXPECT_EQ(ReasonOf(Message(1)), "CANCELLED");
  EXPECT_EQ(errors::ReasonOf(Ended()), "CANCELLED");
}

TEST_F(LiveSessionTest, ARollbackThatWasDoneAllTheSameIsTold) {
  mariadb_.Hang("ROLLBACK", /*answers_when_killed=*/true);
  Start();
  AddOpen();
  Add().mutable_begin();
  v1::SessionRequest& rollback = Add();
  rollback.mutable_rollback();
  SetMillis(rollback.mutable_timeout(), 20);
  Add().mutable_ping();
  Send();
  EXPECT_TRUE(Message(2).has_done());
  EXPECT_FALSE(Message(2).state().in_transaction());
  EXPECT_TRUE(Message(3).has_done());
}

TEST_F(LiveSessionTest, ATimeoutEndsTheStatementAndTheSessionGoesOn) {
  mariadb_.Hang("SLOW");
  Start();
  AddOpen();
  SetMillis(AddExecute("SLOW").mutable_timeout(), 20);
  AddExecute("SELECT 1");
  Send();
  EXPECT_EQ(ReasonOf(Message(1)), "EXECUTE");
  EXPECT_EQ(Message(1).error().code(),
            static_cast<int>(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(Message(2).has_result());
}

TEST_F(LiveSessionTest, ATimeoutCountsFromArrival) {
  mariadb_.Hang("SLOW");
  Start();
  AddOpen();
  AddExecute("SLOW");
  SetMillis(AddExecute("SELECT 1").mutable_timeout(), 1);
  Send();
  UntilSent("SLOW");
  absl::SleepFor(absl::Milliseconds(5));  // The time-out itself.
  SendCancel(2);
  EXPECT_EQ(ReasonOf(Message(2)), "QUEUE");
  EXPECT_EQ(mariadb_.Count("SELECT 1"), 0);
}

TEST_F(LiveSessionTest, RefusesATimeoutThatIsNotPositive) {
  Start();
  AddOpen();
  AddExecute("SELECT 1").mutable_timeout();
  Send();
  EXPECT_EQ(ReasonOf(Message(1)), "INVALID_FIELD");
  EXPECT_EQ(FieldOf(Message(1)), "timeout");
}

TEST_F(LiveSessionTest, ReadsThatFinishedAfterTheirTimeAreTooLate) {
  mariadb_.Hang("SLOW", /*answers_when_killed=*/true);
  Start();
  AddOpen();
  SetMillis(AddExecute("SELECT SLOW").mutable_timeout(), 20);
  Send();
  EXPECT_EQ(ReasonOf(Message(1)), "EXECUTE");
  EXPECT_EQ(live_.messages.size(), 2u);
}

TEST_F(LiveSessionTest, WritesThatHappenedAllTheSameAreTold) {
  mariadb_.Hang("SLOW", /*answers_when_killed=*/true);
  Start();
  AddOpen();
  SetMillis(AddExecute("INSERT SLOW").mutable_timeout(), 20);
  Send();
  EXPECT_TRUE(Message(1).has_result());
}

TEST_F(LiveSessionTest, AHalfClosedClientGetsItsAnswersForAWhile) {
  SessionOptions options;
  options.half_close_grace = absl::Milliseconds(30);
  mariadb_.Hang("SLOW");
  Start(options);
  AddOpen();
  AddExecute("SELECT 1");
  AddExecute("SLOW");
  AddExecute("SELECT 2");
  Send();
  HalfClose();
  EXPECT_TRUE(Ended().ok());
  ASSERT_EQ(live_.messages.size(), 4u);
  EXPECT_TRUE(live_.messages[1].has_result());
  for (int i : {2, 3}) {
    EXPECT_EQ(ReasonOf(live_.messages[i]), "CANCELLED");
    EXPECT_THAT(live_.messages[i].error().message(),
                ::testing::HasSubstr("keep the stream open"));
  }
  EXPECT_EQ(mariadb_.Count("SELECT 2"), 0);
}

TEST_F(LiveSessionTest, AClientThatIsGoneEndsEverythingAtOnce) {
  mariadb_.Hang("SLOW");
  Start();
  AddOpen();
  AddExecute("SLOW");
  AddExecute("SELECT 1");
  Send();
  UntilSent("SLOW");
  shard_.Call([this] { cancellation_.Cancel(); });
  EXPECT_TRUE(Ended().ok());
  EXPECT_EQ(mariadb_.Count("SELECT 1"), 0);
}

TEST_F(LiveSessionTest, TakesAsManyRequestsAsTheLimitSaysAndNoMore) {
  SessionOptions options;
  options.pipeline_depth = 3;
  mariadb_.Hang("SLOW");
  Start(options);
  AddOpen();
  Send();
  Message(0);
  AddExecute("SLOW");
  AddExecute("SELECT 1");
  AddExecute("SELECT 2");
  Send();
  UntilSent("SLOW");
  EXPECT_EQ(live_.messages.size(), 1u);
  AddExecute("SELECT 3");
  Send();
  const absl::Status status = Ended();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(errors::ReasonOf(status), "LIMIT");
  // What ran is told; what waited was not begun.
  ASSERT_EQ(live_.messages.size(), 2u);
  EXPECT_EQ(ReasonOf(live_.messages[1]), "LIMIT");
  EXPECT_EQ(mariadb_.Count("SELECT 1"), 0);
}

TEST_F(LiveSessionTest, ResetBringsTheConnectionAndItsSettingsBack) {
  Start();
  Add().mutable_open()->set_isolation(v1::ISOLATION_READ_COMMITTED);
  AddExecute("SET @a = 1");
  Add().mutable_reset();
  AddExecute("SELECT 1");
  Send();
  EXPECT_TRUE(Message(2).has_done());
  EXPECT_TRUE(Message(3).has_result());
  const std::string setup = "SET SESSION tx_isolation='READ-COMMITTED'";
  EXPECT_THAT(mariadb_.statements(),
              ::testing::ElementsAre("USE shop", setup, "SET @a = 1", "RESET",
                                     setup, "SELECT 1"));
}

TEST_F(LiveSessionTest, ATransactionThatIdlesEndsWithANoticeBefore) {
  SessionOptions options;
  options.limits.transaction_idle = absl::Milliseconds(60);
  Start(options);
  AddOpen();
  Add().mutable_begin();
  Send();
  const v1::Notice notice = Message(2).notice();
  EXPECT_EQ(Message(2).request_id(), 0u);
  EXPECT_EQ(notice.reason(), "TX_IDLE_TIMEOUT");
  EXPECT_TRUE(notice.finish_transaction());
  EXPECT_GT(notice.deadline().nanos(), 0);
  EXPECT_LE(notice.deadline().nanos(), 30'000'000);
  EXPECT_EQ(errors::ReasonOf(Ended()), "TX_IDLE_TIMEOUT");
  EXPECT_EQ(mariadb_.Count("RESET"), 1);
}

TEST_F(LiveSessionTest,
       AStatementThatRunsBeyondTheTimeOfItsTransactionIsKilled) {
  SessionOptions options;
  options.limits.transaction_time = absl::Milliseconds(60);
  mariadb_.Hang("SLOW");
  Start(options);
  AddOpen();
  Add().mutable_begin();
  AddExecute("SLOW");
  Send();
  EXPECT_EQ(Message(2).notice().reason(), "TX_MAX_TIME");
  EXPECT_EQ(ReasonOf(Message(3)), "TX_MAX_TIME");
  EXPECT_EQ(Message(3).request_id(), 3u);
  EXPECT_EQ(errors::ReasonOf(Ended()), "TX_MAX_TIME");
}

TEST_F(LiveSessionTest, AnIdleConnectionWithoutStateIsGivenBackInSilence) {
  SessionOptions options;
  options.limits.lease_idle = absl::Milliseconds(20);
  Start(options);
  AddOpen();
  AddExecute("SELECT 1");
  Send();
  Message(1);
  Until([this] { return pool_->Stats().in_use == 0; });
  AddExecute("SELECT 2");
  Send();
  EXPECT_TRUE(Message(2).has_result());
  EXPECT_EQ(live_.messages.size(), 3u);
}

TEST_F(LiveSessionTest, AnIdleConnectionWithStateEndsItsSession) {
  SessionOptions options;
  options.limits.lease_idle = absl::Milliseconds(40);
  Start(options);
  AddOpen();
  AddExecute("SET @a = 1");
  Send();
  EXPECT_EQ(Message(2).notice().reason(), "LEASE_IDLE");
  EXPECT_EQ(errors::ReasonOf(Ended()), "LEASE_IDLE");
}

TEST_F(LiveSessionTest, AnOldConnectionBeginsNoTransaction) {
  SessionOptions options;
  options.limits.lease_age = absl::Milliseconds(100);
  Start(options);
  AddOpen();
  AddExecute("SET @a = 1");
  Send();
  EXPECT_EQ(Message(2).notice().reason(), "LEASE_AGE");
  Add().mutable_begin();
  Send();
  const v1::SessionResponse refused = Message(3);
  EXPECT_EQ(ReasonOf(refused), "LEASE_AGE");
  EXPECT_EQ(errors::ReasonOf(Ended()), "LEASE_AGE");
}

TEST_F(LiveSessionTest, DrainingEndsAnIdleSessionAtOnce) {
  Start();
  AddOpen();
  AddExecute("SELECT 1");
  Send();
  Message(1);
  live_sessions_->Drain(absl::Seconds(5));
  EXPECT_EQ(errors::ReasonOf(Ended()), "DRAINING");
}

TEST_F(LiveSessionTest, DrainingLetsATransactionFinish) {
  Start();
  AddOpen();
  Add().mutable_begin();
  Send();
  Message(1);
  live_sessions_->Drain(absl::Seconds(30));
  EXPECT_EQ(Message(2).notice().reason(), "DRAINING");
  AddExecute("INSERT 1");
  Add().mutable_commit();
  Send();
  EXPECT_TRUE(Message(4).has_done());
  EXPECT_EQ(errors::ReasonOf(Ended()), "DRAINING");
}

}  // namespace
}  // namespace berth::session
