// Client::RunTransaction.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "berth/client/client.h"
#include "tests/unit/client/fake_clock.h"
#include "tests/unit/client/fake_service.h"

namespace berth::client {
namespace {

class TransactionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    service_.Start();
    Options options;
    options.clock = clock_;
    client_.emplace(Client::Connect(service_.endpoint(), options).value());
  }

  // Runs a transaction of one statement and counts its runs.
  absl::Status Run(const char* sql, TransactionOptions options = {}) {
    return client_->RunTransaction(
        [&](Session& session) {
          ++runs_;
          return session.Execute(sql).status();
        },
        options);
  }

  testing::FakeService service_;
  std::shared_ptr<testing::FakeClock> clock_ =
      std::make_shared<testing::FakeClock>();
  std::optional<Client> client_;
  int runs_ = 0;
};

TEST_F(TransactionTest, CommitsOnce) {
  EXPECT_TRUE(Run("SELECT 1").ok());
  EXPECT_EQ(runs_, 1);
}

TEST_F(TransactionTest, IsRunAgainAfterADeadlock) {
  service_.failures = 2;
  EXPECT_TRUE(Run("DEADLOCK").ok());
  EXPECT_EQ(runs_, 3);
  EXPECT_EQ(service_.streams, 1);
  EXPECT_THAT(clock_->sleeps, ::testing::SizeIs(2));
}

TEST_F(TransactionTest, PolicyBoundsTheRuns) {
  service_.failures = 99;
  EXPECT_EQ(ReasonOf(Run("DEADLOCK")), "DEADLOCK");
  EXPECT_EQ(runs_, 5);
  runs_ = 0;
  TransactionOptions twice;
  twice.retry_policy = std::make_shared<LimitedAttemptsRetryPolicy>(2);
  EXPECT_EQ(ReasonOf(Run("DEADLOCK", twice)), "DEADLOCK");
  EXPECT_EQ(runs_, 2);
}

TEST_F(TransactionTest, IsNotRunAgainAfterALostCommit) {
  service_.lose_commit = true;
  absl::Status status = Run("SELECT 1");
  EXPECT_EQ(ReasonOf(status), kOutcomeUnknown);
  EXPECT_EQ(OutcomeOf(status), Outcome::kUnknown);
  EXPECT_EQ(runs_, 1);
}

TEST_F(TransactionTest, IsNotRunAgainWhereTheBodyHidesAnUnknownOutcome) {
  absl::Status status = client_->RunTransaction([&](Session& session) {
    ++runs_;
    session.Execute("DROP").IgnoreError();
    // Claims what is not so.
    return session.Insert(v1::InsertSpec()).status();
  });
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(runs_, 1);
}

TEST_F(TransactionTest, DeadlockThatTheBodyHidesIsNoSuccess) {
  service_.failures = 1;
  absl::Status status = client_->RunTransaction([&](Session& session) {
    ++runs_;
    session.Execute("DEADLOCK").IgnoreError();
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(runs_, 2);
}

TEST_F(TransactionTest, ErrorOfTheBodyRollsBack) {
  absl::Status status = client_->RunTransaction([&](Session&) {
    ++runs_;
    return absl::CancelledError("changed my mind");
  });
  EXPECT_EQ(status, absl::CancelledError("changed my mind"));
  EXPECT_EQ(runs_, 1);
}

TEST_F(TransactionTest, IsRunAgainWhereTheConnectionBrokeBeforeCommit) {
  absl::Status status = client_->RunTransaction([&](Session& session) {
    v1::InsertSpec insert;
    insert.set_table(++runs_ == 1 ? "drop" : "users");
    return session.Insert(insert).status();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs_, 2);
}

TEST_F(TransactionTest, WithoutAServiceTheBodyNeverRuns) {
  service_.Stop();
  EXPECT_EQ(ReasonOf(Run("SELECT 1")), kServiceUnreachable);
  EXPECT_EQ(runs_, 0);
  EXPECT_THAT(clock_->sleeps, ::testing::SizeIs(4));
}

}  // namespace
}  // namespace berth::client
