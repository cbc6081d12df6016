#include "server/auth/refusal_log.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/manual_clock.h"

namespace berth::auth {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class RefusalLogTest : public ::testing::Test {
 protected:
  ManualClock clock_;
  std::vector<std::string> lines_;
  RefusalLog log_{
      &clock_, [this](absl::string_view line) { lines_.emplace_back(line); }};
};

TEST_F(RefusalLogTest, NamesUserPeerAndCause) {
  log_.Add("alice", "ipv4:127.0.0.1:1", "wrong credentials");
  EXPECT_THAT(lines_,
              ElementsAre("refused user \"alice\" from ipv4:127.0.0.1:1: wrong "
                          "credentials"));
}

TEST_F(RefusalLogTest, WritesOneLineWhateverTheNameHolds) {
  log_.Add("a\n\"b\x1B[2J\xFF", "ipv4:127.0.0.1:1", "wrong");
  log_.Add(std::string(5000, 'x'), "ipv4:127.0.0.1:1", "wrong");
  ASSERT_THAT(lines_, SizeIs(2));
  EXPECT_THAT(lines_[0], HasSubstr("user \"a\\n\\\"b\\x1b[2J\\xff\" from"));
  EXPECT_LT(lines_[1].size(), 200);
}

TEST_F(RefusalLogTest, WritesTenLinesASecondAndCountsTheRest) {
  for (int i = 0; i < 25; ++i) log_.Add("alice", "peer", "wrong");
  EXPECT_THAT(lines_, SizeIs(10));
  clock_.Advance(absl::Seconds(1));
  log_.Add("bob", "peer", "wrong");
  log_.Add("bob", "peer", "wrong");
  ASSERT_THAT(lines_, SizeIs(12));
  EXPECT_THAT(lines_[10], EndsWith(": wrong (15 more were not logged)"));
  EXPECT_THAT(lines_[11], Not(HasSubstr("more")));
}

}  // namespace
}  // namespace berth::auth
