// Every wrong input gets a clear error, and a session survives it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "berth/client/client.h"
#include "berth/v1/database.pb.h"
#include "tests/support/raw_rpc.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_servers.h"

namespace berth::test {
namespace {

using absl::StatusCode;
using client::Default;
using client::List;
using client::Outcome;
using client::Retry;
using client::ToValue;
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

// One request that must fail, and how.
struct Case {
  std::string name;
  v1::SessionRequest request;
  StatusCode code;
  std::string reason;
  // What the message says.
  std::string says;
  // The path of the wrong field below the verb; empty: none is named.
  std::string field;
};

void PrintTo(const Case& wrong, std::ostream* out) { *out << wrong.name; }

// The number of wrong rows is that of the table.
v1::SessionRequest InsertUser(std::vector<v1::Value> values) {
  return Request(InsertInto("users", {"email", "age", "born"}, values));
}

v1::SelectSpec With(v1::SelectSpec spec,
                    const std::function<void(v1::SelectSpec&)>& change) {
  change(spec);
  return spec;
}

v1::InsertSpec InsertWithoutRows() {
  v1::InsertSpec spec;
  spec.set_table("users");
  return spec;
}

v1::SessionRequest UpdateWithoutWhere() {
  return Request(UpdateOf("users", "age", ToValue(1)));
}

v1::SessionRequest UnsetAssignment() {
  v1::UpdateSpec spec = UpdateOf("users", "age", v1::Value(), "id = 1");
  return Request(spec);
}

v1::SessionRequest AllRowsWithWhere() {
  v1::DeleteSpec spec = DeleteFrom("users", "id = 77");
  spec.set_all_rows(true);
  return Request(spec);
}

constexpr StatusCode kInvalid = StatusCode::kInvalidArgument;

std::vector<Case> NameCases() {
  return {
      {"UnknownTable", Request(SelectFrom("usres")), kInvalid, "UNKNOWN_TABLE",
       "did you mean \"users\"?", "table"},
      {"UnknownTableOfInsert", Request(InsertInto("order", {"id"}, Values(1))),
       kInvalid, "UNKNOWN_TABLE", "did you mean \"orders\"?", "table"},
      {"UnknownColumn",
       Request(
           With(SelectFrom("users"), [](auto& s) { s.add_columns("emial"); })),
       kInvalid, "UNKNOWN_COLUMN", "did you mean \"email\"?", "columns[0]"},
      {"UnknownColumnOfInsert",
       Request(InsertInto("users", {"email", "agee"}, Values("x", 1))),
       kInvalid, "UNKNOWN_COLUMN", "did you mean \"age\"?", "columns[1]"},
      {"UnknownColumnOfUpdate",
       Request(UpdateOf("users", "ege", ToValue(1), "id = 1")), kInvalid,
       "UNKNOWN_COLUMN", "did you mean \"age\"?", "assignments[0].column"},
      {"UnknownColumnInOrderBy",
       Request(With(SelectFrom("users"),
                    [](auto& s) { s.add_order_by()->set_column("brn"); })),
       kInvalid, "UNKNOWN_COLUMN", "did you mean \"born\"?",
       "order_by[0].column"},
      {"UnknownColumnInFragment",
       Request(SelectFrom("users", "emial = ?", Values("x"))), kInvalid,
       "UNKNOWN_COLUMN", "did you mean \"email\"?", "filter.where"},
      {"UnknownColumnInFragmentOfDelete",
       Request(DeleteFrom("users", "users.emial = ?", Values("x"))), kInvalid,
       "UNKNOWN_COLUMN", "did you mean \"email\"?", "filter.where"},
      {"UnknownColumnNamesItsTable",
       Request(UpdateOf("größe", "mass", ToValue(1), "1")), kInvalid,
       "UNKNOWN_COLUMN", "größe", "assignments[0].column"},
      {"UnknownTableInSql", Request(Sql("SELECT * FROM nowhere")), kInvalid,
       "UNKNOWN_TABLE", "nowhere", ""},
      {"UnknownColumnInSql", Request(Sql("SELECT nothing FROM users")),
       kInvalid, "UNKNOWN_COLUMN", "nothing", ""},
      {"UnknownDatabaseInSql", Request(Sql("SELECT * FROM nodb.t")), kInvalid,
       "UNKNOWN_TABLE", "nodb", ""},
      {"SyntaxInSql", Request(Sql("SELEC 1")), kInvalid, "SYNTAX", "SELEC", ""},
      {"SyntaxInFragment", Request(SelectFrom("users", "id = = 1")), kInvalid,
       "SYNTAX", "=", ""},
      {"TwoStatements", Request(Sql("SELECT 1; SELECT 2")), kInvalid, "SYNTAX",
       "SELECT 2", ""},
  };
}

std::vector<Case> ValueCases() {
  const v1::Value text = ToValue("not a number");
  return {
      {"TextIntoInt", InsertUser(Values("a", "old", std::nullopt)), kInvalid,
       "VALUE_OUT_OF_RANGE", "age", ""},
      {"TooLargeForInt", InsertUser(Values("a", 256, std::nullopt)), kInvalid,
       "VALUE_OUT_OF_RANGE", "age", ""},
      {"NegativeIntoUnsigned", InsertUser(Values("a", -1, std::nullopt)),
       kInvalid, "VALUE_OUT_OF_RANGE", "age", ""},
      {"NoSuchDay", InsertUser(Values("a", 1, client::Date("2023-02-30"))),
       kInvalid, "VALUE_OUT_OF_RANGE", "born", ""},
      {"TooLong", InsertUser(Values("twenty-one characters", 1, std::nullopt)),
       kInvalid, "VALUE_TOO_LONG", "email", ""},
      {"NullNotAllowed", InsertUser(Values(std::nullopt, 1, std::nullopt)),
       kInvalid, "NULL_NOT_ALLOWED", "email", ""},
      {"NoDefault", Request(InsertInto("users", {"age"}, Values(1))), kInvalid,
       "NULL_NOT_ALLOWED", "email", ""},
      {"DuplicateKey", InsertUser(Values("taken@example.com", 1, std::nullopt)),
       StatusCode::kAlreadyExists, "DUPLICATE_KEY", "taken@example.com", ""},
      {"ForeignKeyOfInsert",
       Request(InsertInto("orders", {"id", "user_id"}, Values(2, 99))),
       StatusCode::kFailedPrecondition, "FOREIGN_KEY", "user_id", ""},
      {"ForeignKeyOfDelete", Request(DeleteFrom("users", "id = ?", Values(1))),
       StatusCode::kFailedPrecondition, "FOREIGN_KEY", "orders", ""},
      {"CheckConstraint", InsertUser(Values("a", 200, std::nullopt)),
       StatusCode::kFailedPrecondition, "CHECK_CONSTRAINT", "CONSTRAINT_1", ""},
      {"DivisionByZero",
       Request(Sql("UPDATE users SET age = 1 / 0 WHERE id = 1")), kInvalid,
       "VALUE_OUT_OF_RANGE", "0", ""},
      {"UnsetValue", InsertUser({ToValue("a"), ToValue(1), v1::Value()}),
       kInvalid, "INVALID_FIELD", "null_value", "rows[0].values[2]"},
      {"UnsetAssignment", UnsetAssignment(), kInvalid, "INVALID_FIELD",
       "null_value", "assignments[0].value"},
      {"UnsetParameter", Request(SelectFrom("users", "id = ?", {v1::Value()})),
       kInvalid, "INVALID_FIELD", "null_value", "filter.parameters[0]"},
      {"UnsetParameterOfSql", Request(Sql("SELECT ?", {v1::Value()})), kInvalid,
       "INVALID_FIELD", "null_value", "parameters[0]"},
      {"UnsetValueInAList",
       Request(SelectFrom("users", "id IN (?)", {List({v1::Value()})})),
       kInvalid, "INVALID_FIELD", "null_value",
       "filter.parameters[0].list.values[0]"},
      {"ListMisplaced",
       Request(SelectFrom("users", "id = ?", {List(Values(1))})), kInvalid,
       "INVALID_FIELD", "IN (?)", "filter.parameters[0]"},
      {"ListInInsert", InsertUser({List(Values(1)), ToValue(1), ToValue(1)}),
       kInvalid, "INVALID_FIELD", "list", "rows[0].values[0]"},
      {"DefaultInWhere", Request(SelectFrom("users", "id = ?", {Default()})),
       kInvalid, "INVALID_FIELD", "DEFAULT", "filter.parameters[0]"},
      {"NotANumber", Request(Sql("SELECT ?", Values(0.0 / 0.0))), kInvalid,
       "INVALID_FIELD", "NaN", "parameters[0]"},
  };
}

std::vector<Case> FragmentCases() {
  const auto limit = [](auto& s) { s.set_limit(1); };
  const auto order = [](auto& s) { s.add_order_by()->set_column("id"); };
  return {
      {"TooFewValues",
       Request(SelectFrom("users", "id = ? OR age = ?", Values(1))), kInvalid,
       "INVALID_FIELD", "2 placeholders", "filter.parameters"},
      {"TooManyValues", Request(SelectFrom("users", "id = 1", Values(1))),
       kInvalid, "INVALID_FIELD", "0 placeholders", "filter.parameters"},
      {"TooFewValuesOfSql", Request(Sql("SELECT ?, ?", Values(1))), kInvalid,
       "INVALID_FIELD", "2 placeholders", "parameters"},
      {"Semicolon", Request(SelectFrom("users", "id = 1; DROP TABLE users")),
       kInvalid, "INVALID_FIELD", ";", "filter.where"},
      {"Comment", Request(SelectFrom("users", "id = 1 -- all")), kInvalid,
       "INVALID_FIELD", "comment", "filter.where"},
      {"HashComment", Request(SelectFrom("users", "id = 1 # all")), kInvalid,
       "INVALID_FIELD", "comment", "filter.where"},
      {"BlockComment", Request(DeleteFrom("users", "id /*!50000 > 0 OR*/ = 1")),
       kInvalid, "INVALID_FIELD", "comment", "filter.where"},
      {"LimitTwice",
       Request(With(SelectFrom("users", "id > 0 LIMIT 2"), limit)), kInvalid,
       "INVALID_FIELD", "LIMIT", "limit"},
      {"OrderTwice", Request(With(SelectFrom("users", "ORDER BY age"), order)),
       kInvalid, "INVALID_FIELD", "ORDER BY", "order_by"},
      {"OffsetWithoutLimit",
       Request(With(SelectFrom("users"), [](auto& s) { s.set_offset(1); })),
       kInvalid, "INVALID_FIELD", "limit", "offset"},
      {"UpdateWithoutWhere", UpdateWithoutWhere(), kInvalid, "INVALID_FIELD",
       "all_rows", "filter.where"},
      {"DeleteWithoutWhere", Request(DeleteFrom("users")), kInvalid,
       "INVALID_FIELD", "all_rows", "filter.where"},
      {"DeleteWithBlankWhere", Request(DeleteFrom("users", "  ")), kInvalid,
       "INVALID_FIELD", "all_rows", "filter.where"},
      {"AllRowsWithWhere", AllRowsWithWhere(), kInvalid, "INVALID_FIELD",
       "filter", "all_rows"},
      {"InsertWithoutRows", Request(InsertWithoutRows()), kInvalid,
       "INVALID_FIELD", "required", "rows"},
      {"RowOfWrongWidth",
       Request(InsertInto("users", {"email"}, Values("a", 1))), kInvalid,
       "INVALID_FIELD", "2 values for 1 columns", "rows[0]"},
      {"EmptySql", Request(Sql("  ")), kInvalid, "INVALID_FIELD", "required",
       "sql"},
      {"NoTable", Request(SelectFrom("")), kInvalid, "UNKNOWN_TABLE",
       "has no table", "table"},
  };
}

class ErrorsTest : public ::testing::TestWithParam<Case> {};

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

void Check(const absl::Status& status, const Case& wrong, bool unary) {
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

std::string Name(const ::testing::TestParamInfo<Case>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Names, ErrorsTest, ::testing::ValuesIn(NameCases()),
                         Name);
INSTANTIATE_TEST_SUITE_P(Values, ErrorsTest, ::testing::ValuesIn(ValueCases()),
                         Name);
INSTANTIATE_TEST_SUITE_P(Fragments, ErrorsTest,
                         ::testing::ValuesIn(FragmentCases()), Name);

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

TEST(NotAliveTest, RequestTimeoutOfASessionIsRefusedByName) {
  client::Session session = Servers().client.OpenSession().value();
  v1::SessionRequest request = Request(Sql("SELECT 1"));
  request.mutable_timeout()->set_seconds(1);
  const absl::Status status = session.Call(request).status();
  EXPECT_THAT(status, AllOf(StatusIs(StatusCode::kUnimplemented),
                            HasReason("NOT_IMPLEMENTED")));
  EXPECT_THAT(client::FieldsOf(status),
              Contains(Pair("timeout", ::testing::_)));
  EXPECT_THAT(session.Ping(), IsOk());
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
