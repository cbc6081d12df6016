#include "berth/client/error.h"

#include <gtest/gtest.h>

namespace berth::client {
namespace {

TEST(ErrorTest, SuccessIsDone) {
  EXPECT_EQ(OutcomeOf(absl::OkStatus()), Outcome::kDone);
  EXPECT_EQ(ReasonOf(absl::OkStatus()), "");
}

TEST(ErrorTest, ForeignErrorSaysNothing) {
  absl::Status status = absl::InternalError("from elsewhere");
  EXPECT_EQ(ReasonOf(status), "");
  EXPECT_EQ(OutcomeOf(status), Outcome::kUnknown);
  EXPECT_FALSE(IsRetryable(status));
  EXPECT_TRUE(FieldsOf(status).empty());
}

}  // namespace
}  // namespace berth::client
