#include "server/catalog/introspection.h"

#include "gtest/gtest.h"
#include "tests/unit/catalog/fake_sql_runner.h"

namespace berth::catalog {
namespace {

using Row = std::vector<std::optional<std::string>>;

Row ColumnRow(const char* table, const char* name, const char* type,
              const char* column_type, const char* nullable,
              std::optional<std::string> default_value, const char* extra,
              const char* generated) {
  return {table,    name,          type,  column_type,
          nullable, default_value, extra, generated};
}

void Script(FakeSqlRunner& runner) {
  runner.On("information_schema.COLUMNS",
            Rows({}, {ColumnRow("users", "id", "bigint", "bigint(20)", "NO",
                                std::nullopt, "auto_increment", "NEVER"),
                      ColumnRow("users", "meta", "longtext", "longtext", "YES",
                                "NULL", "", "NEVER"),
                      ColumnRow("users", "body", "longtext", "longtext", "NO",
                                std::nullopt, "", "NEVER"),
                      ColumnRow("users", "made", "datetime", "datetime", "NO",
                                "current_timestamp()", "", "NEVER"),
                      ColumnRow("users", "twice", "int", "int(11)", "YES",
                                std::nullopt, "VIRTUAL GENERATED", "ALWAYS"),
                      ColumnRow("USERS", "other", "int", "int(11)", "YES",
                                "NULL", "", "NEVER"),
                      ColumnRow("berth_registry", "name", "int", "int(11)",
                                "YES", "NULL", "", "NEVER")}));
  runner.On("information_schema.STATISTICS",
            Rows({}, {{"users", "id"}, {"users", "made"}, {"gone", "id"}}));
  runner.On("information_schema.CHECK_CONSTRAINTS",
            Rows({}, {{"users", "json_valid(`meta`)"}}));
}

TEST(Introspection, ReadsColumnsKeysAndJson) {
  FakeSqlRunner runner;
  Script(runner);
  auto loaded = LoadTable(runner, "shop", "users");
  ASSERT_TRUE(loaded.ok());
  ASSERT_NE(*loaded, nullptr);
  const Table& table = **loaded;
  ASSERT_EQ(table.columns().size(), 5u);
  EXPECT_EQ(table.primary_key(), (std::vector<std::string>{"id", "made"}));
  EXPECT_TRUE(table.columns()[0].auto_increment);
  EXPECT_TRUE(table.columns()[0].optional);
  EXPECT_EQ(table.columns()[1].type, v1::COLUMN_TYPE_JSON);
  EXPECT_EQ(table.columns()[2].type, v1::COLUMN_TYPE_TEXT);
  EXPECT_FALSE(table.columns()[2].optional);
  EXPECT_TRUE(table.columns()[3].optional);
  EXPECT_FALSE(table.columns()[3].nullable);
  EXPECT_TRUE(table.columns()[4].generated);
}

TEST(Introspection, NamesAreQuoted) {
  FakeSqlRunner runner;
  ASSERT_TRUE(LoadTable(runner, "shop", "x' or '1").ok());
  EXPECT_EQ(runner.Count("TABLE_NAME = 'x'' or ''1'"), 1);
}

TEST(Introspection, ATableOfAnotherCaseIsNotTheTable) {
  FakeSqlRunner runner;
  runner.On("information_schema.COLUMNS",
            Rows({}, {ColumnRow("USERS", "id", "int", "int(11)", "YES", "NULL",
                                "", "NEVER")}));
  auto loaded = LoadTable(runner, "shop", "users");
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(*loaded, nullptr);
}

TEST(Introspection, AMissingTableIsNoError) {
  FakeSqlRunner runner;
  auto loaded = LoadTable(runner, "shop", "users");
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(*loaded, nullptr);
  EXPECT_EQ(runner.statements.size(), 1u);
  EXPECT_EQ(*LoadTable(runner, "shop", ""), nullptr);
}

TEST(Introspection, TheRegistrysOwnTablesAreNotListed) {
  FakeSqlRunner runner;
  Script(runner);
  auto tables = LoadTables(runner, "shop");
  ASSERT_TRUE(tables.ok());
  ASSERT_EQ(tables->size(), 2u);
  EXPECT_EQ((*tables)[0]->name(), "USERS");
  EXPECT_EQ((*tables)[1]->name(), "users");
}

TEST(Introspection, ErrorsOfStatementsArePassedOn) {
  FakeSqlRunner runner;
  runner.Fail("information_schema", 1045);
  EXPECT_FALSE(LoadTable(runner, "shop", "users").ok());
  EXPECT_FALSE(LoadTables(runner, "shop").ok());
}

}  // namespace
}  // namespace berth::catalog
