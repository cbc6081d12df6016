#include "server/catalog/migrator.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/catalog/fingerprint.h"
#include "tests/unit/catalog/fake_sql_runner.h"

namespace berth::catalog {
namespace {

using ::testing::HasSubstr;
using Definitions = std::vector<v1::TableDefinition>;

Definitions Users() { return {Definition("users", {{"id", "int"}})}; }

// A database without the table, in which everything succeeds.
void ScriptEmpty(FakeSqlRunner& runner) {
  runner.Fail("SELECT name, fingerprint", 1146);
  runner.On("SELECT DATABASE()", Rows({}, {{"shop"}}));
  runner.On("GET_LOCK", Rows({}, {{"1"}}));
  runner.On("@@SESSION.lock_wait_timeout", Rows({}, {{"86400"}}));
  runner.On("MAX(version)", Rows({}, {{std::nullopt}}));
  runner.Fail("SHOW FULL COLUMNS FROM `users`", 1146);
}

// A database whose table `users` has the column `id` of this type, while the
// declaration means int(11).
void ScriptExisting(FakeSqlRunner& runner, const char* type) {
  ScriptEmpty(runner);
  const auto columns = [](const char* column_type) {
    return Rows({"Field", "Type", "Collation", "Null", "Default", "Extra"},
                {{"id", column_type, std::nullopt, "YES", std::nullopt, ""}});
  };
  runner.On("SHOW FULL COLUMNS FROM `users`", columns(type));
  runner.On("SHOW FULL COLUMNS FROM `berth_wanted_0`", columns("int(11)"));
}

absl::StatusOr<SchemaReport> Apply(
    FakeSqlRunner& runner, const Definitions& definitions,
    v1::ConflictPolicy policy = v1::CONFLICT_POLICY_UNSPECIFIED) {
  return ApplySchema(runner, "shop", definitions, policy);
}

TEST(ApplySchema, CreatesMissingTablesUnderTheLockAndRecords) {
  FakeSqlRunner runner;
  ScriptEmpty(runner);
  auto report = Apply(runner, Users());
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(report->changes.size(), 1u);
  const std::vector<std::string> expected = {
      "SELECT name, fingerprint",
      "SELECT DATABASE()",
      "SELECT GET_LOCK('berth_schema_shop', 30)",
      "SELECT @@SESSION.lock_wait_timeout",
      "SET SESSION lock_wait_timeout = 5",
      "SELECT name, fingerprint",
      "CREATE TABLE IF NOT EXISTS `shop`.`berth_version`",
      "SELECT MAX(version)",
      "INSERT INTO `shop`.`berth_version` (version) VALUES (1)",
      "CREATE TABLE IF NOT EXISTS `shop`.`berth_registry`",
      "SHOW FULL COLUMNS FROM `users`",
      "CREATE OR REPLACE TEMPORARY TABLE `berth_wanted_0`",
      "DROP TEMPORARY TABLE IF EXISTS `berth_wanted_0`",
      "CREATE TABLE IF NOT EXISTS `users` (`id` int)",
      "INSERT INTO `shop`.`berth_registry`",
      "SET SESSION lock_wait_timeout = 86400",
      "SELECT RELEASE_LOCK('berth_schema_shop')"};
  ASSERT_EQ(runner.statements.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_THAT(runner.statements[i], HasSubstr(expected[i]));
  }
}

TEST(ApplySchema, CostsTwoReadsWhenNothingChanged) {
  FakeSqlRunner runner;
  runner.On("SELECT name, fingerprint",
            Rows({}, {{"users", Fingerprint(Users()[0])}}));
  runner.On("information_schema.COLUMNS", Rows({}, {{"users", "ID"}}));
  auto report = Apply(runner, Users());
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->changes.empty());
  EXPECT_EQ(runner.statements.size(), 2u);
}

TEST(ApplySchema, NoticesThatATableWasDropped) {
  FakeSqlRunner runner;
  ScriptEmpty(runner);
  runner.On("SELECT name, fingerprint",
            Rows({}, {{"users", Fingerprint(Users()[0])}}));
  auto report = Apply(runner, Users());
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->changes.size(), 1u);
}

TEST(ApplySchema, AConflictChangesNothing) {
  FakeSqlRunner runner;
  ScriptExisting(runner, "varchar(10)");
  Definitions definitions = Users();
  definitions[0].add_elements()->set_name("extra");
  definitions[0].mutable_elements(1)->set_definition("int");
  auto report = Apply(runner, definitions);
  EXPECT_EQ(report.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(errors::ReasonOf(report.status()), errors::kSchemaConflict);
  EXPECT_EQ(errors::MetadataOf(report.status(), "table"), "users");
  EXPECT_EQ(errors::MetadataOf(report.status(), "column"), "id");
  EXPECT_THAT(std::string(report.status().message()),
              HasSubstr("int(11) NULL, but the database has varchar(10)"));
  EXPECT_EQ(runner.Count("ALTER TABLE"), 0);
  EXPECT_EQ(runner.Count("INSERT INTO `shop`.`berth_registry`"), 0);
  EXPECT_EQ(runner.Count("RELEASE_LOCK"), 1);
  EXPECT_EQ(runner.Count("DROP TEMPORARY TABLE"), 1);
}

TEST(ApplySchema, AConflictThatMayPassIsReportedAndNotRecorded) {
  FakeSqlRunner runner;
  ScriptExisting(runner, "varchar(10)");
  auto report = Apply(runner, Users(), v1::CONFLICT_POLICY_WARN);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->conflicts.size(), 1u);
  EXPECT_EQ(runner.Count("INSERT INTO `shop`.`berth_registry`"), 0);
  EXPECT_EQ(runner.Count("DELETE FROM `shop`.`berth_registry`"), 1);
}

TEST(ApplySchema, ABadDeclarationFailsBeforeTheFirstChange) {
  FakeSqlRunner runner;
  ScriptEmpty(runner);
  runner.Fail("CREATE OR REPLACE TEMPORARY TABLE", 1064);
  auto report = Apply(runner, Users());
  EXPECT_EQ(MariadbErrno(report.status()), 1064);
  EXPECT_THAT(errors::MetadataOf(report.status(), "ddl"),
              HasSubstr("CREATE TABLE IF NOT EXISTS `users`"));
  EXPECT_EQ(runner.Count("CREATE TABLE IF NOT EXISTS `users`"), 0);
  EXPECT_EQ(runner.Count("RELEASE_LOCK"), 1);
}

TEST(ApplySchema, AFailedStatementIsToldWithItsText) {
  FakeSqlRunner runner;
  ScriptEmpty(runner);
  runner.Fail("CREATE TABLE IF NOT EXISTS `users`", 1205);
  auto report = Apply(runner, Users());
  EXPECT_EQ(MariadbErrno(report.status()), 1205);
  EXPECT_THAT(errors::MetadataOf(report.status(), "ddl"),
              HasSubstr("CREATE TABLE IF NOT EXISTS `users`"));
  EXPECT_EQ(runner.Count("SET SESSION lock_wait_timeout = 86400"), 1);
  EXPECT_EQ(runner.Count("RELEASE_LOCK"), 1);
}

TEST(ApplySchema, WaitsForAnotherLeaderOnlySoLong) {
  FakeSqlRunner runner;
  ScriptEmpty(runner);
  runner.On("GET_LOCK", Rows({}, {{"0"}}));
  auto report = Apply(runner, Users());
  EXPECT_EQ(report.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(errors::ReasonOf(report.status()), errors::kLockWaitTimeout);
  EXPECT_EQ(runner.Count("CREATE"), 0);
}

TEST(ApplySchema, AnOlderServerLeavesANewerRegistryAlone) {
  FakeSqlRunner runner;
  ScriptEmpty(runner);
  runner.On("MAX(version)", Rows({}, {{"2"}}));
  auto report = Apply(runner, Users());
  EXPECT_EQ(errors::ReasonOf(report.status()), errors::kSchemaConflict);
  EXPECT_EQ(runner.Count("CREATE TABLE IF NOT EXISTS `users`"), 0);
}

TEST(ApplySchema, WithoutTheRightToCreateItVerifies) {
  FakeSqlRunner runner;
  ScriptExisting(runner, "int(11)");
  runner.Fail("CREATE", 1142);
  runner.On("SHOW CREATE", TextResult());
  auto report = Apply(runner, Users());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->changes.empty());
  EXPECT_EQ(runner.Count("INSERT INTO"), 0);
}

TEST(ApplySchema, WithoutTheRightToCreateAMissingTableFails) {
  FakeSqlRunner runner;
  ScriptEmpty(runner);
  runner.Fail("CREATE", 1142);
  auto report = Apply(runner, Users());
  EXPECT_EQ(MariadbErrno(report.status()), 1142);
  EXPECT_THAT(errors::MetadataOf(report.status(), "ddl"), HasSubstr("`users`"));
}

TEST(ApplySchema, RefusesItsOwnTables) {
  FakeSqlRunner runner;
  auto report = Apply(runner, {Definition("berth_x", {{"id", "int"}})});
  EXPECT_EQ(errors::ReasonOf(report.status()), errors::kInvalidField);
  EXPECT_TRUE(runner.statements.empty());
}

TEST(PlanSchema, ChangesNothing) {
  FakeSqlRunner runner;
  ScriptEmpty(runner);
  runner.On("SELECT DATABASE()", Rows({}, {{std::nullopt}}));
  auto report = PlanSchema(runner, "shop", Users());
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->changes.size(), 1u);
  EXPECT_EQ(runner.Count("USE `shop`"), 1);
  EXPECT_EQ(runner.Count("CREATE TABLE"), 0);
  EXPECT_EQ(runner.Count("GET_LOCK"), 0);
}

TEST(PlanSchema, ReportsConflicts) {
  FakeSqlRunner runner;
  ScriptExisting(runner, "varchar(10)");
  auto report = PlanSchema(runner, "shop", Users());
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->conflicts.size(), 1u);
}

TEST(Fingerprint, TellsDeclarationsApart) {
  const auto print = [](const char* name, const char* definition) {
    return Fingerprint(Definition("t", {{name, definition}}));
  };
  EXPECT_EQ(print("a", "int"), print("a", "int"));
  EXPECT_NE(print("a", "int"), print("a", "bigint"));
  EXPECT_NE(print("ab", "c"), print("a", "bc"));
  EXPECT_EQ(print("a", "int").size(), 64u);
  EXPECT_EQ(Sha256Hex("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace berth::catalog
