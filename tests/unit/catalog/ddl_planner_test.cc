#include "server/catalog/ddl_planner.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "tests/unit/catalog/fake_sql_runner.h"

namespace berth::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kOptions[] = " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";

std::vector<WantedTable> Read(
    const std::vector<v1::TableDefinition>& definitions) {
  auto tables = ReadTables(definitions, "tables");
  EXPECT_TRUE(tables.ok()) << tables.status();
  return tables.value_or(std::vector<WantedTable>());
}

std::vector<std::string> Ddl(const SchemaReport& report) {
  std::vector<std::string> ddl;
  for (const auto& change : report.changes) ddl.push_back(change.ddl());
  return ddl;
}

ColumnDescription MakeColumn(const char* name, const char* type) {
  ColumnDescription column;
  column.name = name;
  column.type = type;
  column.nullable = true;
  return column;
}

IndexDescription MakeIndex(const char* name, bool unique,
                           const std::vector<std::string>& columns) {
  IndexDescription index;
  index.name = name;
  index.unique = unique;
  index.type = "BTREE";
  for (const std::string& column : columns) {
    IndexPart part;
    part.column = column;
    index.parts.push_back(part);
  }
  return index;
}

// A wanted table whose description and whose existing table both have the
// column `id`.
WantedTable Existing(const v1::TableDefinition& definition) {
  WantedTable table = std::move(Read({definition})[0]);
  table.wanted.emplace();
  table.actual.emplace();
  table.wanted->columns = {MakeColumn("id", "int(11)")};
  table.actual->columns = {MakeColumn("ID", "int(11)")};
  return table;
}

TEST(PlanDdl, CreatesTablesInTheOrderOfTheirForeignKeys) {
  const auto tables = Read(
      {Definition("likes", {{"post", "int references posts(id)"}}),
       Definition("posts", {{"id", "int primary key"},
                            {"user", "int"},
                            {"foreign key (user)", "references users(id)"}}),
       Definition("users", {{"id", "int primary key"},
                            {"boss", "int references users(id)"},
                            {"country", "int references countries(id)"}})});
  EXPECT_THAT(
      Ddl(PlanDdl(tables)),
      ElementsAre(
          absl::StrCat("CREATE TABLE IF NOT EXISTS `users` (`id` int primary "
                       "key, `boss` int references users(id), `country` int "
                       "references countries(id))",
                       kOptions),
          absl::StrCat("CREATE TABLE IF NOT EXISTS `posts` (`id` int primary "
                       "key, `user` int, foreign key (user) references "
                       "users(id))",
                       kOptions),
          absl::StrCat("CREATE TABLE IF NOT EXISTS `likes` (`post` int "
                       "references posts(id))",
                       kOptions)));
}

TEST(PlanDdl, BreaksCyclesByAddingForeignKeysAfterwards) {
  const auto tables =
      Read({Definition("a", {{"id", "int primary key"},
                             {"b", "int references b(id) on delete cascade"}}),
            Definition("b", {{"id", "int primary key"},
                             {"a", "int"},
                             {"foreign key (a)", "references a(id)"}})});
  const SchemaReport report = PlanDdl(tables);
  EXPECT_THAT(
      Ddl(report),
      ElementsAre(
          absl::StrCat("CREATE TABLE IF NOT EXISTS `a` (`id` int primary key, "
                       "`b` int )",
                       kOptions),
          absl::StrCat("CREATE TABLE IF NOT EXISTS `b` (`id` int primary key, "
                       "`a` int, foreign key (a) references a(id))",
                       kOptions),
          "ALTER TABLE `a` ADD FOREIGN KEY (`b`) REFERENCES `b` (`id`) ON "
          "DELETE CASCADE"));
  EXPECT_EQ(report.changes[0].cost(), v1::CHANGE_COST_INSTANT);
  EXPECT_EQ(report.changes[2].cost(), v1::CHANGE_COST_COPY);
  EXPECT_EQ(report.changes[2].table(), "a");
}

TEST(PlanDdl, CreationKeepsTheRequestsOrderWhereItCan) {
  const auto tables = Read(
      {Definition("z", {{"id", "int"}}), Definition("a", {{"id", "int"}})});
  const SchemaReport report = PlanDdl(tables);
  EXPECT_EQ(report.changes[0].table(), "z");
  EXPECT_EQ(report.changes[1].table(), "a");
}

TEST(PlanDdl, DoesNothingWhenNothingIsMissing) {
  const SchemaReport report =
      PlanDdl({Existing(Definition("t", {{"id", "int"}}))});
  EXPECT_TRUE(report.changes.empty());
  EXPECT_TRUE(report.conflicts.empty());
}

TEST(PlanDdl, AddsMissingColumnsWithTheirCost) {
  const SchemaReport report = PlanDdl({Existing(
      Definition("t", {{"id", "int"},
                       {"a", "int"},
                       {"b", "int unique"},
                       {"c", "int as (id) stored"},
                       {"d", "int references u(id)"},
                       {"e", "uuid default uuid()"},
                       {"f", "bigint auto_increment primary key"}}))});
  std::vector<v1::ChangeCost> costs;
  for (const auto& change : report.changes) costs.push_back(change.cost());
  EXPECT_THAT(costs,
              ElementsAre(v1::CHANGE_COST_INSTANT, v1::CHANGE_COST_INPLACE,
                          v1::CHANGE_COST_COPY, v1::CHANGE_COST_COPY,
                          v1::CHANGE_COST_COPY, v1::CHANGE_COST_INPLACE));
  EXPECT_EQ(report.changes[0].ddl(),
            "ALTER TABLE `t` ADD COLUMN IF NOT EXISTS `a` int");
  EXPECT_TRUE(report.conflicts.empty());
}

TEST(PlanDdl, AColumnThatDiffersIsAConflictWithBothSides) {
  WantedTable table = Existing(Definition("t", {{"id", "int"}}));
  table.actual->columns[0].type = "varchar(10)";
  table.actual->columns[0].nullable = false;
  table.actual->columns[0].default_value = "x";
  const SchemaReport report = PlanDdl({table});
  ASSERT_EQ(report.conflicts.size(), 1u);
  EXPECT_EQ(report.conflicts[0].table(), "t");
  EXPECT_EQ(report.conflicts[0].element(), "id");
  EXPECT_EQ(report.conflicts[0].wanted(), "int(11) NULL");
  EXPECT_EQ(report.conflicts[0].actual(), "varchar(10) NOT NULL DEFAULT 'x'");
  EXPECT_TRUE(report.changes.empty());
}

TEST(PlanDdl, AnImpliedCollationFitsEveryOneOfItsCharacterSet) {
  WantedTable table = Existing(Definition("t", {{"id", "text"}}));
  table.wanted->default_collation = "utf8mb4_general_ci";
  table.wanted->columns[0].collation = "utf8mb4_general_ci";
  table.actual->default_collation = "utf8mb4_unicode_ci";
  table.actual->columns[0].collation = "utf8mb4_unicode_ci";
  EXPECT_TRUE(PlanDdl({table}).conflicts.empty());
  table.actual->columns[0].collation = "utf8mb4_bin";
  EXPECT_EQ(PlanDdl({table}).conflicts.size(), 1u);
  table.actual->default_collation = "latin1_swedish_ci";
  table.actual->columns[0].collation = "latin1_swedish_ci";
  EXPECT_EQ(PlanDdl({table}).conflicts.size(), 1u);
}

TEST(PlanDdl, IndexesAreComparedByWhatTheyDo) {
  WantedTable table = Existing(Definition("t", {{"id", "int"}}));
  table.wanted->indexes = {MakeIndex("x", true, {"id"})};
  table.actual->indexes = {MakeIndex("other", true, {"ID"})};
  EXPECT_TRUE(PlanDdl({table}).changes.empty());
  table.actual->indexes[0].unique = false;
  EXPECT_THAT(Ddl(PlanDdl({table})),
              ElementsAre("ALTER TABLE `t` ADD UNIQUE INDEX IF NOT EXISTS `x` "
                          "(`id`)"));
}

TEST(PlanDdl, AnIndexOfTheSameNameThatDiffersIsAConflict) {
  WantedTable table = Existing(Definition("t", {{"id", "int"}}));
  table.wanted->indexes = {MakeIndex("x", true, {"id", "b"})};
  table.actual->indexes = {MakeIndex("X", false, {"id"})};
  const SchemaReport report = PlanDdl({table});
  ASSERT_EQ(report.conflicts.size(), 1u);
  EXPECT_EQ(report.conflicts[0].wanted(), "UNIQUE BTREE (`id`, `b`)");
  EXPECT_EQ(report.conflicts[0].actual(), "BTREE (`id`)");
}

TEST(PlanDdl, APrimaryKeyIsNeverAddedToAnExistingColumn) {
  WantedTable table = Existing(Definition("t", {{"id", "int primary key"}}));
  table.wanted->indexes = {MakeIndex("PRIMARY", true, {"id"})};
  const SchemaReport report = PlanDdl({table});
  ASSERT_EQ(report.conflicts.size(), 1u);
  EXPECT_EQ(report.conflicts[0].element(), "PRIMARY");
  EXPECT_EQ(report.conflicts[0].actual(), "none");
}

TEST(PlanDdl, AColumnBringsItsOwnIndex) {
  WantedTable table =
      Existing(Definition("t", {{"id", "int"}, {"email", "text unique"}}));
  table.wanted->columns.push_back(MakeColumn("email", "text"));
  table.wanted->indexes = {MakeIndex("email", true, {"email"})};
  EXPECT_THAT(Ddl(PlanDdl({table})),
              ElementsAre("ALTER TABLE `t` ADD COLUMN IF NOT EXISTS `email` "
                          "text unique"));
}

TEST(PlanDdl, FulltextIndexesAreComparedByTheirColumns) {
  WantedTable table = Existing(
      Definition("t", {{"id", "int"}, {"fulltext index ft", "(body)"}}));
  EXPECT_THAT(Ddl(PlanDdl({table})),
              ElementsAre("ALTER TABLE `t` ADD fulltext index ft (body)"));
  table.actual->indexes = {MakeIndex("other", false, {"body"})};
  table.actual->indexes[0].type = "FULLTEXT";
  EXPECT_TRUE(PlanDdl({table}).changes.empty());
}

TEST(PlanDdl, AMissingForeignKeyIsAConflict) {
  WantedTable table = Existing(Definition(
      "t", {{"id", "int"}, {"foreign key (id)", "references u(id)"}}));
  const SchemaReport report = PlanDdl({table});
  ASSERT_EQ(report.conflicts.size(), 1u);
  EXPECT_EQ(report.conflicts[0].wanted(), "FOREIGN KEY (id) REFERENCES u (id)");
  EXPECT_EQ(report.conflicts[0].actual(), "none");
  EXPECT_TRUE(report.changes.empty());
}

TEST(PlanDdl, AForeignKeyOfANewColumnComesWithIt) {
  const WantedTable table = Existing(
      Definition("t", {{"id", "int"},
                       {"team", "int"},
                       {"foreign key (team)", "references teams(id)"}}));
  EXPECT_THAT(Ddl(PlanDdl({table})),
              ElementsAre("ALTER TABLE `t` ADD COLUMN IF NOT EXISTS `team` int",
                          "ALTER TABLE `t` ADD foreign key (team) references "
                          "teams(id)"));
}

TEST(PlanDdl, AForeignKeyThatActsOtherwiseIsAConflict) {
  WantedTable table = Existing(Definition(
      "t", {{"id", "int"},
            {"foreign key (id)", "references u(id) on delete cascade"}}));
  ForeignKey key;
  key.name = "t_ibfk_1";
  key.columns = {"id"};
  key.table = "u";
  key.referenced_columns = {"id"};
  table.actual->foreign_keys = {key};
  const SchemaReport report = PlanDdl({table});
  ASSERT_EQ(report.conflicts.size(), 1u);
  EXPECT_EQ(report.conflicts[0].element(), "t_ibfk_1");
}

TEST(PlanDdl, AMissingCheckIsAConflict) {
  WantedTable table = Existing(Definition("t", {{"id", "int"}}));
  table.wanted->checks = {"(`id` > 0)"};
  EXPECT_EQ(PlanDdl({table}).conflicts.size(), 1u);
  table.actual->checks = {"(`id` > 0)"};
  EXPECT_TRUE(PlanDdl({table}).conflicts.empty());
}

TEST(PlanDdl, AViewOfTheNameIsAConflict) {
  WantedTable table = Existing(Definition("t", {{"id", "int"}, {"a", "int"}}));
  table.actual->is_view = true;
  const SchemaReport report = PlanDdl({table});
  EXPECT_EQ(report.conflicts.size(), 1u);
  EXPECT_TRUE(report.changes.empty());
}

TEST(PlanDdl, WithoutADescriptionOnlyNamesAreCompared) {
  WantedTable table = Existing(Definition("t", {{"id", "int"}, {"a", "int"}}));
  table.wanted.reset();
  table.actual->columns[0].type = "varchar(10)";
  const SchemaReport report = PlanDdl({table});
  EXPECT_TRUE(report.conflicts.empty());
  EXPECT_EQ(report.changes.size(), 1u);
}

TEST(TemporaryTableSql, LeavesOutWhatTemporaryTablesCannotHave) {
  const auto tables =
      Read({Definition("t", {{"id", "int references u(id) not null"},
                             {"foreign key (id)", "references u(id)"},
                             {"fulltext", "(body)"},
                             {"unique key", "(id)"}})});
  EXPECT_EQ(TemporaryTableSql(tables[0], "w"),
            absl::StrCat("CREATE OR REPLACE TEMPORARY TABLE `w` (`id` int not "
                         "null, unique key (id))",
                         kOptions));
}

TEST(ReadTables, RefusesBadNames) {
  const auto message = [](const std::string& name) {
    auto tables = ReadTables({Definition(name, {{"id", "int"}})}, "tables");
    EXPECT_EQ(errors::ReasonOf(tables.status()), errors::kInvalidField);
    return std::string(tables.status().message());
  };
  EXPECT_THAT(message(""), HasSubstr("tables[0].name: required"));
  EXPECT_THAT(message("berth_registry"), HasSubstr("Berth's own"));
  EXPECT_THAT(message("BERTH_x"), HasSubstr("Berth's own"));
  EXPECT_THAT(message(std::string(65, 'x')), HasSubstr("64 characters"));
  EXPECT_THAT(message("x "), HasSubstr("blank"));
}

TEST(ReadTables, CountsCharactersNotBytes) {
  std::string name;
  for (int i = 0; i < 64; ++i) name += "ü";
  EXPECT_TRUE(ReadTables({Definition(name, {{"id", "int"}})}, "tables").ok());
}

TEST(ReadTables, RefusesRepeatedAndEmptyTables) {
  const auto once = Definition("t", {{"id", "int"}});
  EXPECT_THAT(
      std::string(ReadTables({once, once}, "tables").status().message()),
      HasSubstr("tables[1].name: the table is declared twice"));
  EXPECT_THAT(
      std::string(ReadTables({Definition("t", {{"index i", "(a)"}})}, "tables")
                      .status()
                      .message()),
      HasSubstr("tables[0].elements: a table needs a column"));
}

}  // namespace
}  // namespace berth::catalog
