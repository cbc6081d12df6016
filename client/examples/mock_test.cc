// Shows how a program tests what it does with Berth, without a service.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "berth/client/client.h"
#include "berth/client/mocks/mock_connection.h"

namespace {

namespace v1 = berth::v1;
using berth::client::Client;
using berth::client::Session;
using berth::client::ToValue;
using berth::client::mocks::Answer;
using berth::client::mocks::Done;
using berth::client::mocks::MakeError;
using berth::client::mocks::MakeResult;
using berth::client::mocks::MakeWrite;
using berth::client::mocks::MockConnection;
using berth::client::mocks::MockSessionConnection;
using ::testing::_;
using ::testing::NiceMock;
using ::testing::Return;
using ::testing::ReturnRef;

// The code under test: the name of a user, or "nobody".
absl::StatusOr<std::string> NameOf(const Client& client, int64_t id) {
  v1::SelectSpec spec;
  spec.set_table("users");
  spec.mutable_filter()->set_where("id = ?");
  *spec.mutable_filter()->add_parameters() = ToValue(id);
  absl::StatusOr<v1::ResultChunk> users = client.Select(spec);
  if (!users.ok()) return users.status();
  if (users->rows().rows().empty()) return "nobody";
  auto name = berth::client::Cell(*users, 0, "name");
  if (!name.ok()) return name.status();
  return berth::client::ToString(**name);
}

TEST(MockTest, NameIsThatOfTheRow) {
  auto connection = std::make_shared<MockConnection>();
  EXPECT_CALL(*connection, Select)
      .WillOnce([](const MockConnection::SelectParams& params) {
        EXPECT_EQ(params.spec.table(), "users");
        return MakeResult({"id", "name"}, {{ToValue(7), ToValue("Alice")}});
      });
  EXPECT_EQ(NameOf(Client(connection), 7).value(), "Alice");
}

TEST(MockTest, ErrorIsPassedOn) {
  auto connection = std::make_shared<MockConnection>();
  EXPECT_CALL(*connection, Select)
      .WillOnce(Return(MakeError(absl::StatusCode::kPermissionDenied, "POLICY",
                                 "NOT_DONE", "NEVER")));
  absl::Status status = NameOf(Client(connection), 7).status();
  EXPECT_EQ(berth::client::ReasonOf(status), "POLICY");
}

TEST(MockTest, TransactionCommits) {
  static const v1::SessionState open = [] {
    v1::SessionState state;
    state.set_in_transaction(true);
    return state;
  }();
  auto connection = std::make_shared<MockConnection>();
  EXPECT_CALL(*connection, OpenSession).WillOnce([](auto) {
    auto session = std::make_unique<NiceMock<MockSessionConnection>>();
    ON_CALL(*session, state).WillByDefault(ReturnRef(open));
    EXPECT_CALL(*session, Call)
        .WillOnce(Return(Done()))                // BEGIN
        .WillOnce(Return(Answer(MakeWrite(1))))  // UPDATE
        .WillOnce(Return(Done()));               // COMMIT
    return Session(std::move(session));
  });
  absl::Status status = Client(connection).RunTransaction([](Session& session) {
    return session.Update(v1::UpdateSpec()).status();
  });
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace
