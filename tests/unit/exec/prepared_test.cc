// Statements by handle, on scripted connections.
#include "server/exec/prepared.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/exec/result_encoder.h"
#include "tests/unit/exec/exec_test_base.h"
#include "tests/unit/value_literals.h"

namespace berth::exec {
namespace {

using ::testing::ElementsAre;

class PreparedTest : public ExecTest {
 protected:
  PreparedTest() : encoder_(100, 1000) {}
  ~PreparedTest() override {
    shard_.Call([this] { prepared_.statement.reset(); });
  }

  absl::Status Prepare(const std::string& sql) {
    prepare_.set_sql(sql);
    return Await(
        [this] { return berth::exec::Prepare(caller_, prepare_, &prepared_); });
  }
  absl::Status Execute() {
    return Await([this] {
      return ExecutePrepared(caller_, prepared_, statement_, encoder_);
    });
  }
  absl::Status Open() {
    return Await([this] { return OpenCursor(caller_, prepared_, statement_); });
  }

  v1::Prepare prepare_;
  v1::Statement statement_;
  Prepared prepared_;
  UnaryEncoder encoder_;
};

TEST_F(PreparedTest, LeasesAConnectionAndPrepares) {
  EXPECT_TRUE(Prepare("SELECT ?").ok());
  EXPECT_THAT(mariadb_.statements(),
              ElementsAre("USE shop", "PREPARE SELECT ?"));
  EXPECT_EQ(prepared_.statement->parameter_count(), 1u);
}

TEST_F(PreparedTest, RefusesAnEmptyText) {
  EXPECT_EQ(errors::ReasonOf(Prepare("  ")), "INVALID_FIELD");
  EXPECT_EQ(mariadb_.connects(), 0);
}

TEST_F(PreparedTest, TellsWhyItCannotBePrepared) {
  mariadb_.Fail("PREPARE", 1064);
  EXPECT_EQ(errors::ReasonOf(Prepare("SELEC ?")), "SYNTAX");
  EXPECT_EQ(prepared_.statement, nullptr);
}

TEST_F(PreparedTest, PreparingIsKilledForACallerThatLeaves) {
  mariadb_.Hang("PREPARE");
  prepare_.set_sql("SELECT 1");
  Start([this] { return berth::exec::Prepare(caller_, prepare_, &prepared_); });
  shard_.FinishBlocking();  // Connected,
  shard_.Call([] {});       // and sent.
  Cancel();
  EXPECT_FALSE(Finish().ok());
  EXPECT_EQ(mariadb_.Count("KILL QUERY 1"), 1);
}

TEST_F(PreparedTest, RunsAgainAndAgain) {
  ASSERT_TRUE(Prepare("SELECT ?").ok());
  for (int i = 0; i < 3; ++i) {
    *statement_.add_parameters() = literals::Int(i);
    EXPECT_TRUE(Execute().ok());
    statement_.clear_parameters();
  }
  EXPECT_EQ(mariadb_.Count("SELECT ?"), 3);
  EXPECT_EQ(mariadb_.Count("PREPARE SELECT ?"), 1);
}

TEST_F(PreparedTest, NamesAParameterThatHasNoKind) {
  ASSERT_TRUE(Prepare("SELECT ?").ok());
  statement_.add_parameters();
  const absl::Status status = Execute();
  EXPECT_EQ(errors::ReasonOf(status), "INVALID_FIELD");
  EXPECT_THAT(std::string(status.message()),
              ::testing::HasSubstr("parameters[0]"));
  EXPECT_EQ(mariadb_.Count("SELECT ?"), 0);
}

TEST_F(PreparedTest, ACallHasATransactionOfItsOwn) {
  ASSERT_TRUE(Prepare("CALL p()").ok());
  EXPECT_TRUE(Execute().ok());
  EXPECT_EQ(mariadb_.Count("CALL p()"), 1);
  EXPECT_EQ(mariadb_.statements().back(), "COMMIT");
}

TEST_F(PreparedTest, ALostReadIsNotSentAgain) {
  ASSERT_TRUE(Prepare("SELECT 1").ok());
  caller_.pinned = true;
  mariadb_.Fail("SELECT 1", 2013);
  EXPECT_EQ(errors::ReasonOf(Execute()), "CONNECTION_LOST");
  EXPECT_EQ(mariadb_.Count("SELECT 1"), 1);
}

TEST_F(PreparedTest, OpensACursorForASelectOnly) {
  ASSERT_TRUE(Prepare("SELECT 1").ok());
  EXPECT_TRUE(Open().ok());
  EXPECT_TRUE(prepared_.statement->has_cursor());
  EXPECT_FALSE(caller_.lease->dirty());
  ASSERT_TRUE(Prepare("UPDATE t SET v = 1").ok());
  EXPECT_EQ(errors::ReasonOf(Open()), "INVALID_FIELD");
  EXPECT_EQ(mariadb_.Count("CURSOR UPDATE t SET v = 1"), 0);
}

TEST_F(PreparedTest, ACursorThatMayDirtyMarksTheConnection) {
  ASSERT_TRUE(Prepare("SELECT @a := 1").ok());
  EXPECT_TRUE(Open().ok());
  EXPECT_TRUE(caller_.lease->dirty());
}

}  // namespace
}  // namespace berth::exec
