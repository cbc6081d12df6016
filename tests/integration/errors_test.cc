// Every wrong input gets a clear error, and a session survives it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "berth/client/client.h"
#include "berth/v1/database.pb.h"
#include "tests/integration/error_cases.h"
#include "tests/support/raw_rpc.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_servers.h"

namespace berth::test {
namespace {

using absl::StatusCode;
using client::Outcome;
using client::Retry;
using client::Values;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

TestServers& Servers() {
  static TestServers* servers = [] {
    static TestServers made;
    made.mariadb.Sql(
        "CREATE TABLE users (id INT PRIMARY KEY AUTO_INCREMENT, "
        "email VARCHAR(20) NOT NULL UNIQUE, age TINYINT UNSIGNED, "
        "born DATE, CHECK (age < 150));"
        "CREATE TABLE orders (id INT PRIMARY KEY, user_id INT NOT NULL, "
        "FOREIGN KEY (user_id) REFERENCES users(id));"
        "INSERT INTO users (id, email) VALUES (1, 'taken@example.com');"
        "INSERT INTO orders VALUES (1, 1);"
        "CREATE TABLE `größe` (`maß` INT)");
    // berthd suggests names of tables that it has read.
    EXPECT_THAT(made.client.ListTables({}), IsOk());
    return &made;
  }();
  return *servers;
}

constexpr StatusCode kInvalid = StatusCode::kInvalidArgument;

class ErrorsTest : public ::testing::TestWithParam<ErrorCase> {};

absl::Status RunUnary(const client::Client& client,
                      const v1::SessionRequest& request) {
  switch (request.request_case()) {
    case v1::SessionRequest::kSelect:
      return client.Select(request.select()).status();
    case v1::SessionRequest::kInsert:
      return client.Insert(request.insert()).status();
    case v1::SessionRequest::kUpdate:
      return client.Update(request.update()).status();
    case v1::SessionRequest::kDelete:
      return client.Delete(request.delete_()).status();
    default:
      return client.Execute(request.execute()).status();
  }
}

std::string Verb(const v1::SessionRequest& request, bool unary) {
  switch (request.request_case()) {
    case v1::SessionRequest::kSelect:
      return "select";
    case v1::SessionRequest::kInsert:
      return "insert";
    case v1::SessionRequest::kUpdate:
      return "update";
    case v1::SessionRequest::kDelete:
      return "delete";
    default:
      return unary ? "statement" : "execute";
  }
}

void Check(const absl::Status& status, const ErrorCase& wrong, bool unary) {
  EXPECT_THAT(status, AllOf(StatusIs(wrong.code), HasReason(wrong.reason)));
  EXPECT_THAT(std::string(status.message()), HasSubstr(wrong.says));
  EXPECT_EQ(client::OutcomeOf(status), Outcome::kNotDone);
  EXPECT_EQ(client::RetryOf(status), Retry::kNever);
  EXPECT_EQ(client::MetadataOf(status, "outcome"), "NOT_DONE");
  EXPECT_EQ(client::MetadataOf(status, "retry"), "NEVER");
  if (!wrong.field.empty()) {
    const std::string path = Verb(wrong.request, unary) + "." + wrong.field;
    EXPECT_THAT(client::FieldsOf(status), Contains(Pair(path, ::testing::_)));
  }
}

TEST_P(ErrorsTest, IsToldToAUnaryCall) {
  Check(RunUnary(Servers().client, GetParam().request), GetParam(), true);
}

TEST_P(ErrorsTest, LeavesASessionAndItsTransactionUsable) {
  auto session = Servers().client.OpenSession();
  ASSERT_THAT(session, IsOk());
  ASSERT_THAT(session->Begin(), IsOk());
  ASSERT_THAT(session->Execute("SET @mark = 17"), IsOk());
  Check(session->Call(GetParam().request).status(), GetParam(), false);
  EXPECT_TRUE(session->Alive());
  EXPECT_TRUE(session->state().in_transaction());
  auto mark = session->Execute("SELECT @mark, @@in_transaction");
  ASSERT_THAT(mark, IsOk());
  EXPECT_EQ(Cells(mark->front()), "17,1");
  EXPECT_THAT(session->Rollback(), IsOk());
  EXPECT_THAT(session->End(), IsOk());
}

std::string Name(const ::testing::TestParamInfo<ErrorCase>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Names, ErrorsTest, ::testing::ValuesIn(WrongNames()),
                         Name);
INSTANTIATE_TEST_SUITE_P(Values, ErrorsTest, ::testing::ValuesIn(WrongValues()),
                         Name);
INSTANTIATE_TEST_SUITE_P(Fragments, ErrorsTest,
                         ::testing::ValuesIn(WrongFragments()), Name);

TEST(DatabaseErrorTest, UnknownDatabaseIsNotFound) {
  client::CallOptions elsewhere;
  elsewhere.database = "nowhere";
  const auto expected =
      AllOf(StatusIs(StatusCode::kNotFound), HasReason("UNKNOWN_DATABASE"));
  EXPECT_THAT(Servers().client.Select(SelectFrom("users"), elsewhere),
              expected);
  client::SessionOptions options;
  options.database = "nowhere";
  EXPECT_THAT(Servers().client.OpenSession(options), expected);
  EXPECT_THAT(Servers().client.Register(
                  RegisterOf({TableOf("t", {{"id", "int"}})}), elsewhere),
              expected);
}

// MariaDB's own databases are no way around `databases`.
TEST(DatabaseErrorTest, SystemDatabaseIsUnknown) {
  for (const char* name : {"mysql", "information_schema", "berth`", "../x"}) {
    client::CallOptions elsewhere;
    elsewhere.database = name;
    EXPECT_THAT(Servers().client.Select(SelectFrom("users"), elsewhere),
                HasReason("UNKNOWN_DATABASE"))
        << name;
  }
}

TEST(NotAliveTest, OptionsOfACallAreRefusedByName) {
  v1::RequestOptions key, token, staleness;
  key.set_idempotency_key("k");
  token.set_consistency_token("t");
  staleness.mutable_max_staleness()->set_seconds(1);
  const std::pair<std::string, v1::RequestOptions> cases[] = {
      {"options.idempotency_key", key},
      {"options.consistency_token", token},
      {"options.max_staleness", staleness}};
  for (const auto& [field, options] : cases) {
    v1::InsertRequest request;
    *request.mutable_options() = options;
    *request.mutable_insert() = InsertInto("users", {"email"}, Values("new"));
    v1::InsertResponse response;
    const absl::Status status = RawCall(Servers().berthd.endpoint(),
                                        "Database/Insert", request, &response);
    EXPECT_THAT(status, AllOf(StatusIs(StatusCode::kUnimplemented),
                              HasReason("NOT_IMPLEMENTED")));
    EXPECT_THAT(client::FieldsOf(status), Contains(Pair(field, ::testing::_)));
  }
  EXPECT_EQ(
      Servers().mariadb.Sql("SELECT COUNT(*) FROM users WHERE email = 'new'"),
      "0");
}

size_t SizeOf(const absl::Status& status) {
  size_t size = status.message().size();
  status.ForEachPayload([&size](absl::string_view url, const absl::Cord& cord) {
    size += url.size() + cord.size();
  });
  return size;
}

// Details above 8 KiB would arrive as a bare RESOURCE_EXHAUSTED.
TEST(ErrorSizeTest, DetailsStayBelow4KiBWhateverTheRequestSays) {
  std::string name;
  while (name.size() < 60'000) name += "größer🚢";
  v1::SelectSpec columns = SelectFrom("users");
  for (int i = 0; i < 20; ++i) columns.add_columns(name);
  const v1::SessionRequest requests[] = {
      Request(SelectFrom(name)),
      Request(columns),
      Request(SelectFrom("users", "`" + name + "` = 1")),
      Request(SelectFrom("users", "id = '" + name)),
      Request(Sql("SELECT `" + name + "` FROM users")),
      Request(Sql("SELECT * FROM `" + name + "`")),
      Request(Sql(name)),
  };
  client::Session session = Servers().client.OpenSession().value();
  for (const v1::SessionRequest& request : requests) {
    for (const absl::Status& status : {RunUnary(Servers().client, request),
                                       session.Call(request).status()}) {
      EXPECT_THAT(status, StatusIs(kInvalid));
      EXPECT_NE(client::ReasonOf(status), "");
      EXPECT_LE(SizeOf(status), 4096u);
      EXPECT_TRUE(client::IsValidUtf8(status.message()));
    }
  }
  EXPECT_THAT(session.Ping(), IsOk());
}

}  // namespace
}  // namespace berth::test
