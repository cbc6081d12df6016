// What callers see of a pool that is full, and whom it serves first.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "berth/client/client.h"
#include "tests/integration/one_table_test.h"
#include "tests/support/berthd_process.h"
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
using ::testing::HasSubstr;

int64_t Waiting(const Client& client) {
  auto stats = client.GetPoolStats();
  return stats.ok() ? stats->waiting() : -1;
}

BerthdProcess::Options Pool(const std::string& settings) {
  BerthdProcess::Options options;
  options.config = "pool:\n" + settings;
  return options;
}

class FullPoolTest : public OneTableTest {};

TEST_F(FullPoolTest, FullPoolSaysHowItStands) {
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

TEST_F(FullPoolTest, UnaryCallsPassWhileSessionsHoldThePool) {
  BerthdProcess berthd(Mariadb(),
                       Pool("  max_size: 8\n  acquire_timeout: 20s\n"));
  const Client client = berthd.Connect(WithoutRetries());
  CallsPassSessions(client, 0);
}

TEST_F(FullPoolTest, UnaryCallsPassAQueueThatIsFullOfSessions) {
  BerthdProcess berthd(Mariadb(), Pool("  max_size: 8\n  acquire_timeout: 20s\n"
                                       "  queue_length: 5\n"));
  const Client client = berthd.Connect(WithoutRetries());
  CallsPassSessions(client, 8);
}

}  // namespace
}  // namespace berth::test
