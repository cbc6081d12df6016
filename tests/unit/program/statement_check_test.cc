// Statements that end their transaction.
#include "server/program/statement_check.h"

#include "gtest/gtest.h"

namespace berth::program {
namespace {

class EndingTest : public ::testing::TestWithParam<const char*> {};

TEST_P(EndingTest, IsRefused) { EXPECT_TRUE(EndsTransaction(GetParam())); }

INSTANTIATE_TEST_SUITE_P(
    Statements, EndingTest,
    ::testing::Values(
        "COMMIT", "commit and chain", "  \n commit", "ROLLBACK",
        "ROLLBACK WORK", "BEGIN", "BEGIN NOT ATOMIC COMMIT; END",
        "START TRANSACTION", "XA START 'x'", "CREATE TABLE t (n int)",
        "CREATE OR REPLACE TABLE t (n int)", "ALTER TABLE t ADD m int",
        "DROP TABLE t", "TRUNCATE t", "RENAME TABLE t TO u",
        "LOCK TABLES t READ", "UNLOCK TABLES", "GRANT ALL ON *.* TO x",
        "FLUSH TABLES", "ANALYZE TABLE t", "OPTIMIZE TABLE t",
        "LOAD INDEX INTO CACHE t", "SET autocommit=1",
        "SET @@session.AUTOCOMMIT = 0", "SET @a = 1, autocommit = 0",
        "SET PASSWORD = ''", "SET STATEMENT max_statement_time=1 FOR COMMIT",
        "/* note */ COMMIT", "-- note\nCOMMIT", "# note\nCOMMIT", "/*!COMMIT*/",
        "/*!50000 COMMIT */", "/*M!100000 DROP*/ TABLE t",
        "/*!100000 SET */ /* x */ autocommit=1"));

class HarmlessTest : public ::testing::TestWithParam<const char*> {};

TEST_P(HarmlessTest, IsAllowed) { EXPECT_FALSE(EndsTransaction(GetParam())); }

INSTANTIATE_TEST_SUITE_P(
    Statements, HarmlessTest,
    ::testing::Values("", "SELECT 1", "(SELECT 1)",
                      "INSERT INTO t VALUES ('commit')", "UPDATE t SET n = 1",
                      "WITH c AS (SELECT 1) SELECT * FROM c", "CALL p()",
                      "DO 1", "SET @a = 1", "SET @commit = 1", "SAVEPOINT a",
                      "RELEASE SAVEPOINT a", "ROLLBACK TO SAVEPOINT a",
                      "ROLLBACK WORK TO a", "CREATE TEMPORARY TABLE t (n int)",
                      "CREATE OR REPLACE TEMPORARY TABLE t (n int)",
                      "DROP TEMPORARY TABLE t", "ANALYZE SELECT 1",
                      "EXPLAIN SELECT 1",
                      "SET STATEMENT max_statement_time=1 FOR SELECT 1",
                      "/* COMMIT */ SELECT 1", "-- COMMIT\nSELECT 1",
                      "LOAD DATA INFILE 'x'"));

}  // namespace
}  // namespace berth::program
