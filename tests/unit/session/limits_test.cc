#include "server/session/limits.h"

#include "gtest/gtest.h"
#include "server/base/error.h"

namespace berth::session {
namespace {

using runtime::TimePoint;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Step = Verdict::Step;

// A session that has held its connection since the time 0, in the seconds of
// the default options.
class LimitsTest : public ::testing::Test {
 protected:
  LimitsTest() {
    holding_.leased = true;
    holding_.too_old = At(12 * 3600);
  }
  static TimePoint At(int64_t second) { return TimePoint(seconds(second)); }
  Verdict JudgeAt(int64_t second) const {
    return Judge(holding_, options_, At(second));
  }
  void Promised(const Verdict& notice) {
    ASSERT_EQ(notice.step, Step::kNotice);
    holding_.promises[static_cast<size_t>(notice.ending)] =
        Promise(notice.limit, notice.at);
  }
  void InTransaction() {
    holding_.in_transaction = true;
    holding_.transaction_since = At(0);
  }

  Holding holding_;
  LimitOptions options_;
};

TEST_F(LimitsTest, NothingIsLimitedWithoutAConnection) {
  holding_.leased = false;
  const Verdict verdict = JudgeAt(1'000'000);
  EXPECT_EQ(verdict.step, Step::kWait);
  EXPECT_EQ(verdict.at, TimePoint::max());
}

TEST_F(LimitsTest, ACleanIdleConnectionIsOfferedAndAtLastGivenBack) {
  EXPECT_EQ(JudgeAt(0).step, Step::kWait);
  EXPECT_EQ(JudgeAt(0).at, At(5));
  EXPECT_EQ(JudgeAt(5).step, Step::kOffer);
  holding_.offered = true;
  EXPECT_EQ(JudgeAt(5).at, At(600));
  EXPECT_EQ(JudgeAt(600).step, Step::kGiveBack);
}

TEST_F(LimitsTest, AConnectionInUseIsNotOffered) {
  holding_.running = true;
  EXPECT_EQ(JudgeAt(100'000).step, Step::kWait);
}

TEST_F(LimitsTest, AnIdleConnectionWithStateEndsItsSessionAfterANotice) {
  holding_.has_state = true;
  EXPECT_EQ(JudgeAt(0).at, At(595));
  const Verdict notice = JudgeAt(595);
  EXPECT_EQ(notice.step, Step::kNotice);
  EXPECT_EQ(notice.ending, Ending::kLeaseIdle);
  EXPECT_EQ(notice.at, At(600));
  Promised(notice);
  EXPECT_EQ(JudgeAt(595).at, At(600));
  EXPECT_EQ(JudgeAt(600).step, Step::kEnd);
}

TEST_F(LimitsTest, ARequestAfterTheNoticeBeginsTheIdleTimeAnew) {
  holding_.has_state = true;
  Promised(JudgeAt(595));
  holding_.idle_since = At(597);
  EXPECT_EQ(JudgeAt(600).step, Step::kWait);
  EXPECT_EQ(JudgeAt(600).at, At(597 + 595));
  EXPECT_EQ(JudgeAt(597 + 595).step, Step::kNotice);
}

TEST_F(LimitsTest, AnIdleTransactionEnds) {
  InTransaction();
  EXPECT_EQ(JudgeAt(0).at, At(5));
  Promised(JudgeAt(5));
  EXPECT_EQ(JudgeAt(10).step, Step::kEnd);
  EXPECT_EQ(JudgeAt(10).ending, Ending::kTransactionIdle);
}

TEST_F(LimitsTest, ATransactionEndsWhateverRuns) {
  InTransaction();
  holding_.running = true;
  EXPECT_EQ(JudgeAt(0).at, At(55));
  Promised(JudgeAt(55));
  EXPECT_EQ(JudgeAt(60).step, Step::kEnd);
  EXPECT_EQ(JudgeAt(60).ending, Ending::kTransactionTime);
}

TEST_F(LimitsTest, TheNextTransactionHasItsOwnTime) {
  InTransaction();
  holding_.running = true;
  Promised(JudgeAt(55));
  holding_.transaction_since = At(58);
  EXPECT_EQ(JudgeAt(60).step, Step::kWait);
  EXPECT_EQ(JudgeAt(60).at, At(58 + 55));
}

TEST_F(LimitsTest, ALateNoticePostponesTheEnd) {
  InTransaction();
  const Verdict notice = JudgeAt(100);
  EXPECT_EQ(notice.step, Step::kNotice);
  EXPECT_EQ(notice.at, At(105));
  Promised(notice);
  EXPECT_EQ(JudgeAt(104).step, Step::kNotice);  // Of the other limit.
  Promised(JudgeAt(104));
  EXPECT_EQ(JudgeAt(104).step, Step::kWait);
  EXPECT_EQ(JudgeAt(105).step, Step::kEnd);
}

TEST_F(LimitsTest, TheNoticeComesAtMostHalfOfTheLimitBefore) {
  options_.transaction_idle = absl::Seconds(2);
  InTransaction();
  EXPECT_EQ(JudgeAt(0).at, At(1));
}

TEST_F(LimitsTest, AnOldConnectionWithStateEndsBetweenTransactions) {
  holding_.has_state = true;
  holding_.running = true;
  InTransaction();
  holding_.transaction_since = At(12 * 3600 - 10);
  Ending ending;
  EXPECT_FALSE(RefusesTransactions(holding_, &ending));
  Promised(JudgeAt(12 * 3600 - 5));
  EXPECT_TRUE(RefusesTransactions(holding_, &ending));
  EXPECT_EQ(ending, Ending::kLeaseAge);
  EXPECT_EQ(JudgeAt(12 * 3600).step, Step::kWait);
  holding_.in_transaction = false;
  EXPECT_EQ(JudgeAt(12 * 3600).step, Step::kWait);
  holding_.running = false;
  holding_.idle_since = At(12 * 3600);
  EXPECT_EQ(JudgeAt(12 * 3600).step, Step::kEnd);
  EXPECT_EQ(JudgeAt(12 * 3600).ending, Ending::kLeaseAge);
}

TEST_F(LimitsTest, AnOldConnectionWithoutStateIsGivenBack) {
  holding_.idle_since = At(12 * 3600 - 1);
  EXPECT_EQ(JudgeAt(12 * 3600).step, Step::kGiveBack);
}

TEST_F(LimitsTest, DrainingRefusesTransactionsAndEnds) {
  holding_.drain = At(9);
  holding_.promises[static_cast<size_t>(Ending::kDraining)] =
      Promise(At(9), At(9));
  holding_.running = true;
  Ending ending;
  EXPECT_TRUE(RefusesTransactions(holding_, &ending));
  EXPECT_EQ(ending, Ending::kDraining);
  EXPECT_EQ(JudgeAt(8).at, At(9));
  EXPECT_EQ(JudgeAt(9).step, Step::kEnd);
}

TEST(EndingTest, EachHasItsReasonAndCode) {
  const struct {
    Ending ending;
    const char* reason;
    absl::StatusCode code;
    const char* retry;
  } kCases[] = {
      {Ending::kTransactionIdle, "TX_IDLE_TIMEOUT", absl::StatusCode::kAborted,
       "TRANSACTION"},
      {Ending::kTransactionTime, "TX_MAX_TIME", absl::StatusCode::kAborted,
       "TRANSACTION"},
      {Ending::kLeaseIdle, "LEASE_IDLE", absl::StatusCode::kUnavailable,
       "LATER"},
      {Ending::kLeaseAge, "LEASE_AGE", absl::StatusCode::kUnavailable, "LATER"},
      {Ending::kDraining, "DRAINING", absl::StatusCode::kUnavailable, "LATER"},
  };
  for (const auto& expected : kCases) {
    const absl::Status status = ErrorOf(expected.ending);
    EXPECT_EQ(errors::ReasonOf(status), expected.reason);
    EXPECT_EQ(status.code(), expected.code);
    EXPECT_EQ(errors::MetadataOf(status, "outcome"), "NOT_DONE");
    EXPECT_EQ(errors::MetadataOf(status, "retry"), expected.retry);
  }
}

}  // namespace
}  // namespace berth::session
