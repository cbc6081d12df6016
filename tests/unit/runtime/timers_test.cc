#include "server/runtime/timers.h"

#include <chrono>
#include <optional>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The time is given, so no test waits.
TimePoint At(int millis) {
  return TimePoint(std::chrono::milliseconds(1000 + millis));
}

class TimersTest : public ::testing::Test {
 protected:
  Timers::Id Add(int millis, int name) {
    return timers_.Add(At(millis), [this, name] { rang_.push_back(name); });
  }

  Timers timers_;
  std::vector<int> rang_;
};

TEST_F(TimersTest, RunsNothingWhenNothingIsDue) {
  EXPECT_FALSE(timers_.RunDue(At(0)));
  Add(10, 1);
  EXPECT_FALSE(timers_.RunDue(At(9)));
  EXPECT_THAT(rang_, IsEmpty());
}

TEST_F(TimersTest, RunsWhatIsDueInTheOrderOfTime) {
  Add(30, 3);
  Add(10, 1);
  Add(20, 2);
  Add(40, 4);
  EXPECT_TRUE(timers_.RunDue(At(30)));
  EXPECT_THAT(rang_, ElementsAre(1, 2, 3));
}

TEST_F(TimersTest, RunsEqualTimesInTheOrderOfAdding) {
  for (int i = 0; i < 4; ++i) Add(10, i);
  timers_.RunDue(At(10));
  EXPECT_THAT(rang_, ElementsAre(0, 1, 2, 3));
}

TEST_F(TimersTest, RunsEachOnce) {
  Add(10, 1);
  timers_.RunDue(At(10));
  EXPECT_FALSE(timers_.RunDue(At(100)));
  EXPECT_THAT(rang_, ElementsAre(1));
}

TEST_F(TimersTest, ForgetsACancelledOne) {
  Add(10, 1);
  const Timers::Id id = Add(10, 2);
  Add(10, 3);
  timers_.Cancel(id);
  timers_.RunDue(At(10));
  EXPECT_THAT(rang_, ElementsAre(1, 3));
}

TEST_F(TimersTest, TellsWhenTheNextIsDue) {
  EXPECT_EQ(timers_.Next(), std::nullopt);
  Add(20, 2);
  const Timers::Id first = Add(10, 1);
  EXPECT_EQ(timers_.Next(), At(10));
  timers_.Cancel(first);
  EXPECT_EQ(timers_.Next(), At(20));
}

TEST_F(TimersTest, LetsAFunctionAddAndCancelOthers) {
  Timers::Id doomed = Add(15, 3);
  timers_.Add(At(10), [this, doomed] {
    timers_.Cancel(doomed);
    Add(12, 1);
    Add(99, 2);
  });
  timers_.RunDue(At(50));
  EXPECT_THAT(rang_, ElementsAre(1));
  EXPECT_EQ(timers_.Next(), At(99));
}

}  // namespace
}  // namespace berth::runtime
