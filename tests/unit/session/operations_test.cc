#include "server/session/operations.h"

#include <string>

#include "gmock/gmock.h"
#include "server/base/error.h"
#include "tests/unit/session/session_test_base.h"

namespace berth::session {
namespace {

using ::testing::Contains;
using ::testing::Not;

// The names are the specification, whatever the session's own state machine.
class OperationsTest : public SessionTest {
 protected:
  OperationsTest() { AddOpen(); }
};

TEST_F(OperationsTest, CannotBeginWithinATransaction) {
  Add().mutable_begin();
  Add().mutable_begin();
  Serve();
  EXPECT_TRUE(Answer(2).has_done());
  EXPECT_EQ(Reason(3), "SESSION_STATE");
  EXPECT_TRUE(Answer(3).state().in_transaction());
  EXPECT_EQ(mariadb_.Count("START TRANSACTION"), 1);
}

TEST_F(OperationsTest, CannotCommitWithoutATransaction) {
  Add().mutable_commit();
  Add().mutable_ping();
  Add().mutable_commit();
  Serve();
  EXPECT_EQ(Reason(2), "SESSION_STATE");
  EXPECT_EQ(Reason(4), "SESSION_STATE");
  EXPECT_EQ(mariadb_.Count("COMMIT"), 0);
}

TEST_F(OperationsTest, CannotCommitAfterRollback) {
  Add().mutable_begin();
  Add().mutable_rollback();
  Add().mutable_commit();
  Serve();
  EXPECT_FALSE(Answer(3).state().in_transaction());
  EXPECT_EQ(Reason(4), "SESSION_STATE");
}

TEST_F(OperationsTest, CommitsWhatWasBegun) {
  Add().mutable_begin();
  Add().mutable_commit();
  Serve();
  EXPECT_TRUE(Answer(2).state().in_transaction());
  EXPECT_TRUE(Answer(3).has_done());
  EXPECT_FALSE(Answer(3).state().in_transaction());
}

TEST_F(OperationsTest, CommitsWithoutBeginWhileAutocommitIsOff) {
  Add().mutable_autocommit()->set_enabled(false);
  Add().mutable_commit();
  Add().mutable_autocommit()->set_enabled(true);
  Add().mutable_commit();
  Serve();
  EXPECT_FALSE(Answer(2).state().autocommit());
  EXPECT_TRUE(Answer(3).has_done());
  EXPECT_TRUE(Answer(4).state().autocommit());
  EXPECT_EQ(Reason(5), "SESSION_STATE");
}

TEST_F(OperationsTest, RollsBackWithoutATransaction) {
  Add().mutable_rollback();
  Serve();
  EXPECT_TRUE(Answer(2).has_done());
}

TEST_F(OperationsTest, BeginsWithTheIsolationAskedFor) {
  const std::pair<v1::Isolation, std::string> kCases[] = {
      {v1::ISOLATION_READ_UNCOMMITTED, "READ UNCOMMITTED"},
      {v1::ISOLATION_READ_COMMITTED, "READ COMMITTED"},
      {v1::ISOLATION_REPEATABLE_READ, "REPEATABLE READ"},
      {v1::ISOLATION_SERIALIZABLE, "SERIALIZABLE"}};
  for (const auto& [isolation, name] : kCases) {
    Add().mutable_begin()->set_isolation(isolation);
    Add().mutable_rollback();
  }
  Serve();
  for (const auto& [isolation, name] : kCases) {
    EXPECT_EQ(mariadb_.Count("SET TRANSACTION ISOLATION LEVEL " + name), 1);
  }
}

TEST_F(OperationsTest, LeavesTheIsolationAloneUnlessAsked) {
  Add().mutable_begin();
  Serve();
  EXPECT_THAT(mariadb_.statements(),
              Not(Contains(::testing::HasSubstr("ISOLATION"))));
}

TEST_F(OperationsTest, RefusesAnIsolationThatItDoesNotKnow) {
  Add().mutable_begin()->set_isolation(static_cast<v1::Isolation>(99));
  Serve();
  EXPECT_EQ(Reason(2), "INVALID_FIELD");
  EXPECT_EQ(FieldOf(Answer(2)), "begin.isolation");
}

TEST_F(OperationsTest, BeginsReadOnly) {
  Add().mutable_begin()->set_read_only(true);
  Serve();
  EXPECT_EQ(mariadb_.Count("START TRANSACTION READ ONLY"), 1);
}

TEST_F(OperationsTest, QuotesTheNamesOfSavepoints) {
  Add().mutable_begin();
  Add().mutable_savepoint()->set_name("a`b");
  v1::Savepoint* back = Add().mutable_savepoint();
  back->set_name("x");
  back->set_action(v1::Savepoint::ROLLBACK_TO);
  v1::Savepoint* release = Add().mutable_savepoint();
  release->set_name("x");
  release->set_action(v1::Savepoint::RELEASE);
  Serve();
  EXPECT_EQ(mariadb_.Count("SAVEPOINT `a``b`"), 1);
  EXPECT_EQ(mariadb_.Count("ROLLBACK TO SAVEPOINT `x`"), 1);
  EXPECT_EQ(mariadb_.Count("RELEASE SAVEPOINT `x`"), 1);
}

TEST_F(OperationsTest, CannotSetASavepointWithoutATransaction) {
  Add().mutable_savepoint()->set_name("x");
  Serve();
  EXPECT_EQ(Reason(2), "SESSION_STATE");
}

TEST_F(OperationsTest, RefusesASavepointWithoutANameOrWithTooLongAOne) {
  Add().mutable_begin();
  Add().mutable_savepoint();
  Add().mutable_savepoint()->set_name(std::string(65, 'x'));
  Serve();
  EXPECT_EQ(Reason(3), "INVALID_FIELD");
  EXPECT_EQ(FieldOf(Answer(4)), "savepoint.name");
}

TEST_F(OperationsTest, PingAsksMariaDb) {
  Add().mutable_ping();
  Serve();
  EXPECT_TRUE(Answer(2).has_done());
  EXPECT_EQ(mariadb_.pings(), 1);
}

}  // namespace
}  // namespace berth::session
