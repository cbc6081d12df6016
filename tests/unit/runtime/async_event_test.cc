#include "server/runtime/async_event.h"

#include "gtest/gtest.h"
#include "server/runtime/task.h"

namespace berth::runtime {
namespace {

Task<void> Count(AsyncEvent* event, int times, int* passed) {
  for (int i = 0; i < times; ++i) {
    co_await *event;
    ++*passed;
  }
}

TEST(AsyncEvent, ResumesItsWaiterNow) {
  AsyncEvent event;
  int passed = 0;
  Spawn(Count(&event, 2, &passed));
  EXPECT_EQ(passed, 0);
  event.Signal();
  EXPECT_EQ(passed, 1);
  event.Signal();
  EXPECT_EQ(passed, 2);
}

TEST(AsyncEvent, KeepsASignalForTheNextWait) {
  AsyncEvent event;
  int passed = 0;
  event.Signal();
  Spawn(Count(&event, 2, &passed));
  EXPECT_EQ(passed, 1);
  event.Signal();
  EXPECT_EQ(passed, 2);
}

TEST(AsyncEvent, KeepsNoMoreThanOneSignal) {
  AsyncEvent event;
  int passed = 0;
  event.Signal();
  event.Signal();
  Spawn(Count(&event, 2, &passed));
  EXPECT_EQ(passed, 1);
  event.Signal();
  EXPECT_EQ(passed, 2);
}

}  // namespace
}  // namespace berth::runtime
