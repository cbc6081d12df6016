// The schema registry on one and on several berthd.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "berth/client/client.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_servers.h"

namespace berth::test {
namespace {

using absl::StatusCode;
using client::Values;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Every test has tables of its own, so that they do not disturb each other.
class RegistryTest : public ::testing::Test {
 protected:
  static TestServers& Servers() {
    static TestServers servers;
    return servers;
  }
  // A second replica in front of the same MariaDB.
  static BerthdProcess& Replica() {
    static BerthdProcess replica(Servers().mariadb);
    return replica;
  }

  static std::string Sql(const std::string& sql) {
    return Servers().mariadb.Sql(sql);
  }
  static std::string Columns(const std::string& table) {
    return Sql(absl::StrCat(
        "SELECT GROUP_CONCAT(column_name ORDER BY ordinal_position) FROM "
        "information_schema.columns WHERE table_schema = 'berth' AND "
        "table_name = '",
        table, "'"));
  }
  static bool Exists(const std::string& table) {
    return Sql("SHOW TABLES LIKE '" + table + "'") == table;
  }

  const client::Client& client_ = Servers().client;
};

std::vector<std::string> TablesOf(
    const google::protobuf::RepeatedPtrField<v1::SchemaChange>& changes) {
  std::vector<std::string> tables;
  for (const auto& change : changes) tables.push_back(change.table());
  return tables;
}

v1::TableDefinition Users(const std::string& name) {
  return TableOf(name, {{"id", "int auto_increment primary key"},
                        {"name", "varchar(100) not null"},
                        {"active", "boolean default true"}});
}

TEST_F(RegistryTest, CreatesInTheOrderOfForeignKeys) {
  const auto lines = TableOf(
      "fk_lines", {{"id", "int primary key"},
                   {"order_id", "int not null"},
                   {"foreign key (order_id)", "references fk_orders(id)"}});
  const auto orders = TableOf(
      "fk_orders", {{"id", "int primary key"},
                    {"user_id", "int not null"},
                    {"foreign key (user_id)", "references fk_users(id)"}});
  auto response =
      client_.Register(RegisterOf({lines, orders, Users("fk_users")}));
  ASSERT_THAT(response, IsOk());
  EXPECT_THAT(TablesOf(response->changes()),
              ElementsAre("fk_users", "fk_orders", "fk_lines"));
  ASSERT_EQ(response->tables_size(), 3);
  EXPECT_EQ(response->tables(0).name(), "fk_lines");
  EXPECT_THAT(
      client_.Insert(InsertInto("fk_orders", {"id", "user_id"}, Values(1, 7))),
      HasReason("FOREIGN_KEY"));
  EXPECT_EQ(Sql("SELECT CONCAT(engine, table_collation LIKE 'utf8mb4%') FROM "
                "information_schema.tables WHERE table_name = 'fk_users'"),
            "InnoDB1");
}

TEST_F(RegistryTest, DoesNothingTheSecondTime) {
  const auto request = RegisterOf({Users("twice_users")});
  ASSERT_THAT(client_.Register(request), IsOk());
  const std::string before = Sql("SHOW CREATE TABLE twice_users");
  auto second = client_.Register(request);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->changes_size(), 0);
  EXPECT_EQ(second->tables_size(), 1);
  EXPECT_EQ(Sql("SHOW CREATE TABLE twice_users"), before);
}

TEST_F(RegistryTest, AddsColumnsAndIndexes) {
  auto table = Users("grown_users");
  ASSERT_THAT(client_.Register(RegisterOf({table})), IsOk());
  ASSERT_THAT(
      client_.Insert(InsertInto("grown_users", {"name"}, Values("Alice"))),
      IsOk());
  *table.add_elements() = TableOf("", {{"age", "int default 18"}}).elements(0);
  *table.add_elements() = TableOf("", {{"index age_idx", "(age)"}}).elements(0);
  auto response = client_.Register(RegisterOf({table}));
  ASSERT_THAT(response, IsOk());
  EXPECT_GE(response->changes_size(), 1);
  EXPECT_EQ(Columns("grown_users"), "id,name,active,age");
  EXPECT_THAT(Sql("SHOW CREATE TABLE grown_users"), HasSubstr("age_idx"));
  auto rows = client_.Select(SelectFrom("grown_users", "age = ?", Values(18)));
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ(Cells(*rows), "1,Alice,1,18");
}

TEST_F(RegistryTest, ConflictShowsBothSidesAndChangesNothing) {
  ASSERT_THAT(client_.Register(RegisterOf({Users("clash_users")})), IsOk());
  const std::string before = Sql("SHOW CREATE TABLE clash_users");
  const auto request = RegisterOf(
      {TableOf("clash_new", {{"id", "int primary key"}}),
       TableOf("clash_users", {{"id", "int auto_increment primary key"},
                               {"name", "int not null"},
                               {"added", "int"}})});
  const absl::Status status = client_.Register(request).status();
  EXPECT_THAT(status, AllOf(StatusIs(StatusCode::kFailedPrecondition),
                            HasReason("SCHEMA_CONFLICT")));
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("varchar(100)"), HasSubstr("int(11)"),
                    HasSubstr("clash_users"), HasSubstr("name")));
  EXPECT_EQ(client::MetadataOf(status, "table"), "clash_users");
  EXPECT_EQ(client::OutcomeOf(status), client::Outcome::kNotDone);
  EXPECT_EQ(Sql("SHOW CREATE TABLE clash_users"), before);
  EXPECT_FALSE(Exists("clash_new"));
}

TEST_F(RegistryTest, WarningLetsAConflictPass) {
  ASSERT_THAT(client_.Register(RegisterOf({Users("warn_users")})), IsOk());
  auto request = RegisterOf(
      {TableOf("warn_users", {{"id", "int auto_increment primary key"},
                              {"name", "varchar(50) not null"},
                              {"active", "boolean default true"},
                              {"added", "int"}})});
  request.set_on_conflict(v1::CONFLICT_POLICY_WARN);
  auto response = client_.Register(request);
  ASSERT_THAT(response, IsOk());
  ASSERT_EQ(response->conflicts_size(), 1);
  EXPECT_EQ(response->conflicts(0).element(), "name");
  EXPECT_THAT(response->conflicts(0).wanted(), HasSubstr("varchar(50)"));
  EXPECT_THAT(response->conflicts(0).actual(), HasSubstr("varchar(100)"));
  EXPECT_EQ(Columns("warn_users"), "id,name,active,added");
}

TEST_F(RegistryTest, SpellingIsNoConflict) {
  ASSERT_THAT(client_.Register(RegisterOf(
                  {TableOf("spelt", {{"id", "INTEGER PRIMARY KEY"},
                                     {"a", "BOOLEAN"},
                                     {"b", "DECIMAL(10,2) DEFAULT 0"},
                                     {"c", "TIMESTAMP DEFAULT now()"}})})),
              IsOk());
  auto again = client_.Register(RegisterOf(
      {TableOf("spelt", {{"id", "int(11) not null"},
                         {"a", "tinyint(1) null"},
                         {"b", "numeric(10,2) default 0.00"},
                         {"c", "timestamp null default current_timestamp()"},
                         {"primary key", "(id)"}})}));
  // `c` is NOT NULL or not by explicit_defaults_for_timestamp; nothing else may
  // differ.
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->changes_size(), 0);
}

TEST_F(RegistryTest, PlanChangesNothing) {
  ASSERT_THAT(client_.Register(RegisterOf({Users("plan_users")})), IsOk());
  auto grown = Users("plan_users");
  *grown.add_elements() = TableOf("", {{"age", "int"}}).elements(0);
  auto plan = client_.PlanSchema(
      PlanOf({grown, TableOf("plan_new", {{"id", "int primary key"}})}));
  ASSERT_THAT(plan, IsOk());
  ASSERT_EQ(plan->changes_size(), 2);
  for (const auto& change : plan->changes()) {
    if (change.table() != "plan_users") continue;
    EXPECT_THAT(change.ddl(), HasSubstr("age"));
    EXPECT_EQ(change.cost(), v1::CHANGE_COST_INSTANT);
  }
  EXPECT_EQ(Columns("plan_users"), "id,name,active");
  EXPECT_FALSE(Exists("plan_new"));
}

TEST_F(RegistryTest, ReplicaKnowsATableAndAnAddedColumnAtOnce) {
  const client::Client other = Replica().Connect();
  // An unknown name must not be remembered as unknown.
  EXPECT_THAT(other.Select(SelectFrom("shared_users")),
              HasReason("UNKNOWN_TABLE"));
  auto table = Users("shared_users");
  ASSERT_THAT(client_.Register(RegisterOf({table})), IsOk());
  absl::SleepFor(absl::Seconds(1));  // A name is looked up once a second.
  ASSERT_THAT(other.Insert(InsertInto("shared_users", {"name"}, Values("A"))),
              IsOk());
  *table.add_elements() = TableOf("", {{"age", "int default 5"}}).elements(0);
  absl::SleepFor(absl::Seconds(1));
  ASSERT_THAT(client_.Register(RegisterOf({table})), IsOk());
  EXPECT_THAT(other.Update(UpdateOf("shared_users", "age", client::ToValue(6),
                                    "id = 1")),
              IsOk());
  v1::SelectSpec select = SelectFrom("shared_users", "age = 6");
  select.add_columns("age");
  auto rows = other.Select(select);
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ(Cells(*rows), "6");
}

TEST_F(RegistryTest, TwentyAtOnceThroughTwoServersAllSucceed) {
  std::vector<absl::Status> results(20);
  std::vector<std::thread> threads;
  const client::Client clients[] = {client_, Replica().Connect()};
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&, i] {
      auto table = Users("crowd");
      // Half of them want a column more.
      if (i % 2 == 0) {
        *table.add_elements() = TableOf("", {{"age", "int"}}).elements(0);
      }
      const auto own =
          TableOf(absl::StrCat("crowd_", i),
                  {{"id", "int primary key"},
                   {"user_id", "int"},
                   {"foreign key (user_id)", "references crowd(id)"}});
      results[i] =
          clients[i / 2 % 2].Register(RegisterOf({own, table})).status();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& result : results) EXPECT_THAT(result, IsOk());
  EXPECT_EQ(Columns("crowd"), "id,name,active,age");
  EXPECT_EQ(Sql("SELECT COUNT(*) FROM information_schema.tables WHERE "
                "table_name LIKE 'crowd\\_%'"),
            "20");
}

TEST_F(RegistryTest, TableMadeOutsideIsUsableAtOnce) {
  Sql("CREATE TABLE outside (id INT PRIMARY KEY, v VARCHAR(9) DEFAULT 'd')");
  EXPECT_THAT(client_.Insert(InsertInto("outside", {"id"}, Values(1))), IsOk());
  auto rows = client_.Select(SelectFrom("outside"));
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ(Cells(*rows), "1,d");
  v1::GetTableRequest get;
  get.set_table("outside");
  auto table = client_.GetTable(get);
  ASSERT_THAT(table, IsOk());
  EXPECT_THAT(table->table().primary_key(), ElementsAre("id"));
  EXPECT_EQ(table->table().columns(1).sql_type(), "varchar(9)");
  EXPECT_TRUE(table->table().columns(1).optional());
}

TEST_F(RegistryTest, GetTableNeverTellsOfATableThatIsGone) {
  Sql("CREATE TABLE passing (id INT PRIMARY KEY)");
  v1::GetTableRequest get;
  get.set_table("passing");
  ASSERT_THAT(client_.GetTable(get), IsOk());
  Sql("ALTER TABLE passing ADD COLUMN v INT");
  auto changed = client_.GetTable(get);
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->table().columns_size(), 2);
  Sql("DROP TABLE passing");
  EXPECT_THAT(client_.GetTable(get), HasReason("UNKNOWN_TABLE"));
}

TEST_F(RegistryTest, DroppedAndRecreatedTableWorks) {
  const auto request = RegisterOf({Users("phoenix")});
  ASSERT_THAT(client_.Register(request), IsOk());
  const v1::InsertSpec row = InsertInto("phoenix", {"name"}, Values("A"));
  ASSERT_THAT(client_.Insert(row), IsOk());
  Sql("DROP TABLE phoenix");
  EXPECT_THAT(client_.Insert(row), HasReason("UNKNOWN_TABLE"));
  // The fingerprint of the registration must not hide that it is gone.
  auto again = client_.Register(request);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->changes_size(), 1);
  EXPECT_THAT(client_.Insert(row), IsOk());
  // With other columns in another order, without anybody telling berthd.
  Sql("DROP TABLE phoenix; CREATE TABLE phoenix (extra INT DEFAULT 3, "
      "name VARCHAR(5), id INT AUTO_INCREMENT PRIMARY KEY)");
  EXPECT_THAT(client_.Insert(row), IsOk());
  v1::SelectSpec select = SelectFrom("phoenix");
  select.add_columns("name");
  select.add_columns("extra");
  auto rows = client_.Select(select);
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ(Cells(*rows), "A,3");
}

TEST_F(RegistryTest, BadDefinitionChangesNothing) {
  const auto good = TableOf("bad_first", {{"id", "int primary key"}});
  const std::pair<const char*, const char*> cases[] = {
      {"id", "inttt"},
      {"id", "int; drop table users"},
      {"id", "int) engine=myisam -- "},
      {"foreign key (id)", "references nowhere(id)"}};
  for (const auto& [name, definition] : cases) {
    const auto bad = TableOf("bad_second", {{"x", "int"}, {name, definition}});
    EXPECT_FALSE(client_.Register(RegisterOf({good, bad})).ok()) << definition;
    EXPECT_FALSE(Exists("bad_second")) << definition;
  }
}

TEST_F(RegistryTest, ListTablesGoesThroughPages) {
  for (int i = 0; i < 5; ++i) {
    Sql(absl::StrCat("CREATE TABLE zz_page_", i, " (id INT PRIMARY KEY)"));
  }
  v1::ListTablesRequest request;
  request.set_page_size(2);
  std::vector<std::string> names;
  do {
    auto page = client_.ListTables(request);
    ASSERT_THAT(page, IsOk());
    EXPECT_LE(page->tables_size(), 2);
    for (const auto& table : page->tables()) names.push_back(table.name());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_EQ(std::count_if(names.begin(), names.end(),
                          [](const std::string& name) {
                            return name.rfind("zz_page_", 0) == 0;
                          }),
            5);
}

}  // namespace
}  // namespace berth::test
