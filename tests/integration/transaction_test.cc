// Transaction programs on a real MariaDB: references, conditions, assertions,
// what ends a program and what does not, and that all or nothing is kept.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "berth/client/client.h"
#include "tests/support/programs.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_servers.h"

namespace berth::test {
namespace {

using absl::StatusCode;
using client::MetadataOf;
using ::testing::AllOf;
using ::testing::SizeIs;

TestServers& Servers() {
  static TestServers servers;
  return servers;
}

class TransactionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Servers().mariadb.Sql(
        "CREATE OR REPLACE TABLE orders (id INT AUTO_INCREMENT PRIMARY KEY, "
        "customer VARCHAR(40) NOT NULL, total DECIMAL(10,2) DEFAULT 0);"
        "CREATE OR REPLACE TABLE items (id INT AUTO_INCREMENT PRIMARY KEY, "
        "order_id INT NOT NULL, name VARCHAR(40) UNIQUE, price DECIMAL(10,2))");
  }

  static absl::StatusOr<v1::TransactionResponse> Run(absl::string_view text) {
    return RunProgram(Servers().berthd.endpoint(), ProgramOf(text));
  }
  static std::string Sql(absl::string_view sql) {
    return Servers().mariadb.Sql(sql);
  }
  // For what the command-line client would cut at its semicolons.
  static void Execute(absl::string_view sql) {
    EXPECT_THAT(Servers().client.Execute(test::Sql(sql)), IsOk()) << sql;
  }
  // Nothing was committed.
  static void ExpectEmpty() {
    EXPECT_EQ(Sql("SELECT (SELECT COUNT(*) FROM orders) + (SELECT COUNT(*) "
                  "FROM items)"),
              "0");
  }
};

constexpr char kOrder[] =
    "steps { id: 'order' insert { table: 'orders' columns: 'customer' rows { "
    "values { text: 'Ada' } } } }";

// An item of the order.
std::string Item(absl::string_view name, absl::string_view more = "") {
  return absl::StrCat(
      "steps { id: '", name, "' ", more,
      " insert { table: 'items' columns: 'order_id' columns: 'name' columns: "
      "'price' rows { values { ref { step: 'order' last_insert_id {} } } "
      "values { text: '",
      name, "' } values { decimal: '1.25' } } } }");
}

TEST_F(TransactionTest, StepsUseWhatEarlierStepsBrought) {
  const auto answer = Run(absl::StrCat(
      kOrder, Item("pen"), Item("ink"),
      "steps { id: 'sum' statement { sql: 'SELECT SUM(price) AS total FROM "
      "items WHERE order_id = ?' parameters { ref { step: 'order' "
      "last_insert_id {} } } } }"
      "steps { id: 'update' update { table: 'orders' assignments { column: "
      "'total' value { ref { step: 'sum' cell { column: 'total' } } } } filter "
      "{ where: 'id IN (?)' parameters { list { values { int_value: -1 } "
      "values "
      "{ ref { step: 'order' last_insert_id {} } } } } } } assertions { left { "
      "affected_rows {} } right { int_value: 1 } } }"
      "steps { select { table: 'orders' columns: 'customer' columns: 'total' } "
      "}"));
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->info().attempts(), 1u);
  ASSERT_THAT(answer->results(), SizeIs(6));
  EXPECT_EQ(answer->results(0).id(), "order");
  EXPECT_EQ(answer->results(0).write().generated_ids(0), 1u);
  EXPECT_EQ(Cells(answer->results(5).results().results(0)), "Ada,2.50");
  EXPECT_EQ(Sql("SELECT id, total FROM orders"), "1\t2.50");
  EXPECT_EQ(Sql("SELECT order_id, name FROM items"), "1\tpen\n1\tink");
}

// Nothing is lost between the row that is read and the one that is written.
TEST_F(TransactionTest, ReferencesKeepTheTypeOfTheirValue) {
  Sql("CREATE OR REPLACE TABLE kinds (id INT PRIMARY KEY, u BIGINT UNSIGNED, "
      "i BIGINT, d DECIMAL(40,20), f DOUBLE, t VARCHAR(20), b VARBINARY(20), "
      "dt DATETIME(6), tm TIME(3), j JSON, n INT);"
      "INSERT INTO kinds VALUES (1, 18446744073709551615, "
      "-9223372036854775808, -12345678901234567890.12345678901234567890, 0.1, "
      "'\xc3\xa4\xf0\x9f\x98\x80', x'ff00fe', '2024-02-29 01:02:03.000004', "
      "'-838:59:59.123', '{\"a\":1}', NULL)");
  std::string columns = "columns: 'id'";
  std::string values = "values { int_value: 2 }";
  for (const char* column :
       {"u", "i", "d", "f", "t", "b", "dt", "tm", "j", "n"}) {
    absl::StrAppend(&columns, " columns: '", column, "'");
    absl::StrAppend(&values, " values { ref { step: 'read' cell { column: '",
                    column, "' } } }");
  }
  EXPECT_THAT(Run(absl::StrCat("steps { id: 'read' select { table: 'kinds' } }"
                               "steps { insert { table: 'kinds' ",
                               columns, " rows { ", values, " } } }")),
              IsOk());
  EXPECT_EQ(Sql("SELECT COUNT(*) FROM kinds a JOIN kinds b ON a.id = 1 AND "
                "b.id = 2 AND (a.u, a.i, a.d, a.f, a.t, a.b, a.dt, a.tm, a.j, "
                "b.n IS NULL) = (b.u, b.i, b.d, b.f, b.t, b.b, b.dt, b.tm, "
                "b.j, TRUE)"),
            "1");
}

TEST_F(TransactionTest, ReturnedRowsCanBeReferredTo) {
  const auto answer = Run(
      "steps { id: 'a' insert { table: 'orders' columns: 'customer' rows { "
      "values { text: 'Ada' } } rows { values { text: 'Eve' } } returning: '*' "
      "} }"
      "steps { statement { sql: 'UPDATE orders SET total = 7 WHERE id = ?' "
      "parameters { ref { step: 'a' cell { row: 1 column: 'id' } } } } "
      "assertions { left { step: 'a' row_count {} } right { uint_value: 2 } } "
      "}");
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(Sql("SELECT customer FROM orders WHERE total = 7"), "Eve");
}

TEST_F(TransactionTest, AFailedStepRollsEverythingBack) {
  const auto answer = Run(absl::StrCat(kOrder, Item("pen"), Item("pen")));
  EXPECT_THAT(answer, AllOf(StatusIs(StatusCode::kInvalidArgument),
                            HasReason("INVALID_FIELD")));
  const auto duplicate = Run(absl::StrCat(
      kOrder, Item("pen"),
      "steps { id: 'again' statement { sql: \"INSERT INTO items (order_id, "
      "name) VALUES (1, 'pen')\" } }"));
  EXPECT_THAT(duplicate, AllOf(StatusIs(StatusCode::kAlreadyExists),
                               HasReason("DUPLICATE_KEY")));
  EXPECT_EQ(MetadataOf(duplicate.status(), "step"), "2");
  EXPECT_EQ(MetadataOf(duplicate.status(), "step_id"), "again");
  ExpectEmpty();
}

TEST_F(TransactionTest, AnAssertionThatDoesNotHoldRollsEverythingBack) {
  const auto answer = Run(absl::StrCat(
      kOrder,
      "steps { id: 'none' delete { table: 'orders' filter { where: 'id = -1' } "
      "} assertions { left { affected_rows {} } operator: GREATER right { "
      "int_value: 0 } } }"));
  EXPECT_THAT(answer, AllOf(StatusIs(StatusCode::kFailedPrecondition),
                            HasReason("ASSERTION")));
  EXPECT_EQ(MetadataOf(answer.status(), "step_id"), "none");
  ExpectEmpty();
}

TEST_F(TransactionTest, GoesOnAfterAFailureThatIsAllowed) {
  Sql("INSERT INTO items (order_id, name) VALUES (0, 'pen')");
  const auto answer = Run(absl::StrCat(
      kOrder, Item("pen", "on_error: ON_ERROR_CONTINUE"), Item("ink"),
      "steps { id: 'unless' condition { ok: 'pen' } select { table: 'orders' } "
      "}"));
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->results(1).error().code(),
            static_cast<int>(StatusCode::kAlreadyExists));
  EXPECT_TRUE(answer->results(3).has_skipped());
  EXPECT_EQ(Sql("SELECT GROUP_CONCAT(order_id, name ORDER BY id) FROM items"),
            "0pen,1ink");
}

TEST_F(TransactionTest, UndoesAProcedureThatFailedHalfWay) {
  Execute(
      "CREATE OR REPLACE PROCEDURE twice(n VARCHAR(40)) BEGIN INSERT INTO "
      "items (order_id, name) VALUES (1, n); INSERT INTO items (order_id, "
      "name) VALUES (1, n); END");
  const auto answer = Run(absl::StrCat(
      kOrder,
      "steps { id: 'call' on_error: ON_ERROR_CONTINUE statement { sql: 'CALL "
      "twice(?)' parameters { text: 'pen' } } }",
      Item("ink", "condition { failed: 'call' }")));
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(Sql("SELECT GROUP_CONCAT(name) FROM items"), "ink");
}

class EndingTest : public TransactionTest,
                   public ::testing::WithParamInterface<const char*> {};

TEST_P(EndingTest, IsNoticedAndTheOutcomeUnknown) {
  Execute("CREATE OR REPLACE PROCEDURE commits() COMMIT");
  Execute("CREATE OR REPLACE PROCEDURE begins() START TRANSACTION");
  Execute(
      "CREATE OR REPLACE PROCEDURE fails() BEGIN COMMIT; START TRANSACTION; "
      "SIGNAL SQLSTATE '45000'; END");
  const auto answer = Run(absl::StrCat(
      kOrder,
      "steps { id: 'end' on_error: ON_ERROR_CONTINUE statement { sql: "
      "\"",
      GetParam(), "\" } }", Item("pen")));
  EXPECT_THAT(answer, AllOf(StatusIs(StatusCode::kUnknown),
                            HasReason("OUTCOME_UNKNOWN")));
  EXPECT_EQ(MetadataOf(answer.status(), "step_id"), "end");
  EXPECT_EQ(Sql("SELECT COUNT(*) FROM orders"), "1");
  EXPECT_EQ(Sql("SELECT COUNT(*) FROM items"), "0");
}

INSTANTIATE_TEST_SUITE_P(HiddenStatements, EndingTest,
                         ::testing::Values("CALL commits()", "CALL begins()",
                                           "CALL fails()",
                                           "IF TRUE THEN COMMIT; END IF"));

TEST_F(TransactionTest, RunsAsItsOptionsSay) {
  EXPECT_THAT(Run(absl::StrCat("transaction { read_only: true } ", kOrder)),
              HasReason("READ_ONLY"));
  const auto answer = Run(
      "transaction { isolation: ISOLATION_SERIALIZABLE lock_wait { seconds: 7 "
      "} } steps { select { table: 'orders' } } steps { statement { sql: "
      "'SELECT trx_isolation_level, @@innodb_lock_wait_timeout FROM "
      "information_schema.innodb_trx WHERE trx_mysql_thread_id = "
      "CONNECTION_ID()' } }");
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(Cells(answer->results(1).results().results(0)), "SERIALIZABLE,7");
  // Nobody else finds it.
  for (int i = 0; i < 10; ++i) {
    const auto others = Servers().client.Execute(
        test::Sql("SELECT @@innodb_lock_wait_timeout, @@tx_isolation"));
    ASSERT_THAT(others, IsOk());
    EXPECT_EQ(Cells(others->front()), "50,REPEATABLE-READ");
  }
}

TEST_F(TransactionTest, ResultsTogetherKeepTheCap) {
  const std::string many =
      "statement { sql: \"SELECT seq, REPEAT('x', 1000) AS x FROM seq_1_to_2000"
      "\" } }";
  const auto answer =
      Run(absl::StrCat("steps { id: 'a' ", many, "steps { id: 'b' ", many));
  ASSERT_THAT(answer, IsOk());
  const v1::ResultChunk& first = answer->results(0).results().results(0);
  const v1::ResultChunk& second = answer->results(1).results().results(0);
  EXPECT_EQ(first.rows().rows_size(), 2000);
  EXPECT_FALSE(first.end().truncated());
  EXPECT_LT(second.rows().rows_size(), 2000);
  EXPECT_TRUE(second.end().truncated());
  EXPECT_LT(answer->ByteSizeLong(), 3u << 20);
  const auto cut_off = Run(absl::StrCat(
      "steps { id: 'a' ", many, "steps { id: 'b' ", many, kOrder,
      "steps { statement { sql: 'DO ?' parameters { ref { step: 'b' cell { "
      "row: 1999 column: 'seq' } } } } }"));
  EXPECT_THAT(cut_off, AllOf(StatusIs(StatusCode::kFailedPrecondition),
                             HasReason("REF_UNRESOLVED")));
  const auto fields = client::FieldsOf(cut_off.status());
  ASSERT_THAT(fields, SizeIs(1));
  EXPECT_EQ(fields[0].first, "steps[3].statement.parameters[0]");
  ExpectEmpty();
}

TEST_F(TransactionTest, RefusesWhatIsNotAliveYet) {
  EXPECT_THAT(Run(absl::StrCat("options { idempotency_key: 'k' } ", kOrder)),
              AllOf(StatusIs(StatusCode::kUnimplemented),
                    HasReason("NOT_IMPLEMENTED")));
  EXPECT_THAT(Run("database: 'no_such' steps { select { table: 'orders' } }"),
              HasReason("UNKNOWN_DATABASE"));
}

}  // namespace
}  // namespace berth::test
