// Transaction programs: what is sent again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "berth/client/client.h"
#include "tests/unit/client/fake_clock.h"
#include "tests/unit/client/fake_service.h"

namespace berth::client {
namespace {

class ProgramTest : public ::testing::Test {
 protected:
  void SetUp() override {
    service_.Start();
    Options options;
    options.clock = std::make_shared<testing::FakeClock>();
    client_.emplace(Client::Connect(service_.endpoint(), options).value());
  }

  // A program that inserts into `table`, and then into another one.
  absl::StatusOr<v1::TransactionResponse> Run(const char* table) {
    v1::TransactionRequest request;
    v1::Step* first = request.add_steps();
    first->set_id("first");
    first->mutable_insert()->set_table(table);
    request.add_steps()->mutable_insert()->set_table("users");
    return client_->Transaction(request);
  }

  testing::FakeService service_;
  std::optional<Client> client_;
};

TEST_F(ProgramTest, ReturnsOneResultForEachStep) {
  auto response = Run("users");
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->results_size(), 2);
  EXPECT_EQ(response->results(0).id(), "first");
  EXPECT_EQ(response->results(1).write().affected_rows(), 1);
}

TEST_F(ProgramTest, IsRunAgainWhereTheTransactionWasLostBeforeTheCommit) {
  service_.failures = 2;
  EXPECT_TRUE(Run("lost").ok());
  EXPECT_EQ(service_.calls, 3);
}

TEST_F(ProgramTest, IsRunAgainWhereThePoolWasFull) {
  service_.failures = 1;
  EXPECT_TRUE(Run("busy").ok());
  EXPECT_EQ(service_.calls, 2);
}

// The service has run it again by itself, as often as it was allowed to.
TEST_F(ProgramTest, IsNotRunAgainAfterAConflict) {
  service_.failures = 1;
  EXPECT_EQ(ReasonOf(Run("deadlock").status()), "DEADLOCK");
  EXPECT_EQ(service_.calls, 1);
}

TEST_F(ProgramTest, IsNeverRunAgainWhereTheOutcomeIsUnknown) {
  service_.failures = 1;
  EXPECT_EQ(OutcomeOf(Run("doubt").status()), Outcome::kUnknown);
  EXPECT_EQ(service_.calls, 1);
}

TEST_F(ProgramTest, LostAnswerIsUnknownAndNotRepeated) {
  service_.failures = 1;
  EXPECT_EQ(ReasonOf(Run("away").status()), kOutcomeUnknown);
  EXPECT_EQ(service_.calls, 1);
}

}  // namespace
}  // namespace berth::client
