#include "tests/integration/error_cases.h"

#include <functional>

#include "berth/client/value.h"
#include "tests/support/specs.h"

namespace berth::test {
namespace {

using absl::StatusCode;
using client::Default;
using client::List;
using client::ToValue;
using client::Values;

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

}  // namespace

std::vector<ErrorCase> WrongNames() {
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

std::vector<ErrorCase> WrongValues() {
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

std::vector<ErrorCase> WrongFragments() {
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
      {"NoTable", Request(SelectFrom("")), kInvalid, "INVALID_FIELD",
       "the name of a table is required", "table"},
  };
}

}  // namespace berth::test
