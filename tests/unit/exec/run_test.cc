// Running plans on scripted connections.
#include "server/exec/run.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/exec/result_encoder.h"
#include "tests/unit/exec/exec_test_base.h"

namespace berth::exec {
namespace {

using ::testing::ElementsAre;

class RunTest : public ExecTest {
 protected:
  RunTest() : encoder_(100, 1000) {
    plan_.table = "users";
    plan_.sql = "SELECT 1";
  }

  // Begins to run the plan; returns once it waits or is done.
  void Start() {
    ExecTest::Start(
        [this] { return berth::exec::Run(plan_, caller_, encoder_); });
  }
  absl::Status Run() {
    Start();
    return Finish();
  }

  plan::Plan plan_;
  UnaryEncoder encoder_;
};

TEST_F(RunTest, LeasesAConnectionWithTheDatabase) {
  EXPECT_TRUE(Run().ok());
  EXPECT_THAT(mariadb_.statements(), ElementsAre("USE shop", "SELECT 1"));
  EXPECT_TRUE(caller_.lease);
}

TEST_F(RunTest, NamesTheTableInAnError) {
  mariadb_.Fail("SELECT", 1054);
  const absl::Status status = Run();
  EXPECT_EQ(errors::ReasonOf(status), "UNKNOWN_COLUMN");
  EXPECT_EQ(errors::MetadataOf(status, "table"), "users");
}

TEST_F(RunTest, MarksTheConnectionOfAPlanThatMayDirtyIt) {
  plan_.may_dirty_session = true;
  EXPECT_TRUE(Run().ok());
  EXPECT_TRUE(caller_.lease->dirty());
}

TEST_F(RunTest, SendsNothingOnceTheCallIsOver) {
  cancellation_.Cancel();
  EXPECT_EQ(errors::ReasonOf(Run()), "CANCELLED");
  EXPECT_EQ(mariadb_.Count("SELECT 1"), 0);
}

TEST_F(RunTest, KillsTheStatementOfACancelledCall) {
  mariadb_.Hang("SELECT");
  Start();
  shard_.FinishBlocking();  // Connected,
  shard_.Call([] {});       // and sent.
  const uint64_t victim = caller_.lease->thread_id();
  Cancel();
  EXPECT_EQ(errors::ReasonOf(Finish()), "CANCELLED");
  EXPECT_EQ(mariadb_.Count(absl::StrCat("KILL QUERY ", victim)), 1);
  EXPECT_FALSE(caller_.lease->broken());
}

TEST_F(RunTest, CutsTheConnectionWhereMariaDbTakesNoKill) {
  mariadb_.Hang("SELECT");
  Start();
  shard_.FinishBlocking();
  shard_.Call([] {});
  mariadb_.Refuse(errors::Error(absl::StatusCode::kUnavailable, "GONE"));
  Cancel();
  EXPECT_FALSE(Finish().ok());
  EXPECT_TRUE(caller_.lease->broken());
}

TEST_F(RunTest, KillsNothingAfterTheStatementHasEnded) {
  EXPECT_TRUE(Run().ok());
  Cancel();
  shard_.FinishBlocking();
  EXPECT_THAT(mariadb_.statements(), ElementsAre("USE shop", "SELECT 1"));
}

TEST_F(RunTest, SendsALostReadAgainOnAnotherConnection) {
  mariadb_.Fail("SELECT", 2013);
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(mariadb_.connects(), 2);
  EXPECT_EQ(mariadb_.Count("SELECT 1"), 2);
}

TEST_F(RunTest, SendsALostReadAgainNoMoreThanOnce) {
  mariadb_.Fail("SELECT", 2013);
  mariadb_.Fail("SELECT", 2013);
  EXPECT_EQ(errors::ReasonOf(Run()), "CONNECTION_LOST");
  EXPECT_EQ(mariadb_.Count("SELECT 1"), 2);
}

class LostWriteTest : public RunTest,
                      public ::testing::WithParamInterface<plan::Effect> {};

TEST_P(LostWriteTest, IsNeverSentAgain) {
  plan_.verb = plan::Verb::kExecute;
  plan_.effect = GetParam();
  mariadb_.Fail("SELECT", 2013);
  const absl::Status status = Run();
  EXPECT_EQ(errors::ReasonOf(status), "OUTCOME_UNKNOWN");
  EXPECT_EQ(errors::MetadataOf(status, "outcome"), "UNKNOWN");
  EXPECT_EQ(mariadb_.Count("SELECT 1"), 1);
}

INSTANTIATE_TEST_SUITE_P(EveryEffect, LostWriteTest,
                         ::testing::Values(plan::Effect::kWrite,
                                           plan::Effect::kCommit,
                                           plan::Effect::kSeveral));

// A function that it calls may write.
TEST_F(RunTest, SendsALostStatementInSqlNotAgain) {
  plan_.verb = plan::Verb::kExecute;
  mariadb_.Fail("SELECT", 2013);
  EXPECT_EQ(errors::ReasonOf(Run()), "CONNECTION_LOST");
  EXPECT_EQ(mariadb_.Count("SELECT 1"), 1);
}

TEST_F(RunTest, SendsALostReadOfADirtySessionNotAgain) {
  plan_.may_dirty_session = true;
  mariadb_.Fail("SELECT", 2013);
  EXPECT_EQ(errors::ReasonOf(Run()), "CONNECTION_LOST");
  EXPECT_EQ(mariadb_.Count("SELECT 1"), 1);
}

TEST_F(RunTest, CreatesAMissingDatabaseOnItsFirstUse) {
  caller_.database = "fresh";
  mariadb_.Fail("USE fresh", 1049);
  EXPECT_TRUE(Run().ok());
  EXPECT_THAT(mariadb_.statements(),
              ElementsAre("USE fresh",
                          "CREATE DATABASE IF NOT EXISTS `fresh` CHARACTER SET "
                          "utf8mb4",
                          "USE fresh", "SELECT 1"));
}

}  // namespace
}  // namespace berth::exec
