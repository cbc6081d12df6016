// Which sessions cost a reset of their connection.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "berth/client/client.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_servers.h"

namespace berth::test {
namespace {

using client::Session;
using client::Values;

TestServers& Servers() {
  static TestServers* servers = [] {
    BerthdProcess::Options options;
    options.config = "pool:\n  max_size: 1\n  min_idle: 1\n";
    static TestServers made(options);
    made.mariadb.Sql(
        "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT);"
        "INSERT INTO t VALUES (1, 10); CREATE SEQUENCE s;"
        "CREATE FUNCTION f() RETURNS INT RETURN 1");
    return &made;
  }();
  return *servers;
}

uint64_t Resets() { return Servers().client.GetPoolStats().value().resets(); }

// Runs the statements in a session, ends it, and waits until the connection,
// of which there is one, is free again. How many resets that cost.
uint64_t CostOf(const std::vector<std::string>& statements) {
  const uint64_t before = Resets();
  Session session = Servers().client.OpenSession().value();
  for (const std::string& sql : statements) {
    EXPECT_THAT(session.Execute(sql), IsOk()) << sql;
  }
  EXPECT_THAT(session.End(), IsOk());
  EXPECT_THAT(Servers().client.Select(SelectFrom("t", "id = 1")), IsOk());
  return Resets() - before;
}

TEST(Resets, AreNotMadeForCleanSessions) {
  const std::vector<std::vector<std::string>> sessions = {
      {"SELECT 1", "SELECT COUNT(*), MAX(v) FROM t WHERE v IN (1, 2)"},
      {"INSERT INTO t(v) VALUES (1)", "UPDATE t SET v = v + 1 WHERE id > 1",
       "DELETE FROM t WHERE id > 1"},
      {"START TRANSACTION", "INSERT INTO t (v) VALUES (1)", "ROLLBACK"},
      {"BEGIN", "SAVEPOINT a", "ROLLBACK TO a", "COMMIT"},
      {"CREATE TABLE x (a INT)", "ALTER TABLE x ADD b VARCHAR(10)",
       "CREATE INDEX i ON x (b)", "TRUNCATE x", "DROP TABLE x"},
      {"SHOW TABLES", "EXPLAIN SELECT 1", "SHOW WARNINGS"}};
  for (const auto& statements : sessions) {
    EXPECT_EQ(CostOf(statements), 0u) << statements[0];
  }
}

TEST(Resets, AreMadeOnceForWhatIsLeft) {
  const std::vector<std::vector<std::string>> sessions = {
      {"SET @a = 1", "SET @b = 1"},
      {"SELECT @a := 1"},
      {"SET time_zone = '+01:00'"},
      {"USE information_schema"},
      {"CREATE TEMPORARY TABLE x (a INT)", "INSERT INTO x VALUES (1)"},
      {"LOCK TABLES t READ"},
      {"SELECT GET_LOCK('a', 0)"},
      {"SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE"},
      {"SET autocommit = 0"},
      {"SELECT NEXTVAL(s)"},
      {"SELECT NEXT VALUE FOR s"},
      {"SELECT LAST_INSERT_ID(7)"},
      {"SELECT f()"},
      {"START TRANSACTION"}};
  for (const auto& statements : sessions) {
    EXPECT_EQ(CostOf(statements), 1u) << statements[0];
  }
}

TEST(Resets, AreNotMadeForTransactionsByRequest) {
  const uint64_t before = Resets();
  Session session = Servers().client.OpenSession().value();
  v1::Begin begin;
  begin.set_isolation(v1::ISOLATION_SERIALIZABLE);
  EXPECT_THAT(session.Begin(begin), IsOk());
  EXPECT_THAT(session.Insert(InsertInto("t", {"v"}, Values(1))), IsOk());
  v1::Savepoint point;
  point.set_name("a");
  EXPECT_THAT(session.Savepoint(point), IsOk());
  EXPECT_FALSE(session.Execute("SELECT nothing").ok());
  point.set_action(v1::Savepoint::ROLLBACK_TO);
  EXPECT_THAT(session.Savepoint(point), IsOk());
  EXPECT_THAT(session.Commit(), IsOk());
  EXPECT_THAT(session.End(), IsOk());
  EXPECT_THAT(Servers().client.Select(SelectFrom("t", "id = 1")), IsOk());
  EXPECT_EQ(Resets(), before);
}

}  // namespace
}  // namespace berth::test
