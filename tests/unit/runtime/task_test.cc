#include "server/runtime/task.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "server/runtime/async_event.h"

namespace berth::runtime {
namespace {

Task<int> Ready(int value) { co_return value; }

// Runs a task that never waits for anything outside.
template <typename T>
T RunToEnd(Task<T> task) {
  std::optional<T> result;
  Spawn([](Task<T> inner, std::optional<T>* out) -> Task<void> {
    out->emplace(co_await std::move(inner));
  }(std::move(task), &result));
  EXPECT_TRUE(result.has_value());
  return std::move(*result);
}

Task<int64_t> SumOfReady(int count) {
  int64_t sum = 0;
  for (int i = 0; i < count; ++i) sum += co_await Ready(1);
  co_return sum;
}

Task<int> Deep(int depth) {
  if (depth == 0) co_return 0;
  const int below = co_await Deep(depth - 1);
  co_return below + 1;
}

// Tells when its frame is gone.
class Sentinel {
 public:
  explicit Sentinel(int* gone) : gone_(gone) {}
  ~Sentinel() { ++*gone_; }
  Sentinel(const Sentinel&) = delete;
  Sentinel& operator=(const Sentinel&) = delete;

 private:
  int* gone_;
};

TEST(Task, StartsOnlyWhenItIsAwaited) {
  bool started = false;
  const auto start = [&started]() -> Task<void> {
    started = true;
    co_return;
  };
  {
    Task<void> task = start();
    EXPECT_FALSE(started);
  }
  EXPECT_FALSE(started);
  Spawn(start());
  EXPECT_TRUE(started);
}

// Needs tail calls for symmetric transfer; see CMAKE_CXX_FLAGS_DEBUG.
TEST(Task, AwaitsAMillionReadyTasksInALoop) {
  EXPECT_EQ(RunToEnd(SumOfReady(1'000'000)), 1'000'000);
}

TEST(Task, AwaitsAHundredThousandDeep) {
  EXPECT_EQ(RunToEnd(Deep(100'000)), 100'000);
}

Task<std::unique_ptr<int>> MakeInt() { co_return std::make_unique<int>(7); }

TEST(Task, MovesItsValue) { EXPECT_EQ(*RunToEnd(MakeInt()), 7); }

TEST(Task, ReturnsWhatConvertsToItsType) {
  const auto text = []() -> Task<std::string> { co_return "text"; };
  EXPECT_EQ(RunToEnd(text()), "text");
}

TEST(Task, IsMovedWithoutRunning) {
  Task<int> first = Ready(1);
  Task<int> second = Ready(2);
  first = std::move(second);
  EXPECT_EQ(RunToEnd(std::move(first)), 2);
}

TEST(Task, RunsItsPartsInTheOrderOfAwaiting) {
  std::vector<int> order;
  const auto step = [&order](int i) -> Task<void> {
    order.push_back(i);
    co_return;
  };
  Spawn([](auto fn) -> Task<void> {
    for (int i = 0; i < 5; ++i) co_await fn(i);
  }(step));
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(Task, DestroysTheFrameOfATaskThatWasNeverAwaited) {
  int gone = 0;
  {
    Task<void> task = [](std::unique_ptr<Sentinel>) -> Task<void> {
      co_return;
    }(std::make_unique<Sentinel>(&gone));
    EXPECT_EQ(gone, 0);
  }
  EXPECT_EQ(gone, 1);
}

Task<void> WaitHolding(AsyncEvent* event, int* gone, bool* over) {
  Sentinel sentinel(gone);
  co_await *event;
  *over = true;
}

TEST(Spawn, LetsADetachedTaskRunOnUntilItsEnd) {
  AsyncEvent event;
  int gone = 0;
  bool over = false;
  Spawn(WaitHolding(&event, &gone, &over));
  EXPECT_FALSE(over);
  EXPECT_EQ(gone, 0);
  event.Signal();
  EXPECT_TRUE(over);
  EXPECT_EQ(gone, 1);
}

TEST(Task, DestroysWhatItAwaitsTogetherWithItself) {
  AsyncEvent event;
  int gone = 0;
  bool over = false;
  {
    Task<void> outer = [](AsyncEvent* e, int* g, bool* o) -> Task<void> {
      co_await WaitHolding(e, g, o);
    }(&event, &gone, &over);
    outer.await_suspend(std::noop_coroutine()).resume();
    EXPECT_EQ(gone, 0);
  }
  EXPECT_EQ(gone, 1);
  EXPECT_FALSE(over);
}

}  // namespace
}  // namespace berth::runtime
