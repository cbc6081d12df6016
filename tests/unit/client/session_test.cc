#include "berth/client/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "berth/client/client.h"
#include "tests/unit/client/fake_service.h"

namespace berth::client {
namespace {

class SessionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    service_.Start();
    client_.emplace(Client::Connect(service_.endpoint()).value());
  }

  Session Open() { return client_->OpenSession().value(); }

  void WaitForCancelled(int count) {
    EXPECT_EQ(service_.Await(service_.cancelled, count), count);
  }

  testing::FakeService service_;
  std::optional<Client> client_;
};

v1::SelectSpec Users() {
  v1::SelectSpec spec;
  spec.set_table("users");
  return spec;
}

v1::InsertSpec InsertInto(const char* table) {
  v1::InsertSpec spec;
  spec.set_table(table);
  return spec;
}

v1::SessionRequest Sql(const char* sql) {
  v1::SessionRequest request;
  request.mutable_execute()->set_sql(sql);
  return request;
}

TEST_F(SessionTest, PutsTheChunksOfALongResultTogether) {
  Session session = Open();
  auto result = session.Select(Users());
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->rows().rows_size(), 2);
  EXPECT_EQ(result->end().row_count(), 2);
  EXPECT_TRUE(IsNull(**Cell(*result, 1, "name")));
}

TEST_F(SessionTest, PutsAValueThatWasCutTogether) {
  Session session = Open();
  v1::SelectSpec spec;
  spec.set_table("cut");
  auto result = session.Select(spec);
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->rows().rows_size(), 2);
  const v1::Row& row = result->rows().rows(0);
  ASSERT_EQ(row.values_size(), 3);
  EXPECT_EQ(row.values(0).int_value(), 1);
  EXPECT_EQ(row.values(1).text(), "Alice B.");
  EXPECT_EQ(row.values(2).json(), "{}");
  EXPECT_EQ(result->rows().rows(1).values(0).int_value(), 2);
  EXPECT_FALSE(result->last_cell_continues());
}

TEST_F(SessionTest, KeepsSeveralResultsOfACallApart) {
  auto results = Open().Execute("CALL");
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_EQ(results->size(), 3u);
  EXPECT_TRUE(results->back().end().has_write());
}

TEST_F(SessionTest, FollowsTheState) {
  Session session = Open();
  EXPECT_TRUE(session.state().autocommit());
  ASSERT_TRUE(session.Begin().ok());
  EXPECT_TRUE(session.state().in_transaction());
  ASSERT_TRUE(session.Commit().ok());
  EXPECT_FALSE(session.state().in_transaction());
}

TEST_F(SessionTest, IsUsableAfterAFailedStatement) {
  Session session = Open();
  EXPECT_EQ(ReasonOf(session.Insert(InsertInto("taken")).status()),
            "DUPLICATE_KEY");
  EXPECT_TRUE(session.Alive());
  EXPECT_TRUE(session.Insert(InsertInto("users")).ok());
  EXPECT_EQ(session.state().last_insert_id(), 7u);
}

TEST_F(SessionTest, OneStreamCarriesSessionsOneAfterAnother) {
  for (int i = 0; i < 5; ++i) {
    Session session = Open();
    EXPECT_TRUE(session.Ping().ok());
    EXPECT_TRUE(session.End().ok());
    EXPECT_TRUE(session.End().ok());
    EXPECT_FALSE(session.Alive());
    EXPECT_EQ(ReasonOf(session.Ping()), kSessionEnded);
  }
  EXPECT_EQ(service_.sessions, 5);
  EXPECT_EQ(service_.streams, 1);
}

TEST_F(SessionTest, PipelinedAnswersAreFoundById) {
  Session session = Open();
  v1::SessionRequest select;
  *select.mutable_select() = Users();
  uint32_t first = session.Send(select).value();
  uint32_t second = session.Send(Sql("SELECT 1")).value();
  uint32_t third = session.Send(select).value();
  EXPECT_EQ(session.Receive(third).value().size(), 2u);
  EXPECT_EQ(session.Receive(first).value().size(), 2u);
  EXPECT_EQ(session.Receive(second).value().size(), 1u);
  EXPECT_EQ(ReasonOf(session.Receive(second).status()), kInvalidField);
  EXPECT_TRUE(session.Alive());
}

TEST_F(SessionTest, DestructorCancelsTheStream) {
  { Session session = Open(); }
  WaitForCancelled(1);
}

TEST_F(SessionTest, StreamWithUnfetchedAnswersIsNotKept) {
  Session session = Open();
  ASSERT_TRUE(session.Send(Sql("SELECT 1")).ok());
  EXPECT_TRUE(session.End().ok());
  WaitForCancelled(1);
}

TEST_F(SessionTest, DeadlineEndsTheSession) {
  Session session = Open();
  absl::Status status =
      session.Call(Sql("HANG"), absl::Milliseconds(50)).status();
  EXPECT_EQ(ReasonOf(status), kDeadline);
  EXPECT_EQ(OutcomeOf(status), Outcome::kUnknown);
  EXPECT_FALSE(session.Alive());
  WaitForCancelled(1);
}

TEST_F(SessionTest, LostAnswerOfAStatementIsUnknown) {
  Session session = Open();
  absl::Status status = session.Execute("DROP").status();
  EXPECT_EQ(ReasonOf(status), kOutcomeUnknown);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnknown);
  EXPECT_FALSE(session.Alive());
  EXPECT_EQ(ReasonOf(session.Ping()), kSessionEnded);
}

TEST_F(SessionTest, WriteOfALostTransactionIsNotDone) {
  Session session = Open();
  ASSERT_TRUE(session.Begin().ok());
  absl::Status status = session.Insert(InsertInto("drop")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(status), kTransactionLost);
  EXPECT_EQ(OutcomeOf(status), Outcome::kNotDone);
  EXPECT_EQ(RetryOf(status), Retry::kTransaction);
}

TEST_F(SessionTest, ReadOfALostTransactionAsksForTheWholeTransaction) {
  Session session = Open();
  v1::SessionRequest begin;
  begin.mutable_begin();
  v1::SessionRequest read;
  read.mutable_select()->set_table("drop");
  ASSERT_TRUE(session.Send(begin).ok());
  uint32_t id = session.Send(read).value();
  absl::Status status = session.Receive(id).status();
  EXPECT_EQ(ReasonOf(status), kTransactionLost);
  EXPECT_EQ(RetryOf(status), Retry::kTransaction);
}

TEST_F(SessionTest, StreamWhoseSessionDidNotEndCarriesNoOther) {
  service_.fail_end = true;
  EXPECT_TRUE(Open().End().ok());
  Session session = Open();
  EXPECT_TRUE(session.Ping().ok());
  EXPECT_EQ(service_.streams, 2);
}

TEST_F(SessionTest, EndOfAnOpenTransactionIsAwaited) {
  service_.fail_end = true;
  Session session = Open();
  ASSERT_TRUE(session.Begin().ok());
  EXPECT_EQ(ReasonOf(session.End()), "INTERNAL");
}

TEST_F(SessionTest, TransactionLostWhileIdleIsToldOnce) {
  Session session = Open();
  ASSERT_TRUE(session.Begin().ok());
  service_.Stop();
  for (int i = 0; i < 400 && session.Alive(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(ReasonOf(session.Commit()), kTransactionLost);
  EXPECT_EQ(ReasonOf(session.Ping()), kSessionEnded);
}

TEST_F(SessionTest, OpensAnotherStreamWhereTheServiceWasRestarted) {
  ASSERT_TRUE(Open().End().ok());
  int port = std::stoi(service_.endpoint().substr(10));
  service_.Stop();
  testing::FakeService second;
  second.Start(port);
  // The first attempt may meet the old connection's end; it must not hang.
  absl::Status status;
  for (int i = 0; i < 20; ++i) {
    status = client_->OpenSession().status();
    if (status.ok()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(SessionTest, OpeningWithoutAServiceFailsAtOnce) {
  service_.Stop();
  absl::Status status = client_->OpenSession().status();
  EXPECT_EQ(ReasonOf(status), kServiceUnreachable);
  EXPECT_EQ(OutcomeOf(status), Outcome::kNotDone);
  EXPECT_TRUE(IsRetryable(status));
}

// What an event loop would do: a flag that the library raises.
class Loop {
 public:
  SessionOptions Options() {
    SessionOptions options;
    options.open_with_first_request = true;
    options.on_event = [state = state_] {
      absl::MutexLock lock(&state->mu);
      ++state->events;
    };
    return options;
  }

  // Waits as an event loop does until `ready` says yes.
  template <typename F>
  void Until(F ready) {
    while (!ready()) {
      absl::MutexLock lock(&state_->mu);
      auto some = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(state_->mu) {
        return state_->events > 0;
      };
      ASSERT_TRUE(state_->mu.AwaitWithTimeout(absl::Condition(&some),
                                              absl::Seconds(30)));
      state_->events = 0;
    }
  }

 private:
  struct State {
    absl::Mutex mu;
    int events = 0;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

TEST_F(SessionTest, OpensWithItsFirstRequestInOneRoundTrip) {
  // Whoever waited for the answer to `open` or `end` would wait for ever.
  service_.answer_late = true;
  SessionOptions options;
  options.open_with_first_request = true;
  for (int i = 0; i < 3; ++i) {
    Session session = client_->OpenSession(options).value();
    EXPECT_FALSE(session.Opened());
    EXPECT_TRUE(session.Ping().ok());
    EXPECT_TRUE(session.Opened());
    EXPECT_TRUE(session.End().ok());
  }
  EXPECT_EQ(service_.sessions, 3);
  EXPECT_EQ(service_.streams, 1);
}

TEST_F(SessionTest, WithoutARequestNothingIsOpened) {
  SessionOptions options;
  options.open_with_first_request = true;
  Session session = client_->OpenSession(options).value();
  EXPECT_TRUE(session.Alive());
  EXPECT_TRUE(session.state().autocommit());
  EXPECT_TRUE(session.End().ok());
  EXPECT_FALSE(session.Alive());
  EXPECT_EQ(ReasonOf(session.Ping()), "SESSION_ENDED");
  EXPECT_EQ(service_.streams, 0);
}

TEST_F(SessionTest, TheFirstRequestTellsThatOpeningFailed) {
  Client away = Client::Connect("127.0.0.1:1").value();
  SessionOptions options;
  options.open_with_first_request = true;
  Session session = away.OpenSession(options).value();
  absl::Status failed = session.Insert(InsertInto("users")).status();
  EXPECT_EQ(ReasonOf(failed), "SERVICE_UNREACHABLE");
  EXPECT_EQ(OutcomeOf(failed), Outcome::kNotDone);
  EXPECT_FALSE(session.Opened());
  EXPECT_FALSE(session.Alive());
}

TEST_F(SessionTest, TheFirstAnswerTellsThatTheServiceOpensNoSession) {
  ASSERT_TRUE(Open().End().ok());  // leaves a stream
  SessionOptions options;
  options.open_with_first_request = true;
  options.database = "closed";
  Session session = client_->OpenSession(options).value();
  const uint32_t first = session.Send(Sql("SET x = 1")).value();
  const uint32_t second = session.Send(Sql("SET x = 2")).value();
  EXPECT_EQ(ReasonOf(session.Receive(first).status()), "UNKNOWN_DATABASE");
  EXPECT_EQ(ReasonOf(session.Receive(second).status()), "UNKNOWN_DATABASE");
  EXPECT_FALSE(session.Opened());
  EXPECT_FALSE(session.Alive());
}

TEST_F(SessionTest, ALostFirstWriteMayBeDone) {
  SessionOptions options;
  options.open_with_first_request = true;
  Session session = client_->OpenSession(options).value();
  absl::Status lost = session.Insert(InsertInto("drop")).status();
  EXPECT_EQ(OutcomeOf(lost), Outcome::kUnknown);
  EXPECT_FALSE(IsRetryable(lost));
}

TEST_F(SessionTest, RenewsWithTheNextRequest) {
  SessionOptions options;
  options.open_with_first_request = true;
  Session session = client_->OpenSession(options).value();
  for (int i = 1; i <= 3; ++i) {
    EXPECT_FALSE(session.Opened());
    EXPECT_TRUE(session.Insert(InsertInto("users")).ok());
    EXPECT_EQ(session.state().last_insert_id(), 7u);
    EXPECT_TRUE(session.Opened());
    EXPECT_EQ(service_.sessions, i);
    EXPECT_TRUE(session.Renew());
  }
  EXPECT_TRUE(session.End().ok());
  EXPECT_FALSE(session.Alive());
  EXPECT_EQ(service_.sessions, 3);
  EXPECT_EQ(service_.streams, 1);
  // The stream is kept for others, without the session that nobody wanted.
  EXPECT_TRUE(Open().Ping().ok());
  EXPECT_EQ(service_.streams, 1);
}

TEST_F(SessionTest, RenewsNothingThatIsInUseOrLost) {
  Session session = Open();
  ASSERT_TRUE(session.Begin().ok());
  EXPECT_FALSE(session.Renew());
  ASSERT_TRUE(session.Rollback().ok());
  const uint32_t id = session.Send(Sql("SET x = 1")).value();
  EXPECT_FALSE(session.Renew());
  ASSERT_TRUE(session.Receive(id).ok());
  session.Cancel();
  EXPECT_FALSE(session.Renew());
}

TEST_F(SessionTest, FetchesALongAnswerMessageByMessage) {
  Session session = Open();
  v1::SessionRequest request;
  *request.mutable_select() = Users();
  uint32_t id = session.Send(request).value();
  EXPECT_TRUE(session.Send(Sql("SET x = 1")).ok());
  auto first = session.ReceiveMessage(id);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_TRUE(first->more());
  EXPECT_EQ(first->result().rows().rows_size(), 1);
  auto second = session.ReceiveMessage(id);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_FALSE(second->more());
  EXPECT_EQ(ReasonOf(session.ReceiveMessage(id).status()), "INVALID_FIELD");
  EXPECT_TRUE(session.Receive(id + 1).ok());
}

TEST_F(SessionTest, AnEventLoopIsToldOfAnswers) {
  Loop loop;
  for (int i = 0; i < 3; ++i) {
    Session session = client_->OpenSession(loop.Options()).value();
    uint32_t id = session.Send(Sql("SET x = 1")).value();
    loop.Until([&] { return session.Ready(id); });
    EXPECT_TRUE(session.Receive(id, absl::Milliseconds(1)).ok());
    v1::SessionRequest request;
    *request.mutable_select() = Users();
    id = session.Send(request).value();
    for (bool more = true; more;) {
      loop.Until([&] { return session.Ready(id, /*one_message=*/true); });
      auto message = session.ReceiveMessage(id, absl::Milliseconds(1));
      ASSERT_TRUE(message.ok()) << message.status();
      more = message->more();
    }
    EXPECT_TRUE(session.End().ok());
  }
  EXPECT_EQ(service_.streams, 1);
}

TEST_F(SessionTest, AnEventLoopIsToldOfTheEndOfTheStream) {
  Loop loop;
  Session session = client_->OpenSession(loop.Options()).value();
  uint32_t id = session.Send(Sql("DROP")).value();
  loop.Until([&] { return session.Ready(id); });
  EXPECT_EQ(OutcomeOf(session.Receive(id).status()), Outcome::kUnknown);
  EXPECT_FALSE(session.Alive());
}

TEST_F(SessionTest, AnEventLoopIsToldOfRoomToSend) {
  Loop loop;
  Session session = client_->OpenSession(loop.Options()).value();
  std::vector<uint32_t> ids;
  for (int i = 0; i < 2000; ++i) {
    loop.Until([&] { return session.CanSend(); });
    ids.push_back(session.Send(Sql("SET x = 1")).value());
  }
  for (uint32_t id : ids) {
    loop.Until([&] { return session.Ready(id); });
    EXPECT_TRUE(session.Receive(id).ok());
  }
}

TEST_F(SessionTest, WithAnEventLoopADroppedSessionIsCancelled) {
  Loop loop;
  {
    Session session = client_->OpenSession(loop.Options()).value();
    EXPECT_FALSE(session.Ready(session.Send(Sql("HANG")).value()));
    // What was not sent yet needs no cancelling.
    while (service_.sessions == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  WaitForCancelled(1);
}

TEST_F(SessionTest, WithAnEventLoopADeadlineEndsTheSession) {
  Loop loop;
  Session session = client_->OpenSession(loop.Options()).value();
  uint32_t id = session.Send(Sql("HANG")).value();
  EXPECT_EQ(ReasonOf(session.Receive(id, absl::Milliseconds(50)).status()),
            "DEADLINE");
  EXPECT_FALSE(session.Alive());
  WaitForCancelled(1);
}

}  // namespace
}  // namespace berth::client
