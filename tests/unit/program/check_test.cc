// What of a program is refused before it runs, and what is learned of it.
#include "server/program/check.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/limits.h"

namespace berth::program {
namespace {

using ::testing::ElementsAre;

v1::TransactionRequest Parse(const std::string& text) {
  v1::TransactionRequest request;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request))
      << text;
  return request;
}

std::string FieldOf(const absl::Status& status) {
  google::rpc::BadRequest bad;
  const auto payload =
      status.GetPayload("type.googleapis.com/google.rpc.BadRequest");
  if (!payload.has_value() || !bad.ParseFromString(std::string(*payload))) {
    return std::string();
  }
  return bad.field_violations(0).field();
}

// Steps that others may refer to.
constexpr char kSteps[] =
    "steps { id: 'a' insert { table: 't' rows {} } }"
    "steps { id: 'b' select { table: 't' } }";

struct Case {
  Case(const char* name, std::string program, const char* field,
       const char* reason = "INVALID_FIELD")
      : name(name), program(std::move(program)), field(field), reason(reason) {}
  const char* name;
  std::string program;
  const char* field;
  const char* reason;
};

class RefusedTest : public ::testing::TestWithParam<Case> {};

TEST_P(RefusedTest, NamesTheField) {
  v1::TransactionRequest request = Parse(GetParam().program);
  const absl::Status status = Check(request, 100).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(errors::ReasonOf(status), GetParam().reason);
  EXPECT_EQ(errors::MetadataOf(status, "outcome"), "NOT_DONE");
  EXPECT_EQ(FieldOf(status), GetParam().field) << status;
}

std::string Repeat(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// A condition of so many levels.
std::string Deep(int levels) {
  return absl::StrCat("steps { condition {", Repeat(" not {", levels - 1),
                      " ok: 'a' ", Repeat("}", levels - 1),
                      "} select { table: 't' } }");
}

std::string Condition(const std::string& condition) {
  return absl::StrCat(kSteps, "steps { condition { ", condition,
                      " } select { table: 't' } }");
}

std::string Assertion(const std::string& assertion) {
  return absl::StrCat(kSteps, "steps { select { table: 't' } assertions { ",
                      assertion, " } }");
}

std::string Sql(const std::string& sql) {
  return absl::StrCat("steps { statement { sql: '", sql, "' } }");
}

INSTANTIATE_TEST_SUITE_P(
    Programs, RefusedTest,
    ::testing::Values(
        Case("NoSteps", "", "steps"),
        Case("TooManySteps", Repeat("steps { select {} }", 1001), "steps",
             "LIMIT"),
        Case("TooManyAttempts", absl::StrCat("max_attempts: 101 ", kSteps),
             "max_attempts", "LIMIT"),
        Case("UnknownIsolation",
             absl::StrCat("transaction { isolation: 77 } ", kSteps),
             "transaction.isolation"),
        Case("NegativeLockWait",
             absl::StrCat("transaction { lock_wait { seconds: -1 } } ", kSteps),
             "transaction.lock_wait"),
        Case("NoOperation", "steps { id: 'a' }", "steps[0].operation"),
        Case("SameId", absl::StrCat(kSteps, "steps { id: 'a' select {} }"),
             "steps[2].id"),
        Case("LongId",
             absl::StrCat("steps { id: '", Repeat("ä", 65), "' select {} }"),
             "steps[0].id", "LIMIT"),
        Case("UnknownOnError", "steps { on_error: 7 select {} }",
             "steps[0].on_error"),
        // Statements.
        Case("NoText", "steps { statement {} }", "steps[0].statement.sql"),
        Case("Prepared", "steps { statement { prepared: 1 } }",
             "steps[0].statement.prepared"),
        Case("Cursor", "steps { statement { sql: 'SELECT 1' cursor: true } }",
             "steps[0].statement.cursor"),
        Case("Commit", Sql("COMMIT"), "steps[0].statement.sql"),
        Case("CommitInBytes", "steps { statement { sql_bytes: 'COMMIT' } }",
             "steps[0].statement.sql_bytes"),
        Case("Ddl", Sql("DROP TABLE t"), "steps[0].statement.sql"),
        // Values.
        Case("NoKind",
             "steps { select { table: 't' } }"
             "steps { insert { table: 't' columns: 'x' rows {} rows { values { "
             "int_value: 1 } values {} } } }",
             "steps[1].insert.rows[1].values[1]"),
        Case("NotANumber",
             "steps { select { filter { where: 'x = ?' parameters { "
             "double_value: nan } } } }",
             "steps[0].select.filter.parameters[0]"),
        Case("DefaultInFilter",
             "steps { delete { filter { parameters { default_value {} } } } }",
             "steps[0].delete.filter.parameters[0]"),
        Case("ListInRow", "steps { insert { rows { values { list {} } } } }",
             "steps[0].insert.rows[0].values[0]"),
        Case("NoKindInList",
             "steps { statement { sql: 'SELECT 1' parameters { list { values { "
             "int_value: 1 } values {} } } } }",
             "steps[0].statement.parameters[0].list.values[1]"),
        Case("NoKindInAssignment",
             "steps { update { assignments { column: 'x' value {} } } }",
             "steps[0].update.assignments[0].value"),
        Case(
            "NoKindInExpression",
            "steps { update { assignments { expression { parameters {} } } } }",
            "steps[0].update.assignments[0].expression.parameters[0]"),
        Case("LongData",
             "steps { insert { rows { values { long_data {} } } } }",
             "steps[0].insert.rows[0].values[0]"),
        // References.
        Case("RefToNothing",
             "steps { insert { rows { values { ref { step: 'z' row_count {} } "
             "} } } }",
             "steps[0].insert.rows[0].values[0].ref.step"),
        Case("RefToItself",
             "steps { id: 'z' insert { rows { values { ref { step: 'z' "
             "row_count {} } } } } }",
             "steps[0].insert.rows[0].values[0].ref.step"),
        Case("RefToALaterStep",
             absl::StrCat("steps { delete { filter { parameters { ref { step: "
                          "'a' row_count {} } } } } }",
                          kSteps),
             "steps[0].delete.filter.parameters[0].ref.step"),
        Case("RefWithoutAStep",
             absl::StrCat(kSteps,
                          "steps { insert { rows { values { ref { row_count {} "
                          "} } } } }"),
             "steps[2].insert.rows[0].values[0].ref.step"),
        Case("RefToNothingOfAStep",
             absl::StrCat(kSteps,
                          "steps { insert { rows { values { ref { step: 'a' } "
                          "} } } }"),
             "steps[2].insert.rows[0].values[0].ref"),
        Case("RefToNoColumn",
             absl::StrCat(kSteps,
                          "steps { statement { sql: 'x' parameters { list { "
                          "values { ref { step: 'b' cell {} } } } } } }"),
             "steps[2].statement.parameters[0].list.values[0].ref.cell.column"),
        // Conditions.
        Case("NoCondition", Condition(""), "steps[2].condition"),
        Case("OkOfNothing", Condition("ok: 'z'"), "steps[2].condition.ok"),
        Case("FailedOfNothing", Condition("not { failed: 'z' }"),
             "steps[2].condition.not.failed"),
        Case("NothingOfAll", Condition("all {}"),
             "steps[2].condition.all.conditions"),
        Case("WrongAmongAny",
             Condition("any { conditions { ok: 'a' } conditions {} }"),
             "steps[2].condition.any.conditions[1]"),
        Case("TooDeep", absl::StrCat(kSteps, Deep(17)), "steps[2].condition",
             "LIMIT"),
        Case("SelfInCondition",
             Condition("compare { left { row_count {} } right { int_value: 1 } "
                       "}"),
             "steps[2].condition.compare.left.step"),
        Case("UnknownOperator",
             Condition("compare { left { step: 'a' row_count {} } operator: 9 "
                       "right { int_value: 1 } }"),
             "steps[2].condition.compare.operator"),
        // Assertions.
        Case("NoLeft", Assertion("right { int_value: 1 }"),
             "steps[2].assertions[0].left"),
        Case("NoRight", Assertion("left { row_count {} }"),
             "steps[2].assertions[0].right"),
        Case("TextForACount",
             Assertion("left { row_count {} } right { text: '1' }"),
             "steps[2].assertions[0].right"),
        Case("ListInAssertion",
             Assertion("left { cell { column: 'n' } } right { list {} }"),
             "steps[2].assertions[0].right"),
        Case("WrongDecimal",
             Assertion("left { row_count {} } right { decimal: '1e5' }"),
             "steps[2].assertions[0].right"),
        Case("RightRefToNothing",
             Assertion("left { row_count {} } right { ref { step: 'z' "
                       "row_count {} } }"),
             "steps[2].assertions[0].right.ref.step")),
    [](const ::testing::TestParamInfo<Case>& info) {
      return std::string(info.param.name);
    });

TEST(Check, NamesTheStepOfAnError) {
  v1::TransactionRequest request = Parse(absl::StrCat(
      kSteps, "steps { id: 'third' statement { sql: 'COMMIT' } }"));
  const absl::Status status = Check(request, 100).status();
  EXPECT_EQ(errors::MetadataOf(status, "step"), "2");
  EXPECT_EQ(errors::MetadataOf(status, "step_id"), "third");
}

TEST(Check, AllowsTheLimits) {
  v1::TransactionRequest request =
      Parse(absl::StrCat("max_attempts: 100 ", kSteps, Deep(16),
                         Repeat("steps { select {} }", 997)));
  request.mutable_steps(500)->set_id(Repeat("ä", 64));
  const absl::StatusOr<Program> program = Check(request, 100);
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ(program->max_attempts, 100u);
}

TEST(Check, RunsAProgramTenTimesUnlessToldOtherwise) {
  v1::TransactionRequest request = Parse(kSteps);
  EXPECT_EQ(Check(request, 100)->max_attempts, 10u);
}

TEST(Check, KeepsTheRowsThatReferencesName) {
  v1::TransactionRequest request = Parse(absl::StrCat(
      kSteps,
      "steps { statement { sql: 'DO ?' parameters { ref { step: 'b' cell { "
      "row: 3 column: 'n' } } } parameters { ref { step: 'b' cell { row: 1 "
      "column: 'n' } } } parameters { ref { step: 'b' cell { row: 3 column: "
      "'m' } } } }"
      "  condition { compare { left { step: 'a' cell { column: 'id' } } right "
      "{ int_value: 1 } } }"
      "  assertions { left { cell { row: 7 column: 'n' } } right { ref { step: "
      "'b' cell { column: 'n' } } } } }"));
  const absl::StatusOr<Program> program = Check(request, 100);
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_THAT(program->steps[0].kept_rows, ElementsAre(0));
  EXPECT_THAT(program->steps[1].kept_rows, ElementsAre(0, 1, 3));
  EXPECT_THAT(program->steps[2].kept_rows, ElementsAre(7));
  EXPECT_FALSE(program->steps[1].has_refs);
  EXPECT_TRUE(program->steps[2].has_refs);
}

TEST(Check, SelectsAskForOneRowMoreThanIsAnswered) {
  v1::TransactionRequest request =
      Parse("steps { select {} } steps { select { max_rows: 7 } }");
  const absl::StatusOr<Program> program = Check(request, 100);
  ASSERT_TRUE(program.ok());
  EXPECT_EQ(program->steps[0].max_rows, 100u);
  EXPECT_EQ(request.steps(0).select().max_rows(), 101u);
  EXPECT_EQ(program->steps[1].max_rows, 7u);
  EXPECT_EQ(request.steps(1).select().max_rows(), 8u);
}

TEST(Check, SeveralStatementsInOneNeedASavepoint) {
  v1::TransactionRequest request = Parse(
      "steps { statement { sql: 'CALL p()' } }"
      "steps { statement { sql: 'SET @a = 1' } }"
      "steps { statement { sql: 'SET @a = 1' } on_error: ON_ERROR_CONTINUE }"
      "steps { statement { sql: 'DELETE FROM t' } on_error: ON_ERROR_CONTINUE "
      "}");
  const absl::StatusOr<Program> program = Check(request, 100);
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_TRUE(program->steps[0].needs_savepoint);
  EXPECT_FALSE(program->steps[1].needs_savepoint);
  EXPECT_TRUE(program->steps[2].needs_savepoint);
  EXPECT_FALSE(program->steps[3].needs_savepoint);
}

TEST(Check, KnowsAProgramThatOnlyReads) {
  v1::TransactionRequest reads = Parse("steps { select {} }");
  EXPECT_TRUE(Check(reads, 100)->only_reads);
  v1::TransactionRequest sql = Parse(Sql("SELECT 1"));
  EXPECT_FALSE(Check(sql, 100)->only_reads);
  v1::TransactionRequest read_only =
      Parse(absl::StrCat("transaction { read_only: true } ", Sql("SELECT 1")));
  EXPECT_TRUE(Check(read_only, 100)->only_reads);
}

}  // namespace
}  // namespace berth::program
