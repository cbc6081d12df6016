// Shows how a program tests what it does with Berth, without a service.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "berth/client/client.h"
#include "berth/client/mocks/mock_connection.h"

namespace {

namespace v1 = berth::v1;
using berth::client::BulkWriter;
using berth::client::Client;
using berth::client::RowStream;
using berth::client::Session;
using berth::client::ToValue;
using berth::client::Values;
using berth::client::mocks::Answer;
using berth::client::mocks::Done;
using berth::client::mocks::MakeError;
using berth::client::mocks::MakeResult;
using berth::client::mocks::MakeStream;
using berth::client::mocks::MakeWrite;
using berth::client::mocks::MockBulkConnection;
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

// The code under test: the longest name, however many users there are.
absl::StatusOr<std::string> LongestName(const Client& client) {
  v1::SelectSpec spec;
  spec.set_table("users");
  spec.add_columns("name");
  absl::StatusOr<RowStream> users = client.SelectStream(spec);
  if (!users.ok()) return users.status();
  std::string longest;
  while (const v1::Row* user = users->Next()) {
    const std::string& name = user->values(0).text();
    if (name.size() > longest.size()) longest = name;
  }
  if (!users->status().ok()) return users->status();
  return longest;
}

TEST(MockTest, StreamHasRowsAndMayFailAfterThem) {
  auto connection = std::make_shared<MockConnection>();
  const v1::ResultChunk names =
      MakeResult({"name"}, {{ToValue("Al")}, {ToValue("Alice")}});
  EXPECT_CALL(*connection, SelectStream)
      .WillOnce([&](auto) { return MakeStream({names}); })
      .WillOnce([&](auto) {
        return MakeStream({names}, absl::UnavailableError("torn"));
      });
  EXPECT_EQ(LongestName(Client(connection)).value(), "Alice");
  EXPECT_TRUE(absl::IsUnavailable(LongestName(Client(connection)).status()));
}

// The code under test.
absl::Status Import(const Client& client, const std::vector<int>& ids) {
  v1::BulkInsertHeader header;
  header.set_table("users");
  header.add_columns("id");
  absl::StatusOr<BulkWriter> writer = client.BulkInsert(header);
  if (!writer.ok()) return writer.status();
  for (int id : ids) {
    if (absl::Status added = writer->Add(Values(id)); !added.ok()) return added;
  }
  return writer->Finish().status();
}

TEST(MockTest, BulkInsertSendsItsRowsAndFinishes) {
  auto connection = std::make_shared<MockConnection>();
  EXPECT_CALL(*connection, BulkInsert).WillOnce([](auto params) {
    EXPECT_EQ(params.header.table(), "users");
    auto bulk = std::make_unique<NiceMock<MockBulkConnection>>();
    EXPECT_CALL(*bulk, Send).WillOnce([](const v1::Rows& rows) {
      EXPECT_EQ(rows.rows_size(), 3);
      return absl::OkStatus();
    });
    EXPECT_CALL(*bulk, Finish).WillOnce(Return(absl::OkStatus()));
    return BulkWriter(std::move(bulk));
  });
  EXPECT_TRUE(Import(Client(connection), {1, 2, 3}).ok());
}

}  // namespace
