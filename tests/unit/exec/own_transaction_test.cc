// CALL and compound statements in a transaction of their own, on scripted
// connections.
#include "server/exec/own_transaction.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/exec/result_encoder.h"
#include "server/exec/run.h"
#include "tests/unit/exec/exec_test_base.h"

namespace berth::exec {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

constexpr char kBegin[] =
    "BEGIN NOT ATOMIC START TRANSACTION; SAVEPOINT berth_own; END";
constexpr char kFindBegin[] = "ROLLBACK TO SAVEPOINT berth_own";
constexpr char kBody[] = "ROUTINE_DEFINITION";

class OwnTransactionTest : public ExecTest {
 protected:
  OwnTransactionTest() : encoder_(100, 1000) {
    plan_.verb = plan::Verb::kExecute;
    plan_.effect = plan::Effect::kSeveral;
    plan_.sql = "CALL p()";
  }

  absl::Status Run() {
    return Await([this] { return Work(); });
  }
  int RollbackCount() { return mariadb_.Count("ROLLBACK"); }

  plan::Plan plan_;
  UnaryEncoder encoder_;

 private:
  runtime::Task<absl::Status> Work() {
    absl::Status status = co_await EnsureLease(caller_);
    if (!status.ok()) co_return status;
    co_return co_await RunInOwnTransaction(plan_, caller_, encoder_,
                                           /*prepared=*/nullptr);
  }
};

std::string OutcomeOf(const absl::Status& status) {
  return errors::MetadataOf(status, "outcome");
}

TEST_F(OwnTransactionTest, CommitsWhatSucceeded) {
  EXPECT_TRUE(Run().ok());
  EXPECT_THAT(mariadb_.statements(),
              ElementsAre("USE shop", kBegin, "CALL p()", "COMMIT"));
}

TEST_F(OwnTransactionTest, CommitsNothingWhereTheStatementHas) {
  mariadb_.EndTransaction("CALL");
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(mariadb_.Count("COMMIT"), 0);
}

TEST_F(OwnTransactionTest, WhatFailedIsUndone) {
  mariadb_.Fail("CALL", 1062);
  const absl::Status status = Run();
  EXPECT_EQ(errors::ReasonOf(status), "DUPLICATE_KEY");
  EXPECT_EQ(OutcomeOf(status), "NOT_DONE");
  EXPECT_THAT(mariadb_.statements(), ElementsAre("USE shop", kBegin, "CALL p()",
                                                 kFindBegin, "ROLLBACK"));
}

TEST_F(OwnTransactionTest, IsInDoubtWhereTheSavepointIsGone) {
  mariadb_.Fail("CALL", 1062);
  mariadb_.Fail(kFindBegin, 1305);
  const absl::Status status = Run();
  EXPECT_EQ(errors::ReasonOf(status), "DUPLICATE_KEY");
  EXPECT_EQ(OutcomeOf(status), "UNKNOWN");
  EXPECT_EQ(errors::MetadataOf(status, "retry"), "NEVER");
  EXPECT_EQ(RollbackCount(), 1);
  // A commit ends the savepoint; whether it did is not written in the text.
  EXPECT_THAT(mariadb_.statements(),
              Not(Contains(::testing::HasSubstr(kBody))));
}

TEST_F(OwnTransactionTest, IsNotDoneAfterADeadlockWhereTheTextCannotCommit) {
  mariadb_.Answer({1});  // The text of the procedure.
  mariadb_.Fail("CALL", 1213);
  const absl::Status status = Run();
  EXPECT_EQ(errors::ReasonOf(status), "DEADLOCK");
  EXPECT_EQ(OutcomeOf(status), "NOT_DONE");
  EXPECT_EQ(errors::MetadataOf(status, "retry"), "TRANSACTION");
  EXPECT_EQ(RollbackCount(), 1);
}

TEST_F(OwnTransactionTest, IsInDoubtAfterADeadlockWhereTheTextCannotBeRead) {
  mariadb_.Fail("CALL", 1213);
  EXPECT_EQ(OutcomeOf(Run()), "UNKNOWN");
}

TEST_F(OwnTransactionTest, IsInDoubtAfterADeadlockWhereItCannotBeAsked) {
  mariadb_.Answer({1});
  mariadb_.Fail("CALL", 1213);
  mariadb_.Fail(kBody, 1142);
  EXPECT_EQ(OutcomeOf(Run()), "UNKNOWN");
}

TEST_F(OwnTransactionTest, ACompoundStatementIsReadItself) {
  for (const auto& [sql, outcome] :
       {std::pair("BEGIN NOT ATOMIC UPDATE t SET v = 1; END", "NOT_DONE"),
        std::pair("BEGIN NOT ATOMIC COMMIT; UPDATE t SET v = 1; END",
                  "UNKNOWN")}) {
    plan_.sql = sql;
    mariadb_.Fail("UPDATE t", 1213);
    EXPECT_EQ(OutcomeOf(Run()), outcome) << sql;
  }
}

TEST_F(OwnTransactionTest, GivesItsConnectionUpWhereRollbackFails) {
  mariadb_.Fail("CALL", 1062);
  mariadb_.Fail("ROLLBACK TO", 1305);
  mariadb_.Fail("ROLLBACK", 1105);
  EXPECT_EQ(OutcomeOf(Run()), "UNKNOWN");
  EXPECT_TRUE(caller_.lease->broken());
}

TEST_F(OwnTransactionTest, BeginsOnAnotherConnectionWhereOneIsLost) {
  mariadb_.Fail("BEGIN", 2013);
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(mariadb_.connects(), 2);
  EXPECT_EQ(mariadb_.Count("CALL p()"), 1);
}

TEST_F(OwnTransactionTest, IsUnknownWhereItsConnectionIsLost) {
  for (const char* part : {"CALL", "COMMIT"}) {
    shard_.Call([this] { caller_.lease = pool::Lease(); });
    mariadb_.Fail(part, 2013);
    const absl::Status status = Run();
    EXPECT_EQ(errors::ReasonOf(status), "OUTCOME_UNKNOWN") << part;
    EXPECT_EQ(OutcomeOf(status), "UNKNOWN") << part;
  }
}

TEST_F(OwnTransactionTest, RunsWithoutWhereTheStatementSetsTheIsolation) {
  mariadb_.Fail("CALL", 1568);
  EXPECT_TRUE(Run().ok());
  EXPECT_THAT(mariadb_.statements(),
              ElementsAre("USE shop", kBegin, "CALL p()", kFindBegin,
                          "ROLLBACK", "CALL p()"));
  mariadb_.Fail("CALL", 1568);
  mariadb_.Fail("CALL", 1062);
  EXPECT_EQ(OutcomeOf(Run()), "UNKNOWN");
}

}  // namespace
}  // namespace berth::exec
