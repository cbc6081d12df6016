// Nothing of a session reaches the next user of its connection.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "berth/client/client.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_servers.h"

namespace berth::test {
namespace {

using client::Session;

// One connection, so that the next user gets the same one.
TestServers& Servers() {
  static TestServers* servers = [] {
    BerthdProcess::Options options;
    options.config = "pool:\n  max_size: 1\n  min_idle: 1\n";
    options.databases = "[berth, other]";
    static TestServers made(options);
    made.mariadb.Sql(
        "CREATE DATABASE other; CREATE TABLE t (id INT PRIMARY KEY, v INT);"
        "INSERT INTO t VALUES (1, 10);"
        "CREATE TABLE u (id INT);"
        "CREATE TRIGGER hide_set BEFORE INSERT ON u FOR EACH ROW SET @mark = "
        "6");
    made.mariadb.Sql(
        "DELIMITER //\n"
        "CREATE FUNCTION take() RETURNS INT BEGIN SET @mark = 7; "
        "RETURN GET_LOCK('mine', 0); END//");
    return &made;
  }();
  return *servers;
}

std::string Ask(Session& session, absl::string_view sql) {
  auto results = session.Execute(sql);
  EXPECT_THAT(results, IsOk()) << sql;
  return results.ok() && !results->empty() ? Cells(results->front()) : "";
}

// All that a session can see of its own state, by name.
std::map<std::string, std::string> Probe(Session& session) {
  std::map<std::string, std::string> state;
  auto variables = session.Execute("SHOW SESSION VARIABLES");
  EXPECT_THAT(variables, IsOk());
  if (variables.ok()) {
    for (const v1::Row& row : variables->front().rows().rows()) {
      state[row.values(0).text()] = client::ToString(row.values(1));
    }
  }
  // These change by themselves, or with what other connections do.
  for (const char* name :
       {"timestamp", "pseudo_thread_id", "rand_seed1", "rand_seed2",
        "gtid_binlog_pos", "gtid_current_pos", "gtid_pos", "server_uid",
        "last_gtid", "pseudo_slave_mode", "error_count", "warning_count"}) {
    state.erase(name);
  }
  for (const char* expression :
       {"@mark", "DATABASE()", "@@in_transaction", "@@autocommit",
        "@@tx_isolation", "@@tx_read_only", "LAST_INSERT_ID()",
        "IS_USED_LOCK('mine')", "ROW_COUNT()", "FOUND_ROWS()", "CURRENT_ROLE()",
        "@@identity"}) {
    state[expression] = Ask(session, absl::StrCat("SELECT ", expression));
  }
  // The temporary table is gone, so `t` is the real one.
  state["t"] = Ask(session, "SELECT * FROM berth.t");
  return state;
}

std::string ConnectionId(Session& session) {
  return Ask(session, "SELECT CONNECTION_ID()");
}

struct Leftover {
  std::string name;
  std::vector<std::string> statements;
  // What is left besides SQL.
  std::function<void(Session&)> more = [](Session&) {};
};

void PrintTo(const Leftover& leftover, std::ostream* out) {
  *out << leftover.name;
}

std::vector<Leftover> Leftovers() {
  return {
      {"Nothing", {}},
      {"UserVariable", {"SET @mark = 1"}},
      {"UserVariableInSelect", {"SELECT @mark := 2"}},
      {"UserVariableInto", {"SELECT 3 INTO @mark"}},
      {"SqlMode", {"SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'"}},
      {"TimeZone", {"SET time_zone = '+05:00'"}},
      {"Timeouts",
       {"SET wait_timeout = 5, lock_wait_timeout = 1, "
        "innodb_lock_wait_timeout = 1, max_statement_time = 0.5, "
        "idle_transaction_timeout = 2"}},
      {"Timestamp", {"SET timestamp = 1"}},
      {"ForeignKeysOff", {"SET foreign_key_checks = 0, unique_checks = 0"}},
      {"SelectLimit", {"SET sql_select_limit = 1"}},
      {"Names", {"SET NAMES latin1"}},
      {"CharacterSet", {"SET character_set_results = NULL"}},
      {"Collation", {"SET collation_connection = latin1_german1_ci"}},
      {"Locale", {"SET lc_time_names = 'de_DE', lc_messages = 'de_DE'"}},
      {"SortBuffer",
       {"SET sort_buffer_size = 32768, max_heap_table_size=16384"}},
      {"OptimizerSwitch", {"SET optimizer_switch = 'index_merge=off'"}},
      {"InsertId", {"SET insert_id = 77"}},
      {"LastInsertId", {"SELECT LAST_INSERT_ID(99)"}},
      {"Use", {"USE other"}},
      {"UseInformationSchema", {"USE information_schema"}},
      {"TemporaryTable",
       {"CREATE TEMPORARY TABLE t (id INT PRIMARY KEY)",
        "INSERT INTO t VALUES (7)"}},
      {"LockTables", {"LOCK TABLES t WRITE"}},
      {"FlushTablesWithReadLock", {"FLUSH TABLES WITH READ LOCK"}},
      {"GetLock", {"SELECT GET_LOCK('mine', 0)"}},
      {"Isolation", {"SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE"}},
      {"NextIsolation", {"SET TRANSACTION READ ONLY"}},
      {"AutocommitOff", {"SET autocommit = 0"}},
      {"AutocommitOffAndWrite",
       {"SET autocommit = 0", "UPDATE t SET v = 99 WHERE id = 1"}},
      {"AutocommitByRequest",
       {},
       [](Session& session) {
         EXPECT_THAT(session.SetAutocommit(false), IsOk());
       }},
      {"OpenTransaction",
       {"START TRANSACTION", "UPDATE t SET v = 99 WHERE id = 1"}},
      {"OpenTransactionByRequest",
       {},
       [](Session& session) {
         EXPECT_THAT(session.Begin(), IsOk());
         EXPECT_THAT(
             session.Update(UpdateOf("t", "v", client::ToValue(99), "id = 1")),
             IsOk());
       }},
      {"ReadOnlyTransaction", {"START TRANSACTION READ ONLY"}},
      {"XaTransaction", {"XA START 'x'", "UPDATE t SET v = 99 WHERE id = 1"}},
      {"Handler", {"HANDLER t OPEN"}},
      {"Role", {"SET ROLE NONE"}},
      {"Profiling", {"SET profiling = 1"}},
      {"HiddenInAComment", {"SELECT /*! GET_LOCK('mine', 0) */ + 0"}},
      {"HiddenInAFunction", {"SELECT take()"}},
      {"HiddenInAQualifiedFunction", {"SELECT `berth` . take ()"}},
      {"HiddenInAFunctionOfAWrite", {"UPDATE t SET v = 10 + 0 * take()"}},
      {"HiddenInAFilter",
       {},
       [](Session& session) {
         EXPECT_THAT(session.Select(SelectFrom("t", "id = take()")), IsOk());
       }},
      {"HiddenInAProcedure",
       {"CREATE OR REPLACE PROCEDURE hide() "
        "SET @mark = 5",
        "CALL hide()"}},
      {"AfterAnError",
       {"SET @mark = 1, time_zone = '+05:00'"},
       [](Session& session) {
         EXPECT_FALSE(session.Execute("SELECT nothing").ok());
       }},
  };
}

// What no look at the statement's text can find.
std::vector<Leftover> HiddenLeftovers() {
  return {{"VariableInATrigger", {"INSERT INTO u VALUES (1)"}}};
}

class LeftoversTest : public ::testing::TestWithParam<Leftover> {};

// The state of a connection that nobody has used.
const std::map<std::string, std::string>& Clean() {
  static const auto* clean = [] {
    Session session = Servers().client.OpenSession().value();
    auto* state = new std::map<std::string, std::string>(Probe(session));
    EXPECT_THAT(session.End(), IsOk());
    return state;
  }();
  return *clean;
}

void CheckClean(Session& session) {
  const auto state = Probe(session);
  for (const auto& [name, value] : Clean()) {
    EXPECT_EQ(state.count(name) > 0 ? state.at(name) : "(gone)", value) << name;
  }
  EXPECT_FALSE(session.Execute("HANDLER t READ FIRST").ok());
  EXPECT_FALSE(session.state().in_transaction());
  EXPECT_TRUE(session.state().autocommit());
}

// Ways in which a session ends, told apart by name.
void EndBy(const std::string& way, Session session) {
  if (way == "end") {
    EXPECT_THAT(session.End(), IsOk());
  } else if (way == "cancel") {
    session.Cancel();
  }  // Else by the destructor.
}

TEST_P(LeftoversTest, NeverReachTheNextSession) {
  Clean();
  for (const std::string way : {"end", "cancel", "destructor"}) {
    SCOPED_TRACE(way);
    auto opened = Servers().client.OpenSession();
    ASSERT_THAT(opened, IsOk());
    Session first = *std::move(opened);
    const std::string id = ConnectionId(first);
    for (const std::string& sql : GetParam().statements) Ask(first, sql);
    GetParam().more(first);
    EndBy(way, std::move(first));
    opened = Servers().client.OpenSession();
    ASSERT_THAT(opened, IsOk());
    Session next = *std::move(opened);
    // Otherwise this would prove nothing. A connection that was closed for
    // safety's sake is clean, too.
    if (way == "end") {
      EXPECT_EQ(ConnectionId(next), id);
    }
    CheckClean(next);
    EXPECT_THAT(next.End(), IsOk());
  }
}

// A unary Execute may do the same.
TEST_P(LeftoversTest, OfAUnaryCallNeverReachTheNext) {
  Clean();
  for (const std::string& sql : GetParam().statements) {
    // Some fail because the one before has left nothing.
    (void)Servers().client.Execute(Sql(sql));
  }
  // Each call has committed by itself.
  Servers().mariadb.Sql("UPDATE t SET v = 10");
  auto next = Servers().client.OpenSession();
  ASSERT_THAT(next, IsOk());
  CheckClean(*next);
  EXPECT_THAT(next->End(), IsOk());
}

INSTANTIATE_TEST_SUITE_P(OfHidden, LeftoversTest,
                         ::testing::ValuesIn(HiddenLeftovers()),
                         [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(Of, LeftoversTest, ::testing::ValuesIn(Leftovers()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace berth::test
