// Programs on scripted connections: the statements that they become, what ends
// them, and when they are run again.
#include "server/program/run.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/program/check.h"
#include "tests/unit/exec/exec_test_base.h"

namespace berth::program {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class RunTest : public exec::ExecTest {
 protected:
  RunTest() : ExecTest(/*create_databases=*/false) {
    catalog::Column n;
    n.name = "n";
    n.type = v1::COLUMN_TYPE_INT;
    registry_.Put("shop", std::make_shared<catalog::Table>(
                              "t", std::vector<catalog::Column>{n},
                              std::vector<std::string>()));
    pacing_.now = [this] { return clock_.Now(); };
    pacing_.random = [this] { return random_; };
    pacing_.sleep = [this](absl::Duration duration, runtime::Cancellation*) {
      return Sleep(duration);
    };
  }

  // Begins to run the program; returns once it waits or is done.
  void Start(const std::string& program) {
    v1::TransactionRequest& request = request_;
    ASSERT_TRUE(
        google::protobuf::TextFormat::ParseFromString(program, &request));
    auto checked = Check(request, environment_.unary_rows);
    ASSERT_TRUE(checked.ok()) << checked.status();
    program_ = std::move(*checked);
    ExecTest::Start([this] {
      return berth::program::Run(program_, caller_, pacing_, &bytes_);
    });
  }
  absl::Status Finish() {
    status_ = ExecTest::Finish();
    EXPECT_TRUE(response_.ParseFromString(bytes_));
    return status_;
  }
  absl::Status Run(const std::string& program) {
    Start(program);
    return Finish();
  }
  // What was sent after the database was chosen.
  std::vector<std::string> Sent() {
    std::vector<std::string> sent;
    for (const std::string& statement : mariadb_.statements()) {
      if (statement != "USE shop") sent.push_back(statement);
    }
    return sent;
  }
  std::string Metadata(const char* key) {
    return errors::MetadataOf(status_, key);
  }

  Pacing pacing_;
  double random_ = 1;
  std::vector<absl::Duration> pauses_;
  v1::TransactionResponse response_;

 private:
  runtime::Task<void> Sleep(absl::Duration duration) {
    pauses_.push_back(duration);
    clock_.Advance(duration);
    co_return;
  }

  v1::TransactionRequest request_;
  Program program_;
  std::string bytes_;
  absl::Status status_;
};

// Two statements.
constexpr char kTwo[] =
    "steps { id: 'a' statement { sql: 'INSERT INTO t VALUES (1)' } }"
    "steps { id: 'b' statement { sql: 'INSERT INTO t VALUES (2)' } }";

std::string Then(const std::string& step) {
  return absl::StrCat(
      "steps { id: 'a' statement { sql: 'SELECT 1' } } steps { ", step,
      " statement { sql: 'SELECT 2' } }");
}

TEST_F(RunTest, SendsNothingButTheStepsBetweenBeginAndCommit) {
  EXPECT_TRUE(Run(kTwo).ok());
  EXPECT_THAT(Sent(),
              ElementsAre("START TRANSACTION", "INSERT INTO t VALUES (1)",
                          "INSERT INTO t VALUES (2)", "COMMIT"));
  EXPECT_EQ(response_.info().attempts(), 1u);
  ASSERT_THAT(response_.results(), SizeIs(2));
  EXPECT_EQ(response_.results(0).id(), "a");
  EXPECT_TRUE(response_.results(0).results().results(0).end().has_write());
  EXPECT_FALSE(caller_.lease->dirty());
}

TEST_F(RunTest, BeginsAsTheOptionsSay) {
  EXPECT_TRUE(Run("transaction { isolation: ISOLATION_SERIALIZABLE read_only: "
                  "true lock_wait { nanos: 1200000000 } } "
                  "steps { select { table: 't' } }")
                  .ok());
  EXPECT_THAT(Sent(),
              ElementsAre("SET innodb_lock_wait_timeout=2",
                          "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
                          "START TRANSACTION READ ONLY", HasSubstr("SELECT"),
                          "COMMIT"));
  EXPECT_TRUE(caller_.lease->dirty());
}

TEST_F(RunTest, WaitsForLocksNoLongerThanTheDeadlineAllows) {
  caller_.deadline = clock_.Now() + absl::Milliseconds(2500);
  // Connecting takes real time, which the deadline is long behind of.
  caller_.deadline = std::max(caller_.deadline, absl::Now() + absl::Hours(1));
  pacing_.now = [this] { return caller_.deadline - absl::Milliseconds(2500); };
  EXPECT_TRUE(
      Run(absl::StrCat("transaction { lock_wait { seconds: 60 } } ", kTwo))
          .ok());
  EXPECT_EQ(Sent().front(), "SET innodb_lock_wait_timeout=3");
}

TEST_F(RunTest, SkipsAStepWhoseConditionDoesNotHold) {
  EXPECT_TRUE(Run(Then("condition { failed: 'a' }")).ok());
  EXPECT_THAT(Sent(), ElementsAre("START TRANSACTION", "SELECT 1", "COMMIT"));
  EXPECT_TRUE(response_.results(1).has_skipped());
}

struct ConditionCase {
  ConditionCase(std::string condition, bool holds)
      : condition(std::move(condition)), holds(holds) {}
  std::string condition;
  bool holds;
};

class ConditionTest : public RunTest,
                      public ::testing::WithParamInterface<ConditionCase> {};

// Step `a` succeeds with the rows 5 and 6, `s` is skipped, `f` fails.
TEST_P(ConditionTest, DecidesWhetherAStepRuns) {
  mariadb_.Answer({5, 6});
  mariadb_.Fail("SELECT 9", 1062);
  EXPECT_TRUE(
      Run(absl::StrCat(
              "steps { id: 'a' statement { sql: 'SELECT 1' } }"
              "steps { id: 's' condition { failed: 'a' } select {} }"
              "steps { id: 'f' on_error: ON_ERROR_CONTINUE statement { sql: "
              "'SELECT 9' } }"
              "steps { condition { ",
              GetParam().condition, " } statement { sql: 'SELECT 2' } }"))
          .ok());
  EXPECT_EQ(mariadb_.Count("SELECT 2"), GetParam().holds ? 1 : 0);
}

std::string CompareCell(const char* row, const char* column, const char* op,
                        int right) {
  return absl::StrCat("compare { left { step: 'a' cell { row: ", row,
                      " column: '", column, "' } } operator: ", op,
                      " right { int_value: ", right, " } }");
}

INSTANTIATE_TEST_SUITE_P(
    Conditions, ConditionTest,
    ::testing::Values(
        ConditionCase("ok: 'a'", true), ConditionCase("ok: 's'", false),
        ConditionCase("ok: 'f'", false), ConditionCase("failed: 'a'", false),
        ConditionCase("failed: 's'", false), ConditionCase("failed: 'f'", true),
        ConditionCase("not { ok: 's' }", true),
        ConditionCase("all { conditions { ok: 'a' } conditions { ok: 's' } }",
                      false),
        ConditionCase(
            "all { conditions { ok: 'a' } conditions { failed: 'f' } }", true),
        ConditionCase("any { conditions { ok: 's' } conditions { ok: 'a' } }",
                      true),
        ConditionCase("any { conditions { ok: 's' } conditions { ok: 'f' } }",
                      false),
        ConditionCase(CompareCell("1", "n", "OPERATOR_UNSPECIFIED", 6), true),
        ConditionCase(CompareCell("1", "n", "LESS", 6), false),
        // Without a value nothing holds.
        ConditionCase(CompareCell("2", "n", "NOT_EQUAL", 6), false),
        ConditionCase(CompareCell("0", "m", "NOT_EQUAL", 6), false),
        ConditionCase("compare { left { step: 'f' row_count {} } right { "
                      "int_value: 0 } }",
                      false),
        ConditionCase("compare { left { step: 'a' row_count {} } operator: "
                      "GREATER_OR_EQUAL right { ref { step: 'a' affected_rows "
                      "{} } } }",
                      true)));

TEST_F(RunTest, RollsBackWhenAnAssertionDoesNotHold) {
  mariadb_.Answer({5});
  const absl::Status status = Run(absl::StrCat(
      kTwo,
      "steps { id: 'c' statement { sql: 'SELECT 3' } on_error: "
      "ON_ERROR_CONTINUE assertions { left { row_count {} } right { int_value: "
      "1 } } assertions { left { cell { column: 'n' } } operator: GREATER "
      "right { decimal: '5.0' } } }"));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(errors::ReasonOf(status), "ASSERTION");
  EXPECT_EQ(Metadata("step"), "2");
  EXPECT_EQ(Metadata("step_id"), "c");
  EXPECT_EQ(Metadata("outcome"), "NOT_DONE");
  EXPECT_THAT(status.message(), HasSubstr("steps[2].assertions[1]"));
  EXPECT_EQ(Sent().back(), "ROLLBACK");
}

TEST_F(RunTest, RollsBackWhenAReferenceHasNoValue) {
  const absl::Status status = Run(
      "steps { id: 'a' select { table: 't' } }"
      "steps { on_error: ON_ERROR_CONTINUE insert { table: 't' columns: 'n' "
      "rows { values { ref { step: 'a' cell { row: 4 column: 'n' } } } } } }");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(errors::ReasonOf(status), "REF_UNRESOLVED");
  EXPECT_EQ(Metadata("step"), "1");
  google::rpc::BadRequest bad;
  bad.ParseFromString(std::string(
      *status.GetPayload("type.googleapis.com/google.rpc.BadRequest")));
  EXPECT_EQ(bad.field_violations(0).field(),
            "steps[1].insert.rows[0].values[0]");
  EXPECT_EQ(Sent().back(), "ROLLBACK");
}

TEST_F(RunTest, NamesTheStepThatFailed) {
  mariadb_.Fail("VALUES (2)", 1062);
  const absl::Status status = Run(kTwo);
  EXPECT_EQ(errors::ReasonOf(status), "DUPLICATE_KEY");
  EXPECT_EQ(Metadata("step"), "1");
  EXPECT_EQ(Metadata("step_id"), "b");
  EXPECT_EQ(Metadata("attempts"), "1");
  EXPECT_THAT(Sent(),
              ElementsAre("START TRANSACTION", "INSERT INTO t VALUES (1)",
                          "INSERT INTO t VALUES (2)", "ROLLBACK"));
}

TEST_F(RunTest, GoesOnAfterAFailureWhereTheStepSaysSo) {
  mariadb_.Fail("SELECT 1", 1062);
  EXPECT_TRUE(Run("steps { id: 'a' on_error: ON_ERROR_CONTINUE statement { "
                  "sql: 'SELECT 1' } } steps { statement { sql: 'SELECT 2' } }")
                  .ok());
  // One question more tells whether the transaction has survived.
  EXPECT_THAT(Sent(), ElementsAre("START TRANSACTION", "SELECT 1", "DO 0",
                                  "SELECT 2", "COMMIT"));
  const google::rpc::Status& error = response_.results(0).error();
  EXPECT_EQ(error.code(), static_cast<int>(absl::StatusCode::kAlreadyExists));
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(error.details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "DUPLICATE_KEY");
  EXPECT_EQ(info.metadata().at("step"), "0");
}

TEST_F(RunTest, GoesNotOnWhenTheTransactionWasEnded) {
  mariadb_.Fail("SELECT 1", 1205);
  mariadb_.EndTransaction("DO 0");
  EXPECT_TRUE(Run("steps { on_error: ON_ERROR_CONTINUE statement { sql: "
                  "'SELECT 1' } }")
                  .ok());
  EXPECT_EQ(response_.info().attempts(), 2u);
}

TEST_F(RunTest, UndoesACallAsAWhole) {
  mariadb_.Fail("CALL", 1062);
  EXPECT_TRUE(Run("steps { on_error: ON_ERROR_CONTINUE statement { sql: "
                  "'CALL p()' } } steps { statement { sql: 'CALL p()' } }")
                  .ok());
  EXPECT_THAT(
      Sent(),
      ElementsAre("START TRANSACTION", "SAVEPOINT berth_step", "CALL p()",
                  "ROLLBACK TO SAVEPOINT berth_step", "SAVEPOINT berth_step",
                  "CALL p()", "RELEASE SAVEPOINT berth_step", "COMMIT"));
}

TEST_F(RunTest, NoticesAStatementThatEndedTheTransaction) {
  mariadb_.EndTransaction("EXECUTE IMMEDIATE");
  const absl::Status status = Run(
      absl::StrCat(kTwo, "steps { statement { sql: 'EXECUTE IMMEDIATE x' } }",
                   "steps { statement { sql: 'SELECT 4' } }"));
  EXPECT_EQ(errors::ReasonOf(status), "OUTCOME_UNKNOWN");
  EXPECT_EQ(Metadata("outcome"), "UNKNOWN");
  EXPECT_EQ(Metadata("step"), "2");
  EXPECT_EQ(mariadb_.Count("SELECT 4"), 0);
  EXPECT_EQ(mariadb_.Count("COMMIT"), 0);
}

// The savepoint is gone, though a transaction is open.
class CommittingCallTest : public RunTest,
                           public ::testing::WithParamInterface<unsigned> {};

TEST_P(CommittingCallTest, IsNoticed) {
  if (GetParam() != 0) mariadb_.Fail("CALL", GetParam());
  mariadb_.Fail(GetParam() != 0 ? "ROLLBACK TO" : "RELEASE", 1305);
  const absl::Status status = Run(
      "steps { on_error: ON_ERROR_CONTINUE statement { sql: 'CALL p()' } }");
  EXPECT_EQ(errors::ReasonOf(status), "OUTCOME_UNKNOWN");
  EXPECT_EQ(Metadata("outcome"), "UNKNOWN");
  EXPECT_EQ(Sent().back(), "ROLLBACK");
}

INSTANTIATE_TEST_SUITE_P(InTheEnd, CommittingCallTest,
                         ::testing::Values(0u, 1062u));

class ConflictTest : public RunTest,
                     public ::testing::WithParamInterface<unsigned> {};

TEST_P(ConflictTest, RunsTheProgramAgain) {
  mariadb_.Fail("VALUES (2)", GetParam());
  EXPECT_TRUE(Run(kTwo).ok());
  EXPECT_THAT(Sent(),
              ElementsAre("START TRANSACTION", "INSERT INTO t VALUES (1)",
                          "INSERT INTO t VALUES (2)", "ROLLBACK",
                          "START TRANSACTION", "INSERT INTO t VALUES (1)",
                          "INSERT INTO t VALUES (2)", "COMMIT"));
  EXPECT_EQ(response_.info().attempts(), 2u);
  EXPECT_THAT(response_.results(), SizeIs(2));
  EXPECT_EQ(mariadb_.connects(), 1);
}

TEST_P(ConflictTest, RunsItAgainWhereCommitFails) {
  mariadb_.Fail("COMMIT", GetParam());
  EXPECT_TRUE(Run(kTwo).ok());
  EXPECT_EQ(mariadb_.Count("COMMIT"), 2);
  EXPECT_EQ(mariadb_.Count("ROLLBACK"), 1);
}

INSTANTIATE_TEST_SUITE_P(EveryConflict, ConflictTest,
                         ::testing::Values(1020u, 1205u, 1213u));

TEST_F(RunTest, DeadlocksAreNotForTheProgramToGoOnFrom) {
  mariadb_.Fail("SELECT 1", 1213);
  EXPECT_TRUE(Run("steps { on_error: ON_ERROR_CONTINUE statement { sql: "
                  "'SELECT 1' } }")
                  .ok());
  EXPECT_EQ(response_.info().attempts(), 2u);
  EXPECT_TRUE(response_.results(0).has_results());
}

TEST_F(RunTest, GivesUpAfterTheLastAttempt) {
  for (int i = 0; i < 3; ++i) mariadb_.Fail("VALUES (2)", 1213);
  const absl::Status status = Run(absl::StrCat("max_attempts: 3 ", kTwo));
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(errors::ReasonOf(status), "DEADLOCK");
  EXPECT_EQ(Metadata("outcome"), "NOT_DONE");
  EXPECT_EQ(Metadata("retry"), "TRANSACTION");
  EXPECT_EQ(Metadata("attempts"), "3");
  EXPECT_EQ(Metadata("step"), "1");
  EXPECT_EQ(mariadb_.Count("ROLLBACK"), 3);
  EXPECT_EQ(mariadb_.Count("COMMIT"), 0);
}

TEST_F(RunTest, PausesLongerEachTimeUpToAQuarterOfASecond) {
  for (int i = 0; i < 9; ++i) mariadb_.Fail("VALUES (2)", 1213);
  EXPECT_TRUE(Run(kTwo).ok());
  EXPECT_EQ(response_.info().attempts(), 10u);
  EXPECT_THAT(pauses_,
              ElementsAre(absl::Milliseconds(4), absl::Milliseconds(8),
                          absl::Milliseconds(16), absl::Milliseconds(32),
                          absl::Milliseconds(64), absl::Milliseconds(128),
                          absl::Milliseconds(250), absl::Milliseconds(250),
                          absl::Milliseconds(250)));
}

TEST_F(RunTest, PausesHalfAsLongByChance) {
  random_ = 0;
  mariadb_.Fail("VALUES (2)", 1213);
  EXPECT_TRUE(Run(kTwo).ok());
  EXPECT_THAT(pauses_, ElementsAre(absl::Milliseconds(2)));
}

TEST_F(RunTest, RunsNotAgainPastTheDeadline) {
  caller_.deadline = absl::Now() + absl::Hours(1);
  pacing_.now = [this] { return caller_.deadline - absl::Milliseconds(4); };
  mariadb_.Fail("VALUES (2)", 1213);
  EXPECT_EQ(errors::ReasonOf(Run(kTwo)), "DEADLOCK");
  EXPECT_EQ(Metadata("attempts"), "1");
  EXPECT_TRUE(pauses_.empty());
}

class OtherErrorTest : public RunTest,
                       public ::testing::WithParamInterface<unsigned> {};

TEST_P(OtherErrorTest, IsNoReasonToRunAgain) {
  mariadb_.Fail("VALUES (2)", GetParam());
  EXPECT_FALSE(Run(kTwo).ok());
  EXPECT_EQ(Metadata("attempts"), "1");
  EXPECT_EQ(Metadata("outcome"), "NOT_DONE");
  EXPECT_EQ(mariadb_.Count("START TRANSACTION"), 1);
}

// Killed by somebody, read-only, not part of its cluster, a wrong value.
INSTANTIATE_TEST_SUITE_P(Errors, OtherErrorTest,
                         ::testing::Values(1317u, 1290u, 1047u, 1366u));

class LostConnectionTest : public RunTest,
                           public ::testing::WithParamInterface<const char*> {};

TEST_P(LostConnectionTest, BeforeCommitRunsTheProgramOnAnotherOne) {
  mariadb_.Fail(GetParam(), 2013);
  EXPECT_TRUE(Run(absl::StrCat("transaction { isolation: "
                               "ISOLATION_READ_COMMITTED lock_wait {} } ",
                               kTwo))
                  .ok());
  EXPECT_EQ(mariadb_.connects(), 2);
  EXPECT_EQ(mariadb_.Count("COMMIT"), 1);
}

INSTANTIATE_TEST_SUITE_P(EveryStatement, LostConnectionTest,
                         ::testing::Values("SET innodb", "SET TRANSACTION",
                                           "START TRANSACTION", "VALUES (1)",
                                           "VALUES (2)"));

TEST_F(RunTest, LosesADeadConnectionWithoutAnAttempt) {
  mariadb_.Fail("START TRANSACTION", 2006);
  EXPECT_TRUE(Run(absl::StrCat("max_attempts: 1 ", kTwo)).ok());
  EXPECT_EQ(response_.info().attempts(), 1u);
}

TEST_F(RunTest, TellsOfALostTransactionThatMayNotRunAgain) {
  mariadb_.Fail("VALUES (2)", 2013);
  const absl::Status status = Run(absl::StrCat("max_attempts: 1 ", kTwo));
  EXPECT_EQ(errors::ReasonOf(status), "TRANSACTION_LOST");
  EXPECT_EQ(Metadata("outcome"), "NOT_DONE");
  EXPECT_EQ(Metadata("retry"), "TRANSACTION");
  EXPECT_EQ(mariadb_.Count("ROLLBACK"), 0);
}

TEST_F(RunTest, NobodyKnowsWhatBecameOfALostCommit) {
  mariadb_.Fail("COMMIT", 2013);
  const absl::Status status = Run(kTwo);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnknown);
  EXPECT_EQ(errors::ReasonOf(status), "OUTCOME_UNKNOWN");
  EXPECT_EQ(Metadata("outcome"), "UNKNOWN");
  EXPECT_EQ(mariadb_.Count("START TRANSACTION"), 1);
}

TEST_F(RunTest, ALostCommitOfReadsHasLostNothing) {
  mariadb_.Fail("COMMIT", 2013);
  EXPECT_TRUE(Run("steps { select { table: 't' } }").ok());
  EXPECT_EQ(response_.info().attempts(), 2u);
}

TEST_F(RunTest, ClosesAConnectionThatCannotRollBack) {
  mariadb_.Fail("VALUES (2)", 1062);
  mariadb_.Fail("ROLLBACK", 1105);
  EXPECT_EQ(errors::ReasonOf(Run(kTwo)), "DUPLICATE_KEY");
  EXPECT_TRUE(caller_.lease->broken());
}

TEST_F(RunTest, LosingTheRollbackLosesNothing) {
  mariadb_.Fail("VALUES (2)", 1213);
  mariadb_.Fail("ROLLBACK", 2013);
  EXPECT_TRUE(Run(kTwo).ok());
  EXPECT_EQ(mariadb_.connects(), 2);
}

TEST_F(RunTest, KillsTheStepOfACancelledCallAndRollsBack) {
  mariadb_.Hang("VALUES (2)");
  Start(kTwo);
  shard_.FinishBlocking();  // Connected,
  shard_.Call([] {});       // and sent.
  const uint64_t victim = caller_.lease->thread_id();
  Cancel();
  EXPECT_EQ(errors::ReasonOf(Finish()), "CANCELLED");
  EXPECT_EQ(mariadb_.Count(absl::StrCat("KILL QUERY ", victim)), 1);
  EXPECT_EQ(Sent().back(), "ROLLBACK");
  EXPECT_EQ(mariadb_.Count("START TRANSACTION"), 1);
}

TEST_F(RunTest, ACommitInFlightIsAwaited) {
  mariadb_.Hang("COMMIT");
  Start(kTwo);
  shard_.FinishBlocking();
  shard_.Call([] {});
  const uint64_t id = caller_.lease->thread_id();
  Cancel();
  shard_.FinishBlocking();
  EXPECT_EQ(mariadb_.Count(absl::StrCat("KILL QUERY ", id)), 0);
  // Nothing but an administrator ends it here.
  EXPECT_TRUE(killer_.KillBlocking(id));
  EXPECT_EQ(errors::ReasonOf(Finish()), "CANCELLED");
}

TEST_F(RunTest, SendsNothingOnceTheCallIsOver) {
  cancellation_.Cancel();
  EXPECT_EQ(errors::ReasonOf(Run(kTwo)), "CANCELLED");
  EXPECT_THAT(Sent(), SizeIs(0));
}

// All results together keep the cap; what was cut off cannot be referred to.
TEST_F(RunTest, CutsResultsAtTheCapOfAllTogether) {
  environment_.unary_bytes = 100;
  mariadb_.Answer({1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_TRUE(Run("steps { id: 'a' statement { sql: 'SELECT 1' } }"
                  "steps { id: 'b' statement { sql: 'SELECT 2' } }"
                  "steps { id: 'c' statement { sql: 'SELECT 3' } condition { "
                  "compare { left { step: 'b' cell { row: 7 column: 'n' } } "
                  "operator: GREATER right { int_value: 0 } } } }")
                  .ok());
  const v1::ResultChunk& first = response_.results(0).results().results(0);
  EXPECT_EQ(first.end().row_count(), 8u);
  EXPECT_FALSE(first.end().truncated());
  const v1::ResultChunk& second = response_.results(1).results().results(0);
  EXPECT_TRUE(second.end().truncated());
  EXPECT_LT(second.rows().rows_size(), 8);
  EXPECT_EQ(second.end().row_count(),
            static_cast<uint64_t>(second.rows().rows_size()));
  EXPECT_TRUE(response_.results(2).has_skipped());
}

TEST_F(RunTest, CutsResultsAtTheCapOfRows) {
  environment_.unary_rows = 3;
  mariadb_.Answer({1, 2, 3, 4});
  EXPECT_TRUE(Run("steps { select { table: 't' } } "
                  "steps { select { table: 't' max_rows: 4 } } "
                  "steps { select { table: 't' max_rows: 2 } }")
                  .ok());
  for (const int most : {3, 3, 2}) {
    const auto& result = response_.results(0).results().results(0);
    EXPECT_EQ(result.rows().rows_size(), most);
    EXPECT_TRUE(result.end().truncated());
    response_.mutable_results()->DeleteSubrange(0, 1);
  }
}

TEST(Pacing, IsRandom) {
  const Pacing pacing;
  std::vector<double> numbers(100);
  for (double& number : numbers) number = pacing.random();
  EXPECT_THAT(numbers,
              Each(::testing::AllOf(::testing::Ge(0.0), ::testing::Lt(1.0))));
  EXPECT_NE(numbers.front(), numbers.back());
}

}  // namespace
}  // namespace berth::program
