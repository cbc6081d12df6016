#include "server/catalog/table_description.h"

#include "gtest/gtest.h"
#include "tests/unit/catalog/fake_sql_runner.h"

namespace berth::catalog {
namespace {

// As MariaDB 10.11 writes it.
constexpr char kCreate[] = R"(CREATE TABLE `posts` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `user_id` bigint(20) NOT NULL,
  `twice` bigint(20) GENERATED ALWAYS AS (`user_id` * 2) STORED,
  PRIMARY KEY (`id`),
  KEY `user_id` (`user_id`),
  CONSTRAINT `posts_ibfk_1` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE ON UPDATE NO ACTION,
  CONSTRAINT `CONSTRAINT_1` CHECK (`user_id` > 0)
) ENGINE=InnoDB AUTO_INCREMENT=2 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='x')";

void Script(FakeSqlRunner& runner) {
  runner.On(
      "SHOW FULL COLUMNS",
      Rows({"Field", "Type", "Collation", "Null", "Key", "Default", "Extra"},
           {{"id", "bigint(20)", std::nullopt, "NO", "PRI", std::nullopt,
             "auto_increment"},
            {"user_id", "bigint(20)", std::nullopt, "NO", "MUL", std::nullopt,
             ""},
            {"twice", "bigint(20)", std::nullopt, "YES", "", std::nullopt,
             "STORED GENERATED"}}));
  runner.On("SHOW INDEX",
            Rows({"Non_unique", "Key_name", "Column_name", "Collation",
                  "Sub_part", "Index_type"},
                 {{"0", "PRIMARY", "id", "A", std::nullopt, "BTREE"},
                  {"1", "user_id", "user_id", "A", std::nullopt, "BTREE"},
                  {"1", "user_id", "title", "D", "10", "BTREE"}}));
  runner.On("SHOW CREATE TABLE",
            Rows({"Table", "Create Table"}, {{"posts", kCreate}}));
}

TEST(DescribeTable, ReadsColumnsIndexesAndConstraints) {
  FakeSqlRunner runner;
  Script(runner);
  auto described = DescribeTable(runner, "posts");
  ASSERT_TRUE(described.ok());
  ASSERT_TRUE(described->has_value());
  const TableDescription& table = **described;
  ASSERT_EQ(table.columns.size(), 3u);
  EXPECT_EQ(table.columns[0].extra, "auto_increment");
  EXPECT_EQ(table.columns[2].generated, "(`user_id` * 2) STORED");
  ASSERT_EQ(table.indexes.size(), 2u);
  EXPECT_TRUE(table.indexes[0].unique);
  EXPECT_EQ(table.indexes[1].PartsToString(), "(`user_id`, `title`(10) DESC)");
  EXPECT_EQ(table.default_collation, "utf8mb4_unicode_ci");
  ASSERT_EQ(table.foreign_keys.size(), 1u);
  EXPECT_EQ(table.foreign_keys[0].name, "posts_ibfk_1");
  EXPECT_EQ(table.foreign_keys[0].on_delete, "CASCADE");
  EXPECT_EQ(table.foreign_keys[0].on_update, "");
  ASSERT_EQ(table.checks.size(), 1u);
  EXPECT_EQ(table.checks[0], "(`user_id` > 0)");
  EXPECT_FALSE(table.is_view);
}

TEST(DescribeTable, AMissingTableIsNoError) {
  FakeSqlRunner runner;
  runner.Fail("SHOW FULL COLUMNS FROM `x``y`", 1146);
  auto described = DescribeTable(runner, "x`y");
  ASSERT_TRUE(described.ok());
  EXPECT_FALSE(described->has_value());
}

TEST(DescribeTable, OtherErrorsArePassedOn) {
  FakeSqlRunner runner;
  runner.Fail("SHOW FULL COLUMNS", 2013);
  EXPECT_EQ(MariadbErrno(DescribeTable(runner, "x").status()), 2013);
}

TEST(DescribeTable, RecognisesViews) {
  FakeSqlRunner runner;
  Script(runner);
  runner.On("SHOW CREATE TABLE",
            Rows({"View", "Create View"}, {{"v", "CREATE VIEW ..."}}));
  auto described = DescribeTable(runner, "v");
  ASSERT_TRUE(described.ok());
  EXPECT_TRUE((*described)->is_view);
}

}  // namespace
}  // namespace berth::catalog
