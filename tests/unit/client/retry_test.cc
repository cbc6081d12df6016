#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "absl/time/clock.h"
#include "berth/client/backoff_policy.h"
#include "berth/client/client.h"
#include "berth/client/mocks/mock_connection.h"
#include "berth/client/retry_policy.h"
#include "tests/unit/client/cutting_service.h"
#include "tests/unit/client/fake_clock.h"
#include "tests/unit/client/fake_service.h"

namespace berth::client {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::Ge;
using ::testing::Le;
using ::testing::SizeIs;

class RetryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    service_.Start();
    options_.clock = clock_;
  }

  Client Connect() {
    return Client::Connect(service_.endpoint(), options_).value();
  }
  absl::Status SelectFrom(const char* table, CallOptions options = {}) {
    v1::SelectSpec spec;
    spec.set_table(table);
    return Connect().Select(spec, options).status();
  }
  absl::Status InsertInto(const char* table) {
    v1::InsertSpec spec;
    spec.set_table(table);
    return Connect().Insert(spec).status();
  }

  testing::FakeService service_;
  std::shared_ptr<testing::FakeClock> clock_ =
      std::make_shared<testing::FakeClock>();
  Options options_;
};

TEST_F(RetryTest, WriteIsRepeatedWhereTheServiceSaysThatNothingWasDone) {
  service_.failures = 2;
  EXPECT_TRUE(InsertInto("busy").ok());
  EXPECT_EQ(service_.calls, 3);
}

TEST_F(RetryTest, WaitsAtLeastAsLongAsTheServiceAsks) {
  service_.failures = 3;
  EXPECT_TRUE(SelectFrom("busy").ok());
  EXPECT_THAT(clock_->sleeps,
              AllOf(SizeIs(3), Each(Ge(absl::Milliseconds(300)))));
}

TEST_F(RetryTest, ReadIsRepeatedAfterALoss) {
  service_.failures = 1;
  EXPECT_TRUE(SelectFrom("away").ok());
  EXPECT_EQ(service_.calls, 2);
}

TEST_F(RetryTest, WriteIsNotRepeatedAfterALoss) {
  service_.failures = 1;
  absl::Status status = InsertInto("away");
  EXPECT_EQ(ReasonOf(status), kOutcomeUnknown);
  EXPECT_EQ(OutcomeOf(status), Outcome::kUnknown);
  EXPECT_EQ(service_.calls, 1);
  EXPECT_THAT(clock_->sleeps, SizeIs(0));
}

TEST_F(RetryTest, WriteWithoutAnAnswerInTimeIsUnknown) {
  v1::InsertSpec spec;
  spec.set_table("hang");
  absl::Status status =
      Connect().Insert(spec, {.timeout = absl::Milliseconds(100)}).status();
  EXPECT_EQ(ReasonOf(status), kDeadline);
  EXPECT_EQ(OutcomeOf(status), Outcome::kUnknown);
  EXPECT_FALSE(IsRetryable(status));
}

TEST_F(RetryTest, WriteAfterTheServiceHasGoneIsNotDone) {
  Client client = Connect();
  ASSERT_TRUE(client.Insert(v1::InsertSpec()).ok());
  service_.Stop();
  absl::SleepFor(absl::Milliseconds(50));
  absl::Status status = client.Insert(v1::InsertSpec()).status();
  EXPECT_EQ(ReasonOf(status), kServiceUnreachable);
  EXPECT_EQ(OutcomeOf(status), Outcome::kNotDone);
}

TEST_F(RetryTest, NothingIsRepeatedWhoseOutcomeIsUnknown) {
  service_.failures = 2;
  EXPECT_EQ(ReasonOf(InsertInto("doubt")), "OUTCOME_UNKNOWN");
  EXPECT_EQ(ReasonOf(SelectFrom("doubt")), "OUTCOME_UNKNOWN");
  EXPECT_EQ(service_.calls, 2);
}

TEST_F(RetryTest, PolicyBoundsTheAttempts) {
  options_.retry_policy = std::make_shared<LimitedAttemptsRetryPolicy>(2);
  service_.failures = 9;
  EXPECT_EQ(ReasonOf(SelectFrom("busy")), "POOL_WAIT");
  EXPECT_EQ(service_.calls, 2);
}

TEST_F(RetryTest, FiveAttemptsAreTheDefault) {
  service_.failures = 9;
  EXPECT_EQ(ReasonOf(SelectFrom("busy")), "POOL_WAIT");
  EXPECT_EQ(service_.calls, 5);
}

TEST_F(RetryTest, NoAttemptBeginsAfterTheDeadline) {
  service_.failures = 9;
  absl::Status status =
      SelectFrom("busy", {.timeout = absl::Milliseconds(700)});
  EXPECT_EQ(ReasonOf(status), "POOL_WAIT");
  EXPECT_EQ(service_.calls, 3);
  EXPECT_LT(clock_->Now(), absl::UnixEpoch() + absl::Milliseconds(700));
}

TEST_F(RetryTest, WriteThatReachedNoServiceIsTriedAgain) {
  Client client = Connect();
  service_.Stop();
  EXPECT_EQ(ReasonOf(client.Insert(v1::InsertSpec()).status()),
            kServiceUnreachable);
  EXPECT_THAT(clock_->sleeps, SizeIs(4));
}

TEST_F(RetryTest, OpeningIsTriedAgain) {
  Client client = Connect();
  service_.Stop();
  EXPECT_EQ(ReasonOf(client.OpenSession().status()), kServiceUnreachable);
  EXPECT_THAT(clock_->sleeps, SizeIs(4));
}

// The connection breaks before a byte of the answer: what was done nobody
// knows.
TEST(LostAnswerTest, WriteIsSentOnceAndUnknown) {
  testing::CuttingService service("a_table");
  v1::InsertSpec spec;
  spec.set_table("a_table");
  Client client = Client::Connect(service.endpoint()).value();
  absl::Status status = client.Insert(spec).status();
  EXPECT_EQ(ReasonOf(status), kOutcomeUnknown);
  EXPECT_EQ(OutcomeOf(status), Outcome::kUnknown);
  EXPECT_EQ(service.requests, 1);
}

TEST(LostAnswerTest, StatementIsSentOnceAndUnknown) {
  testing::CuttingService service("a_table");
  v1::Statement statement;
  statement.set_sql("DELETE FROM a_table");
  Client client = Client::Connect(service.endpoint()).value();
  EXPECT_EQ(OutcomeOf(client.Execute(statement).status()), Outcome::kUnknown);
  EXPECT_EQ(service.requests, 1);
}

TEST(LostAnswerTest, ReadIsSentAgain) {
  testing::CuttingService service("a_table");
  v1::SelectSpec spec;
  spec.set_table("a_table");
  Client client = Client::Connect(service.endpoint()).value();
  absl::Status status = client.Select(spec).status();
  EXPECT_EQ(ReasonOf(status), kServiceUnreachable);
  EXPECT_EQ(OutcomeOf(status), Outcome::kNotDone);
  EXPECT_GE(service.requests, 2);
}

TEST(BackoffTest, DoublesUpToTheMaximumWithJitter) {
  ExponentialBackoffPolicy policy(absl::Milliseconds(100),
                                  absl::Milliseconds(350));
  for (int whole : {100, 200, 350, 350}) {
    EXPECT_THAT(policy.OnFailure(), AllOf(Ge(absl::Milliseconds(whole) / 2),
                                          Le(absl::Milliseconds(whole))));
  }
}

TEST(BackoffTest, CloneStartsAgain) {
  ExponentialBackoffPolicy policy(absl::Milliseconds(100), absl::Seconds(9));
  for (int i = 0; i < 5; ++i) policy.OnFailure();
  EXPECT_LE(policy.clone()->OnFailure(), absl::Milliseconds(100));
}

TEST(RetryPolicyTest, DeadlineIsNeverRepeated) {
  absl::Status status = mocks::MakeError(absl::StatusCode::kDeadlineExceeded,
                                         "QUEUE", "NOT_DONE", "STATEMENT");
  EXPECT_FALSE(IsSafeToRepeat(status));
  EXPECT_FALSE(IsSafeToRerun(status));
}

TEST(RetryPolicyTest, TransactionIsRerunButNotRepeated) {
  absl::Status status = mocks::MakeError(absl::StatusCode::kAborted, "DEADLOCK",
                                         "NOT_DONE", "TRANSACTION");
  EXPECT_FALSE(IsSafeToRepeat(status));
  EXPECT_TRUE(IsSafeToRerun(status));
}

TEST(RetryPolicyTest, ErrorThatDoesNotSayIsNotRepeated) {
  EXPECT_FALSE(IsSafeToRepeat(absl::UnavailableError("from elsewhere")));
  EXPECT_FALSE(IsSafeToRerun(absl::AbortedError("from elsewhere")));
}

}  // namespace
}  // namespace berth::client
