#include "server/session/session.h"

#include <string>

#include "gmock/gmock.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "tests/unit/session/session_test_base.h"

namespace berth::session {
namespace {

using ::testing::ElementsAre;

TEST_F(SessionTest, EndsWithTheStream) {
  Serve();
  EXPECT_TRUE(status_.ok());
  EXPECT_TRUE(stream_.messages.empty());
}

TEST_F(SessionTest, OpensWithoutTakingAConnection) {
  AddOpen();
  Serve();
  EXPECT_TRUE(status_.ok());
  ASSERT_EQ(stream_.messages.size(), 1u);
  EXPECT_EQ(Answer(1).opened().database(), "shop");
  EXPECT_TRUE(Answer(1).state().autocommit());
  EXPECT_EQ(mariadb_.connects(), 0);
}

TEST_F(SessionTest, OpensTheDatabaseAskedFor) {
  Add().mutable_open()->set_database("blog");
  AddExecute("SELECT 1");
  Serve();
  EXPECT_EQ(Answer(1).opened().database(), "blog");
  EXPECT_EQ(mariadb_.Count("USE blog"), 1);
}

TEST_F(SessionTest, CannotOpenAnUnknownDatabase) {
  Add().mutable_open()->set_database("other");
  AddOpen();
  Serve();
  EXPECT_EQ(Reason(1), "UNKNOWN_DATABASE");
  EXPECT_TRUE(Answer(2).has_opened());
}

TEST_F(SessionTest, CannotOpenTwice) {
  AddOpen();
  AddOpen();
  AddExecute("SELECT 1");
  Serve();
  EXPECT_EQ(Reason(2), "SESSION_STATE");
  EXPECT_EQ(Answer(2).error().code(),
            static_cast<int>(absl::StatusCode::kFailedPrecondition));
  EXPECT_TRUE(Answer(3).has_result());
}

TEST_F(SessionTest, CannotRunAnythingBeforeItIsOpen) {
  AddExecute("SELECT 1");
  Add().mutable_begin();
  Add().mutable_ping();
  Add().mutable_end();
  AddOpen();
  Serve();
  for (uint32_t id = 1; id <= 4; ++id) EXPECT_EQ(Reason(id), "SESSION_STATE");
  EXPECT_TRUE(Answer(5).has_opened());
  EXPECT_TRUE(mariadb_.statements().empty());
}

TEST_F(SessionTest, OpensInFrontOfARequest) {
  AddExecute("SELECT 1").mutable_open_before()->set_database("blog");
  AddExecute("SELECT 2");
  Serve();
  ASSERT_EQ(stream_.messages.size(), 2u);
  EXPECT_TRUE(Answer(1).has_result());
  EXPECT_TRUE(Answer(2).has_result());
  EXPECT_EQ(mariadb_.Count("USE blog"), 1);
}

TEST_F(SessionTest, OpeningInFrontOfARequestEndsTheSessionBefore) {
  AddOpen();
  Add().mutable_begin();
  AddExecute("SELECT 2").mutable_open_before();
  Add().mutable_end();
  AddExecute("SELECT 3").mutable_open_before();
  Serve();
  EXPECT_TRUE(status_.ok());
  EXPECT_TRUE(Answer(2).state().in_transaction());
  EXPECT_FALSE(Answer(3).state().in_transaction());
  EXPECT_TRUE(Answer(3).has_result());
  EXPECT_TRUE(Answer(4).has_done());
  EXPECT_TRUE(Answer(5).has_result());
  EXPECT_EQ(mariadb_.Count("RESET"), 1);
}

TEST_F(SessionTest, DoesNothingWhereItCannotOpenInFrontOfARequest) {
  AddOpen();
  AddExecute("SELECT 1").mutable_open_before()->set_database("other");
  AddExecute("SELECT 2");
  v1::SessionRequest& wrong = AddExecute("SELECT 3");
  wrong.mutable_open_before()->mutable_wait()->set_seconds(-1);
  AddExecute("SELECT 4").mutable_open_before();
  Serve();
  EXPECT_EQ(Reason(2), "UNKNOWN_DATABASE");
  EXPECT_TRUE(Answer(2).not_open());
  EXPECT_EQ(Reason(3), "SESSION_STATE");
  EXPECT_TRUE(Answer(3).not_open());
  EXPECT_EQ(FieldOf(Answer(4)), "open_before.wait");
  EXPECT_TRUE(Answer(5).has_result());
  EXPECT_EQ(mariadb_.Count("SELECT 1") + mariadb_.Count("SELECT 2") +
                mariadb_.Count("SELECT 3"),
            0);
}

TEST_F(SessionTest, AnErrorWithinASessionDoesNotSayThatNoneIsOpen) {
  Add().mutable_commit();
  requests().back().mutable_open_before();
  Serve();
  EXPECT_EQ(Reason(1), "SESSION_STATE");
  EXPECT_FALSE(Answer(1).not_open());
}

TEST_F(SessionTest, OpensInFrontOfNothingThatEndsOrOpens) {
  Add().mutable_end();
  requests().back().mutable_open_before();
  AddOpen().mutable_open_before();
  Serve();
  EXPECT_EQ(FieldOf(Answer(1)), "open_before");
  EXPECT_EQ(FieldOf(Answer(2)), "open_before");
}

TEST_F(SessionTest, OpensAgainAfterItsEnd) {
  AddOpen();
  AddExecute("SELECT 1");
  Add().mutable_end();
  AddExecute("SELECT 2");
  Add().mutable_open()->set_database("blog");
  AddExecute("SELECT 3");
  Serve();
  EXPECT_TRUE(status_.ok());
  EXPECT_TRUE(Answer(3).has_done());
  EXPECT_EQ(Reason(4), "SESSION_STATE");
  EXPECT_EQ(Answer(5).opened().database(), "blog");
  EXPECT_TRUE(Answer(6).has_result());
  EXPECT_EQ(mariadb_.Count("SELECT 2"), 0);
}

TEST_F(SessionTest, GivesItsConnectionBackAtItsEnd) {
  AddOpen();
  Add().mutable_begin();
  Add().mutable_end();
  Serve();
  EXPECT_TRUE(Answer(2).state().in_transaction());
  EXPECT_FALSE(Answer(3).state().in_transaction());
  EXPECT_EQ(mariadb_.Count("RESET"), 1);
  EXPECT_EQ(mariadb_.open(), 1);
}

TEST_F(SessionTest, RollsBackWhenTheStreamEndsInATransaction) {
  AddOpen();
  Add().mutable_begin();
  Serve();
  EXPECT_EQ(mariadb_.Count("RESET"), 1);
}

TEST_F(SessionTest, TellsTheServersVersionOnceItIsKnown) {
  AddOpen();
  AddExecute("SELECT 1");
  Add().mutable_end();
  AddOpen();
  Serve();
  EXPECT_EQ(Answer(1).opened().server_version(), "");
  EXPECT_EQ(Answer(4).opened().server_version(), "10.11.6-MariaDB");
}

TEST_F(SessionTest, WantsIdsThatRise) {
  AddOpen().set_request_id(5);
  AddExecute("SELECT 1").set_request_id(5);
  AddExecute("SELECT 2").set_request_id(4);
  AddExecute("SELECT 3").set_request_id(100);
  Serve();
  ASSERT_EQ(stream_.messages.size(), 4u);
  EXPECT_TRUE(stream_.messages[0].has_opened());
  EXPECT_EQ(ReasonOf(stream_.messages[1]), "INVALID_FIELD");
  EXPECT_EQ(FieldOf(stream_.messages[1]), "request_id");
  EXPECT_EQ(stream_.messages[1].request_id(), 5u);
  EXPECT_EQ(ReasonOf(stream_.messages[2]), "INVALID_FIELD");
  EXPECT_TRUE(stream_.messages[3].has_result());
  EXPECT_EQ(mariadb_.Count("SELECT 1"), 0);
}

// A refused id must not become the one that the next is compared with.
TEST_F(SessionTest, DoesNotForgetTheHighestIdOverALowerOne) {
  AddOpen().set_request_id(10);
  AddExecute("SELECT 1").set_request_id(3);
  AddExecute("SELECT 2").set_request_id(7);
  Serve();
  EXPECT_EQ(ReasonOf(stream_.messages.at(2)), "INVALID_FIELD");
  EXPECT_EQ(mariadb_.Count("SELECT 2"), 0);
}

TEST_F(SessionTest, RefusesAnIdOfZero) {
  AddOpen().set_request_id(0);
  Serve();
  EXPECT_EQ(ReasonOf(stream_.messages.at(0)), "INVALID_FIELD");
}

TEST_F(SessionTest, GoesOnCountingIdsAfterItsEnd) {
  AddOpen();
  Add().mutable_end();
  AddOpen().set_request_id(1);
  Serve();
  EXPECT_EQ(ReasonOf(stream_.messages.at(2)), "INVALID_FIELD");
}

TEST_F(SessionTest, RefusesARequestThatSaysNothing) {
  AddOpen();
  Add();
  Serve();
  EXPECT_EQ(Reason(2), "INVALID_FIELD");
  EXPECT_EQ(FieldOf(Answer(2)), "request");
}

TEST_F(SessionTest, RefusesAWaitThatIsNotPositive) {
  Add().mutable_open()->mutable_wait();
  Add().mutable_open()->mutable_wait()->set_seconds(-1);
  Serve();
  EXPECT_EQ(Reason(1), "INVALID_FIELD");
  EXPECT_EQ(FieldOf(Answer(2)), "open.wait");
}

TEST_F(SessionTest, SkipsWhatIsChainedToAFailure) {
  mariadb_.Fail("BROKEN", 1064);
  AddOpen();
  AddExecute("BROKEN");
  AddExecute("SELECT 1").set_chained(true);
  AddExecute("SELECT 2").set_chained(true);
  AddExecute("SELECT 3");
  AddExecute("SELECT 4").set_chained(true);
  Serve();
  EXPECT_EQ(Reason(2), "SYNTAX");
  EXPECT_EQ(Reason(3), "CHAIN_SKIPPED");
  EXPECT_EQ(Reason(4), "CHAIN_SKIPPED");
  EXPECT_TRUE(Answer(5).has_result());
  EXPECT_TRUE(Answer(6).has_result());
  EXPECT_EQ(mariadb_.Count("SELECT 1") + mariadb_.Count("SELECT 2"), 0);
}

TEST_F(SessionTest, RunsWhatIsChainedToASuccess) {
  AddOpen();
  AddExecute("SELECT 1").set_chained(true);
  Serve();
  EXPECT_TRUE(Answer(2).has_result());
}

TEST_F(SessionTest, EndsTheStreamAtBytesThatAreNoRequest) {
  AddOpen();
  Serve();
  stream_.requests.push_back("\xFF\xFF not a message");
  AddOpen();
  const size_t before = stream_.messages.size();
  Serve();
  EXPECT_EQ(status_.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(errors::ReasonOf(status_), "INVALID_FIELD");
  EXPECT_EQ(stream_.messages.size(), before);
  EXPECT_EQ(stream_.taken(), 2u);
}

TEST_F(SessionTest, GivesItsConnectionBackAtBytesThatAreNoRequest) {
  AddOpen();
  Add().mutable_begin();
  for (v1::SessionRequest& request : requests()) {
    stream_.requests.push_back(request.SerializeAsString());
  }
  requests().clear();
  stream_.requests.push_back("\xFF");
  Serve();
  EXPECT_FALSE(status_.ok());
  EXPECT_EQ(mariadb_.Count("RESET"), 1);
}

TEST_F(SessionTest, AnswersInTheOrderOfRequests) {
  AddOpen();
  for (int i = 0; i < 20; ++i) AddExecute("SELECT 1");
  Serve();
  for (uint32_t i = 0; i < stream_.messages.size(); ++i) {
    EXPECT_EQ(stream_.messages[i].request_id(), i + 1);
  }
  EXPECT_EQ(stream_.messages.size(), 21u);
}

TEST_F(SessionTest, AnswersAReadWithItsRowsAndTheState) {
  mariadb_.Answer({7, 8});
  AddOpen();
  AddSelect();
  Serve();
  const auto answer = Answer(2);
  ASSERT_EQ(answer.result().rows().rows_size(), 2);
  EXPECT_EQ(answer.result().rows().rows(1).values(0).int_value(), 8);
  EXPECT_TRUE(answer.result().has_end());
  EXPECT_FALSE(answer.more());
  EXPECT_TRUE(answer.state().autocommit());
}

TEST_F(SessionTest, NamesTheFieldFromTheRequestOn) {
  AddOpen();
  Add().mutable_select()->set_table("");
  v1::SelectSpec* select = Add().mutable_select();
  select->set_table("numbers");
  select->add_columns("m");
  Serve();
  EXPECT_EQ(FieldOf(Answer(3)), "select.columns[0]");
}

TEST_F(SessionTest, GoesOnAfterAnErrorOfAStatement) {
  mariadb_.Fail("WRONG", 1062);
  AddOpen();
  Add().mutable_begin();
  AddExecute("WRONG");
  AddExecute("SELECT 1");
  Serve();
  EXPECT_TRUE(status_.ok());
  EXPECT_EQ(Reason(3), "DUPLICATE_KEY");
  EXPECT_TRUE(Answer(3).state().in_transaction());
  EXPECT_TRUE(Answer(4).has_result());
}

// MariaDB rolled back, but its flags do not say so before the next statement.
TEST_F(SessionTest, RollsBackAfterADeadlock) {
  mariadb_.Fail("UPDATE", 1213);
  AddOpen();
  Add().mutable_begin();
  AddExecute("UPDATE t SET a = 1");
  Add().mutable_commit();
  Serve();
  EXPECT_EQ(Reason(3), "DEADLOCK");
  EXPECT_FALSE(Answer(3).state().in_transaction());
  EXPECT_EQ(mariadb_.Count("ROLLBACK"), 1);
  EXPECT_EQ(Reason(4), "SESSION_STATE");
  EXPECT_EQ(mariadb_.Count("COMMIT"), 0);
}

TEST_F(SessionTest, EndsTheStreamWhenTheConnectionIsLost) {
  mariadb_.Fail("UPDATE", 2013);
  AddOpen();
  Add().mutable_begin();
  AddExecute("UPDATE t SET a = 1");
  AddExecute("SELECT 1");
  Serve();
  EXPECT_EQ(Reason(3), "TRANSACTION_LOST");
  EXPECT_EQ(errors::ReasonOf(status_), "TRANSACTION_LOST");
  EXPECT_EQ(mariadb_.Count("SELECT 1"), 0);
}

TEST_F(SessionTest, TellsThatALostCommitIsUnknown) {
  mariadb_.Fail("COMMIT", 2013);
  AddOpen();
  Add().mutable_begin();
  Add().mutable_commit();
  Serve();
  EXPECT_EQ(Reason(3), "OUTCOME_UNKNOWN");
  EXPECT_EQ(status_.code(), absl::StatusCode::kUnknown);
}

// The state that goes with the answer is the new connection's.
TEST_F(SessionTest, MovesALostReadToAnotherConnection) {
  mariadb_.Answer({1});
  mariadb_.Fail("SELECT", 2013);
  AddOpen();
  AddSelect();
  AddSelect();
  Serve();
  EXPECT_TRUE(status_.ok());
  EXPECT_EQ(Answer(2).result().rows().rows_size(), 1);
  EXPECT_TRUE(Answer(2).state().autocommit());
  EXPECT_FALSE(Answer(2).state().in_transaction());
  EXPECT_TRUE(Answer(3).has_result());
  EXPECT_EQ(mariadb_.connects(), 2);
}

TEST_F(SessionTest, MovesNoReadOutOfATransaction) {
  mariadb_.Answer({1});
  mariadb_.Fail("SELECT", 2013);
  AddOpen();
  Add().mutable_begin();
  AddSelect();
  Serve();
  EXPECT_EQ(Reason(3), "TRANSACTION_LOST");
  EXPECT_EQ(mariadb_.connects(), 1);
}

TEST_F(SessionTest, AnswersWithTheCauseWhenThereIsNoConnection) {
  mariadb_.Refuse(errors::Error(absl::StatusCode::kUnavailable,
                                errors::kDatabaseUnreachable)
                      .Message("no route"));
  AddOpen();
  AddExecute("SELECT 1");
  Add().mutable_ping();
  Serve();
  EXPECT_TRUE(status_.ok());
  EXPECT_EQ(Reason(2), "DATABASE_UNREACHABLE");
  EXPECT_EQ(Answer(2).error().message(), "no route");
  EXPECT_EQ(Reason(3), "DATABASE_UNREACHABLE");
}

TEST_F(SessionTest, EndsWhenTheClientIsGone) {
  mariadb_.Fail("WRONG", 1064);
  stream_.most_messages = 1;
  AddOpen();
  AddExecute("WRONG");
  AddExecute("SELECT 1");
  Serve();
  EXPECT_EQ(mariadb_.Count("SELECT 1"), 0);
}

TEST_F(SessionTest, UsesOneConnectionForAllItsStatements) {
  AddOpen();
  for (const char* sql : {"SET @a = 1", "SELECT @a"}) AddExecute(sql);
  Serve();
  EXPECT_EQ(mariadb_.connects(), 1);
  EXPECT_THAT(mariadb_.statements(),
              ElementsAre("USE shop", "SET @a = 1", "SELECT @a", "RESET"));
}

}  // namespace
}  // namespace berth::session
