// CALL: several results, all or nothing, and what of it may be in doubt.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "berth/client/client.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_servers.h"
#include "tests/support/wait.h"

namespace berth::test {
namespace {

using client::Outcome;
using client::OutcomeOf;
using client::Session;
using client::ToValue;
using client::Values;

// Those that take locks: row 1, then row 2, which somebody else has.
constexpr char kLockers[] = R"(
DELIMITER //
SET timestamp = UNIX_TIMESTAMP() - 3600//
CREATE OR REPLACE PROCEDURE locks() BEGIN
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET @none = 1;
  INSERT INTO t VALUES (1);
  UPDATE d SET v = v + 1 WHERE id = 1; UPDATE d SET v = v + 1 WHERE id = 2;
END//
CREATE OR REPLACE PROCEDURE commits_and_locks() BEGIN
  INSERT INTO t VALUES (1); COMMIT; START TRANSACTION;
  UPDATE d SET v = v + 1 WHERE id = 1; UPDATE d SET v = v + 1 WHERE id = 2;
END//
CREATE OR REPLACE PROCEDURE catches() BEGIN
  DECLARE EXIT HANDLER FOR 1213 BEGIN INSERT INTO t VALUES (1); RESIGNAL; END;
  UPDATE d SET v = v + 1 WHERE id = 1; UPDATE d SET v = v + 1 WHERE id = 2;
END//
CREATE OR REPLACE FUNCTION catching(n INT) RETURNS INT BEGIN
  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION SET @caught = 1;
  UPDATE d SET v = v + 1 WHERE id = n; RETURN n;
END//
CREATE OR REPLACE PROCEDURE locks_by_function() BEGIN
  UPDATE d SET v = v + 1 WHERE id = 1; SET @n = catching(2);
  INSERT INTO t VALUES (1);
END//
SET timestamp = UNIX_TIMESTAMP() + 7200//
CREATE OR REPLACE PROCEDURE new_locks() BEGIN
  UPDATE d SET v = v + 1 WHERE id = 1; UPDATE d SET v = v + 1 WHERE id = 2;
END//
)";

constexpr char kProcedures[] = R"(
DELIMITER //
CREATE OR REPLACE PROCEDURE two(n INT) BEGIN
  INSERT INTO t VALUES (n);
  SELECT n AS a; SELECT n + 1 AS b, n + 2 AS c;
END//
CREATE OR REPLACE PROCEDURE half() BEGIN
  INSERT INTO t VALUES (1); SELECT 1; INSERT INTO t VALUES (1);
END//
CREATE OR REPLACE PROCEDURE commits() BEGIN
  START TRANSACTION; INSERT INTO t VALUES (1); COMMIT; INSERT INTO t VALUES (2);
END//
CREATE OR REPLACE PROCEDURE commits_half() BEGIN
  INSERT INTO t VALUES (1); COMMIT;
  START TRANSACTION; INSERT INTO t VALUES (1);
END//
CREATE OR REPLACE PROCEDURE defines_half() BEGIN
  INSERT INTO t VALUES (1);
  CREATE OR REPLACE TABLE made (a INT); INSERT INTO t VALUES (1);
END//
CREATE OR REPLACE PROCEDURE isolates() BEGIN
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION; INSERT INTO t VALUES (1); COMMIT;
END//
CREATE OR REPLACE PROCEDURE waits() BEGIN
  INSERT INTO t VALUES (1); INSERT INTO t VALUES (2);
END//
)";

TestServers& Servers() {
  static TestServers* servers = [] {
    static TestServers made;
    made.mariadb.Sql("CREATE TABLE t (id INT PRIMARY KEY)");
    made.mariadb.Sql(
        "CREATE TABLE d (id INT PRIMARY KEY, v INT) SELECT seq AS id, 0 AS v "
        "FROM seq_1_to_500");
    made.mariadb.Sql(kProcedures);
    return &made;
  }();
  return *servers;
}

// The connection that hangs in a statement that begins so; empty: none. Its
// user is the one who defined the procedure. INNODB_TRX would not do: it stands
// still while somebody looks at it.
std::string WaiterFor(const std::string& statement) {
  return Servers().mariadb.Sql(
      "SELECT id FROM information_schema.processlist WHERE time_ms > 100 "
      "AND info LIKE '" +
      statement + "%'");
}

class CallTest : public ::testing::Test {
 protected:
  void SetUp() override { Servers().mariadb.Sql("DELETE FROM t"); }
  static auto Call(const std::string& sql) {
    return Servers().client.Execute(Sql(sql));
  }
  static std::string Stored() {
    return Servers().mariadb.Sql(
        "SELECT COALESCE(GROUP_CONCAT(id ORDER BY id), '') FROM t");
  }
};

TEST_F(CallTest, AnswersEachResult) {
  auto results = Servers().client.Execute(Sql("CALL two(?)", Values(5)));
  ASSERT_THAT(results, IsOk());
  ASSERT_EQ(results->size(), 3u);
  EXPECT_EQ(Cells((*results)[0]), "5");
  EXPECT_EQ(Cells((*results)[1]), "6,7");
  EXPECT_EQ((*results)[1].columns(1).name(), "c");
  EXPECT_EQ((*results)[1].result_index(), 1u);
  EXPECT_TRUE((*results)[2].end().has_write());
  EXPECT_EQ(Stored(), "5");
}

TEST_F(CallTest, InASessionCommitsByItself) {
  Session session = Servers().client.OpenSession().value();
  auto results = session.Execute("CALL two(5)");
  ASSERT_THAT(results, IsOk());
  EXPECT_EQ(results->size(), 3u);
  EXPECT_FALSE(session.state().in_transaction());
  EXPECT_EQ(Stored(), "5");
  ASSERT_THAT(session.Begin(), IsOk());
  ASSERT_THAT(session.Execute("CALL two(6)"), IsOk());
  EXPECT_TRUE(session.state().in_transaction());
  ASSERT_THAT(session.Rollback(), IsOk());
  EXPECT_EQ(Stored(), "5");
}

TEST_F(CallTest, IsAllOrNothing) {
  auto failed = Call("CALL half()");
  EXPECT_THAT(failed, HasReason("DUPLICATE_KEY"));
  EXPECT_EQ(OutcomeOf(failed.status()), Outcome::kNotDone);
  EXPECT_EQ(Stored(), "");
  Session session = Servers().client.OpenSession().value();
  EXPECT_THAT(session.Execute("CALL half()"), HasReason("DUPLICATE_KEY"));
  EXPECT_FALSE(session.state().in_transaction());
  EXPECT_EQ(Stored(), "");
  auto compound = Call(
      "BEGIN NOT ATOMIC INSERT INTO t VALUES (1); INSERT INTO t VALUES (1); "
      "END");
  EXPECT_THAT(compound, HasReason("DUPLICATE_KEY"));
  EXPECT_EQ(OutcomeOf(compound.status()), Outcome::kNotDone);
  EXPECT_EQ(Stored(), "");
}

TEST_F(CallTest, ThatCommitsByItselfIsInDoubtAfterAnError) {
  EXPECT_THAT(Call("CALL commits()"), IsOk());
  EXPECT_EQ(Stored(), "1,2");
  for (const char* sql : {"CALL commits_half()", "CALL defines_half()"}) {
    Servers().mariadb.Sql("DELETE FROM t");
    auto failed = Call(sql);
    EXPECT_THAT(failed, HasReason("DUPLICATE_KEY")) << sql;
    EXPECT_EQ(OutcomeOf(failed.status()), Outcome::kUnknown) << sql;
    EXPECT_EQ(Stored(), "1") << sql;
  }
}

TEST_F(CallTest, MaySetTheIsolationOfItsTransactions) {
  EXPECT_THAT(Call("CALL isolates()"), IsOk());
  EXPECT_EQ(Stored(), "1");
  auto failed = Call("CALL isolates()");
  EXPECT_THAT(failed, HasReason("DUPLICATE_KEY"));
  EXPECT_EQ(OutcomeOf(failed.status()), Outcome::kUnknown);
}

TEST_F(CallTest, ThatIsKilledDidNothing) {
  Session blocker = Servers().client.OpenSession().value();
  ASSERT_THAT(blocker.Begin(), IsOk());
  ASSERT_THAT(blocker.Insert(InsertInto("t", {"id"}, Values(2))), IsOk());
  absl::Status status;
  std::thread caller([&] { status = Call("CALL waits()").status(); });
  std::string id;
  EXPECT_TRUE(Eventually([&] {
    id = WaiterFor("INSERT INTO t");
    return !id.empty();
  }));
  Servers().mariadb.Sql("KILL QUERY " + id);
  caller.join();
  EXPECT_THAT(blocker.Rollback(), IsOk());
  EXPECT_THAT(status, HasReason("CANCELLED"));
  EXPECT_EQ(OutcomeOf(status), Outcome::kNotDone);
  EXPECT_EQ(Stored(), "");
}

// Runs it until it waits for a lock, and then makes a deadlock of it, in which
// the other one has more to lose.
absl::Status Deadlocked(const std::string& sql) {
  const client::Client client = Servers().berthd.Connect(WithoutRetries());
  Session other = client.OpenSession().value();
  EXPECT_THAT(other.Begin(), IsOk());
  EXPECT_THAT(other.Execute("UPDATE d SET v = v + 1 WHERE id > 1"), IsOk());
  absl::Status status;
  std::thread caller([&] { status = client.Execute(Sql(sql)).status(); });
  EXPECT_TRUE(Eventually([] { return !WaiterFor("UPDATE d").empty(); }));
  EXPECT_THAT(other.Execute("UPDATE d SET v = v + 1 WHERE id = 1"), IsOk());
  caller.join();
  EXPECT_THAT(other.Rollback(), IsOk());
  EXPECT_THAT(status, HasReason("DEADLOCK"));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAborted));
  return status;
}

TEST_F(CallTest, ThatCannotHaveCommittedIsNotDoneAfterADeadlock) {
  Servers().mariadb.Sql(kLockers);
  for (const char* sql :
       {"CALL locks()", "CALL `berth`.`locks`()", "CALL locks_by_function()",
        "BEGIN NOT ATOMIC INSERT INTO t VALUES (1); UPDATE d SET v = 1 WHERE "
        "id = 1; UPDATE d SET v = 1 WHERE id = 2; END"}) {
    const absl::Status status = Deadlocked(sql);
    EXPECT_EQ(OutcomeOf(status), Outcome::kNotDone) << sql;
    EXPECT_EQ(client::RetryOf(status), client::Retry::kTransaction) << sql;
    EXPECT_EQ(Stored(), "") << sql;
    EXPECT_EQ(Servers().mariadb.Sql("SELECT SUM(v) FROM d"), "0") << sql;
  }
}

TEST_F(CallTest, ThatMayHaveCommittedIsInDoubtAfterADeadlock) {
  Servers().mariadb.Sql(kLockers);
  for (const char* sql : {"CALL commits_and_locks()", "CALL catches()"}) {
    Servers().mariadb.Sql("DELETE FROM t");
    const absl::Status status = Deadlocked(sql);
    EXPECT_EQ(OutcomeOf(status), Outcome::kUnknown) << sql;
    EXPECT_EQ(client::RetryOf(status), client::Retry::kNever) << sql;
    EXPECT_EQ(Stored(), "1") << sql;
  }
  // Its text may have been another one when it was called.
  EXPECT_EQ(OutcomeOf(Deadlocked("CALL new_locks()")), Outcome::kUnknown);
}

TEST_F(CallTest, RunsByHandle) {
  Session session = Servers().client.OpenSession().value();
  v1::SessionRequest request;
  request.mutable_prepare()->set_sql("CALL two(?)");
  auto prepared = session.Call(request);
  ASSERT_THAT(prepared, IsOk());
  for (int n = 1; n <= 3; ++n) {
    v1::Statement statement;
    statement.set_prepared(prepared->front().prepared().handle());
    *statement.add_parameters() = ToValue(n);
    auto results = session.Execute(statement);
    ASSERT_THAT(results, IsOk());
    ASSERT_EQ(results->size(), 3u);
    EXPECT_EQ(FirstCell((*results)[1]), std::to_string(n + 1));
  }
  EXPECT_EQ(Stored(), "1,2,3");
}

TEST_F(CallTest, WarningsAreToldByTheNextStatement) {
  Session session = Servers().client.OpenSession().value();
  ASSERT_THAT(session.Execute("CREATE OR REPLACE TABLE w (a TINYINT)"), IsOk());
  ASSERT_THAT(session.Execute("INSERT IGNORE INTO w VALUES (1000), (2)"),
              IsOk());
  EXPECT_EQ(session.state().affected_rows(), 2u);
  EXPECT_EQ(session.state().warning_count(), 1u);
  auto warnings = session.Execute("SHOW WARNINGS");
  ASSERT_THAT(warnings, IsOk());
  EXPECT_THAT(Cells(warnings->front()),
              ::testing::HasSubstr("Out of range value for column"));
}

}  // namespace
}  // namespace berth::test
