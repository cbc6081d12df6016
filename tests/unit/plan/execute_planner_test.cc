#include "server/plan/execute_planner.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "tests/unit/plan/sample_table.h"

namespace berth::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Message(const std::string& statement) {
  const auto message = Parse<v1::Statement>(statement);
  return std::string(PlanExecute(message).status().message());
}

TEST(PlanExecute, TheTextPassesAsItIs) {
  const auto statement = Parse<v1::Statement>(
      "sql: ' select /* ? */ 1; -- x' parameters {int_value: 1}");
  auto plan = PlanExecute(statement);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->sql, " select /* ? */ 1; -- x");
  EXPECT_EQ(plan->verb, Verb::kExecute);
  EXPECT_EQ(plan->table, "");
  EXPECT_THAT(Integers(*plan), ElementsAre(1));
}

TEST(PlanExecute, TakesBytesThatAreNoUtf8) {
  const auto statement = Parse<v1::Statement>("sql_bytes: 'select \"\\377\"'");
  EXPECT_EQ(PlanExecute(statement)->sql, "select \"\xff\"");
}

TEST(PlanExecute, ListsExpand) {
  const auto statement = Parse<v1::Statement>(
      "sql: 'select ? in (?)' parameters {int_value: 5} parameters {list "
      "{values {int_value: 1} values {int_value: 2} values {int_value: 3}}}");
  auto plan = PlanExecute(statement);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->sql, "select ? in (?,?,?,?)");
  EXPECT_THAT(Integers(*plan), ElementsAre(5, 1, 2, 3, 3));
}

TEST(PlanExecute, RefusesWhatCannotRun) {
  EXPECT_THAT(Message(""), HasSubstr("sql: required"));
  EXPECT_THAT(Message("sql: ' '"), HasSubstr("sql: required"));
  EXPECT_THAT(Message("sql_bytes: ''"), HasSubstr("sql_bytes: required"));
  EXPECT_THAT(Message("sql: 'select ?' parameters {}"),
              HasSubstr("parameters[0]: the value has no kind"));
  EXPECT_THAT(Message("sql: 'select ?' parameters {default_value {}}"),
              HasSubstr("parameters[0]: DEFAULT"));
  EXPECT_THAT(Message("sql: 'select ?' parameters {list {}}"),
              HasSubstr("parameters[0]: a list"));
  EXPECT_THAT(Message("sql: 'select 1 in (?) -- x' parameters {list {}}"),
              HasSubstr("sql: a comment"));
}

TEST(MayDirtySession, PlainStatementsDoNot) {
  for (const char* sql : {"select 1",
                          " (select 1)",
                          "SELECT 1",
                          "insert into t values (1)",
                          "update t set a = 1",
                          "delete from t",
                          "replace into t values (1)",
                          "with a as (select 1) select * from a",
                          "values (1)",
                          "show tables",
                          "explain select 1",
                          "desc t",
                          "describe t",
                          "begin",
                          "start transaction",
                          "commit",
                          "rollback",
                          "savepoint a",
                          "release savepoint a",
                          "select sleep(1)",
                          "select count(*), lower('a'), if(a, b, c) from t",
                          "select * from t where a in (1, 2) and (b or c)",
                          "select 1 where exists (select 1) or not (a)",
                          "select a from t where match (a) against ('x')",
                          "insert into t (a) values (1)",
                          "insert into `t`(`a`) values (1)",
                          "insert into db.t(a) values (1)",
                          "insert into t\n (a) values (1)",
                          "replace into t(a) values (f)",
                          "with a (x) as (select 1) select x from a",
                          "create table t (a varchar(10), key k (a))",
                          "create temporary table t (a int)",
                          "alter table t add b decimal(5, 2)",
                          "drop table t",
                          "truncate t"}) {
    EXPECT_FALSE(MayDirtySession(sql)) << sql;
  }
}

TEST(MayDirtySession, EverythingElseMay) {
  for (const char* sql : {"set names latin1",
                          "use other",
                          "lock tables t read",
                          "call p()",
                          "create table t as select f(1)",
                          "create event e on schedule at f() do set @x = 1",
                          "begin not atomic set @x = 1; end",
                          "select f(1)",
                          "select f (1)",
                          "select f/* x */(1)",
                          "select f -- x\n (1)",
                          "select /*! f(1) */",
                          "select f/*!(1)*/",
                          "select `f`(1)",
                          "select `f-`(1)",
                          "select db.lower('a')",
                          "select db . `lower` ('a')",
                          "select count (1)",
                          "select \"f\"(1)",
                          "select f\xc3\xa9(1)",
                          "select 1 -- into\nfrom t where f(1)",
                          "select /* into */ f(1)",
                          "prepare s from 'x'",
                          "do 1",
                          "/* x */ select 1",
                          "-- x\nselect 1",
                          "selected",
                          "",
                          "select @a",
                          "select @a := 1",
                          "select get_lock('a', 1)",
                          "select GET_LOCK/**/('a', 1)",
                          "select /*! get_lock('a', 1) */",
                          "select nextval(s)",
                          "select next value for s",
                          "select NEXT  VALUE for s",
                          "select last_insert_id(7)",
                          "insert into t values (1) returning setval(s, 1)",
                          "select release_all_locks()",
                          "flush tables",
                          "kill 1"}) {
    EXPECT_TRUE(MayDirtySession(sql)) << sql;
  }
}

TEST(EffectOf, FollowsTheFirstWordAndStoredFunctions) {
  EXPECT_EQ(EffectOf("select 1"), Effect::kRead);
  EXPECT_EQ(EffectOf("select get_lock('a', 1)"), Effect::kRead);
  EXPECT_EQ(EffectOf("select f(1)"), Effect::kWrite);
  EXPECT_EQ(EffectOf("insert into t values (1)"), Effect::kWrite);
  EXPECT_EQ(EffectOf("create table t (a int)"), Effect::kCommit);
  EXPECT_EQ(EffectOf("call p()"), Effect::kSeveral);
  EXPECT_EQ(EffectOf("begin"), Effect::kRead);
  EXPECT_EQ(EffectOf("begin work"), Effect::kRead);
  EXPECT_EQ(EffectOf("begin not atomic delete from t; end"), Effect::kSeveral);
}

}  // namespace
}  // namespace berth::plan
