#include "berth/client/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

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
    for (int i = 0; i < 400 && service_.cancelled < count; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(service_.cancelled, count);
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

}  // namespace
}  // namespace berth::client
