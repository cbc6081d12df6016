#include "client/ctl/error_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "berth/client/mocks/mock_connection.h"

namespace berth::ctl {
namespace {

using client::mocks::MakeError;
using ::testing::HasSubstr;

TEST(ErrorTextTest, ExitCodes) {
  using absl::StatusCode;
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), 0);
  EXPECT_EQ(ExitCodeOf(MakeError(StatusCode::kAlreadyExists, "DUPLICATE_KEY",
                                 "NOT_DONE", "NEVER")),
            1);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("\"x\" is no int")), 2);
  EXPECT_EQ(
      ExitCodeOf(MakeError(StatusCode::kUnavailable, "SERVICE_UNREACHABLE",
                           "NOT_DONE", "STATEMENT")),
      3);
  EXPECT_EQ(ExitCodeOf(MakeError(StatusCode::kUnavailable, "NOT_SERVING",
                                 "NOT_DONE", "LATER")),
            4);
  EXPECT_EQ(ExitCodeOf(MakeError(StatusCode::kUnknown, "OUTCOME_UNKNOWN",
                                 "UNKNOWN", "NEVER")),
            5);
  EXPECT_EQ(ExitCodeOf(MakeError(StatusCode::kDeadlineExceeded, "DEADLINE",
                                 "UNKNOWN", "NEVER")),
            5);
}

TEST(ErrorTextTest, TellsReasonOutcomeRetryAndHint) {
  std::string text = ErrorText(MakeError(absl::StatusCode::kInvalidArgument,
                                         "UNKNOWN_TABLE", "NOT_DONE", "NEVER"),
                               Format::kTable);
  EXPECT_THAT(text, HasSubstr("berthctl: UNKNOWN_TABLE: "));
  EXPECT_THAT(text, HasSubstr("outcome  NOT_DONE (nothing was done)"));
  EXPECT_THAT(text, HasSubstr("retry    NEVER"));
  EXPECT_THAT(text, HasSubstr("hint     `berthctl schema list`"));
}

TEST(ErrorTextTest, IsJsonWhereTheOutputIs) {
  EXPECT_EQ(ErrorText(MakeError(absl::StatusCode::kAborted, "DEADLOCK",
                                "NOT_DONE", "TRANSACTION"),
                      Format::kJson),
            "{\"error\": {\"reason\": \"DEADLOCK\", \"message\": \"DEADLOCK\", "
            "\"code\": \"ABORTED\", \"outcome\": \"NOT_DONE\", "
            "\"retry\": \"TRANSACTION\"}}\n");
}

TEST(ErrorTextTest, MessageCannotSteerTheTerminal) {
  EXPECT_THAT(ErrorText(absl::InvalidArgumentError("\x1b[2J"), Format::kTable),
              HasSubstr("\\x1b[2J"));
}

}  // namespace
}  // namespace berth::ctl
