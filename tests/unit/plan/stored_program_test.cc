#include "server/plan/stored_program.h"

#include "gtest/gtest.h"

namespace berth::plan {
namespace {

TEST(CalledProcedure, IsNamedInEveryWayThatMariaDbTakes) {
  struct Case {
    const char* sql;
    const char* database;
    const char* name;
  };
  for (const Case& each : {
           Case{"CALL p", "", "p"},
           Case{" call p()", "", "p"},
           Case{"CALL p(?, 'a.b', f(1))", "", "p"},
           Case{"CALL shop.p(1)", "shop", "p"},
           Case{"CALL `sh``op` . `p.q`(1)", "sh`op", "p.q"},
       }) {
    const auto procedure = CalledProcedure(each.sql);
    ASSERT_TRUE(procedure.has_value()) << each.sql;
    EXPECT_EQ(procedure->database, each.database) << each.sql;
    EXPECT_EQ(procedure->name, each.name) << each.sql;
  }
}

TEST(CalledProcedure, IsNoneWhereTheTextIsOtherwise) {
  for (const char* sql :
       {"", "CALL", "SELECT p()", "CALL 'p'", "CALL shop.", "/* p */ CALL q()",
        "CALL p();", "BEGIN NOT ATOMIC CALL p(); END"}) {
    EXPECT_FALSE(CalledProcedure(sql).has_value()) << sql;
  }
}

TEST(MayEndTransaction, IsFalseForStatementsThatOnlyReadAndWrite) {
  for (const char* body :
       {"INSERT INTO t VALUES (1)",
        "BEGIN DECLARE n INT DEFAULT 0; DECLARE c CURSOR FOR SELECT id FROM t; "
        "DECLARE CONTINUE HANDLER FOR NOT FOUND SET n = 1; OPEN c; FETCH c "
        "INTO n; CLOSE c; IF n > 1 THEN UPDATE t SET v = n; END IF; END",
        "BEGIN NOT ATOMIC DELETE FROM t; SELECT f(2) INTO @x; END",
        "BEGIN SAVEPOINT a; REPLACE INTO t VALUES (1); ROLLBACK TO a; END",
        "BEGIN UPDATE committed SET recall = 1, startled = 2; END"}) {
    EXPECT_FALSE(MayEndTransaction(body)) << body;
  }
}

TEST(MayEndTransaction, IsTrueForWhatCommitsOrGoesOnAfterAnError) {
  for (const char* body :
       {"COMMIT", "BEGIN INSERT INTO t VALUES (1);commit;END",
        "BEGIN START TRANSACTION; END", "BEGIN SET autocommit=0; END",
        "BEGIN SET @@SESSION.AutoCommit = 1; END", "XA START 'x'",
        "CREATE TEMPORARY TABLE a (b INT)", "TRUNCATE TABLE t",
        "BEGIN CALL q(); END", "EXECUTE IMMEDIATE @sql",
        "BEGIN PREPARE s FROM @sql; END", "CHECK TABLE t",
        "BEGIN /*!50000 COMMIT */; END",
        "BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END; END",
        "BEGIN DECLARE EXIT HANDLER FOR 1213 INSERT INTO log VALUES (1); END",
        "BEGIN DECLARE EXIT HANDLER FOR NOT FOUND, SQLEXCEPTION SET @a = 1; "
        "END",
        "BEGIN DECLARE EXIT HANDLER FOR NOT/**/FOUND SET @a = 1; END",
        "BEGIN SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213; END"}) {
    EXPECT_TRUE(MayEndTransaction(body)) << body;
  }
}

}  // namespace
}  // namespace berth::plan
