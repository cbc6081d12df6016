#include "server/runtime/shard.h"

#include <time.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "server/runtime/async_event.h"
#include "server/runtime/sleep_or_cancel.h"
#include "tests/unit/runtime/notification.h"
#include "tests/unit/runtime/test_shard.h"

namespace berth::runtime {
namespace {

using std::chrono::steady_clock;

int64_t ProcessCpuNanos() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return used.tv_sec * 1'000'000'000LL + used.tv_nsec;
}

TEST(Shard, RunsWhatIsPostedOnItsThread) {
  TestShard shard;
  const auto here = std::this_thread::get_id();
  std::thread::id first;
  std::thread::id second;
  Shard* current = nullptr;
  shard.Call([&] {
    first = std::this_thread::get_id();
    current = &Shard::Current();
  });
  shard.Call([&] { second = std::this_thread::get_id(); });
  EXPECT_NE(first, here);
  EXPECT_EQ(first, second);
  EXPECT_EQ(current, &*shard);
}

TEST(Shard, RunsWhatIsPostedInOrder) {
  TestShard shard;
  std::vector<int> order;
  for (int i = 0; i < 1000; ++i) {
    shard->Post([&order, i] { order.push_back(i); });
  }
  shard.Call([] {});
  ASSERT_EQ(order.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(order[i], i);
}

TEST(Shard, RunsWhatAPostedFunctionPosts) {
  TestShard shard;
  Notification done;
  shard->Post([&] { shard->Post([&] { done.Notify(); }); });
  done.Wait();
}

// A shard that missed a wake-up would sleep on, and this test with it.
TEST(Shard, LosesNoPostOfManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kPosts = 25'000;
  TestShard shard;
  Notification done(kThreads * kPosts);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kPosts; ++i) {
        shard->Post([&done] { done.Notify(); });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  done.Wait();
}

// Each post finds the shard asleep or on its way there.
TEST(Shard, WakesForEachPostOfSeveralPatientThreads) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 2'000;
  TestShard shard;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&shard] {
      for (int i = 0; i < kRounds; ++i) shard.Call([] {});
    });
  }
  for (auto& thread : threads) thread.join();
}

// Alarms of posts meet a queue that other events wake as well.
TEST(Shard, LosesNoPostWhileTimersEndItsSleeps) {
  TestShard shard;
  std::atomic<bool> stop = false;
  Notification stopped;
  std::function<void()> again = [&] {
    if (stop) return stopped.Notify();
    shard->timers().Add(steady_clock::now() + std::chrono::microseconds(20),
                        again);
  };
  shard->Post(again);
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&shard] {
      for (int i = 0; i < 2'000; ++i) shard.Call([] {});
    });
  }
  for (auto& thread : threads) thread.join();
  stop = true;
  stopped.Wait();
}

TEST(Shard, RunsATimerWhenItsTimeHasCome) {
  TestShard shard;
  steady_clock::time_point woke;
  const auto when = steady_clock::now() + std::chrono::milliseconds(20);
  shard.Await([&]() -> Task<void> {
    co_await SleepUntil(when);
    woke = steady_clock::now();
  });
  EXPECT_GE(woke, when);
}

TEST(Shard, RunsATimerWhoseTimeIsOver) {
  TestShard shard;
  shard.Await([]() -> Task<void> {
    co_await SleepUntil(steady_clock::now() - std::chrono::seconds(1));
  });
}

TEST(Shard, StopEndsItsSleep) {
  for (int i = 0; i < 100; ++i) TestShard shard;
}

TEST(Shard, UsesNoCpuWhileNothingHappens) {
  TestShard shard;
  shard.Call([] {});
  const int64_t before = ProcessCpuNanos();
  const int64_t shard_before = shard.CpuNanos();
  absl::SleepFor(absl::Milliseconds(200));
  // gRPC's own threads look around now and then.
  EXPECT_LT(ProcessCpuNanos() - before, 10'000'000);
  EXPECT_LT(shard.CpuNanos() - shard_before, 2'000'000);
}

TEST(Shard, UsesNoCpuWhileATimerIsFarAway) {
  TestShard shard;
  shard.Call([&] {
    shard->timers().Add(steady_clock::now() + std::chrono::hours(1), [] {});
  });
  const int64_t before = shard.CpuNanos();
  absl::SleepFor(absl::Milliseconds(200));
  EXPECT_LT(shard.CpuNanos() - before, 2'000'000);
}

TEST(OnBlockingThread, RunsElsewhereAndReturnsOnTheShard) {
  TestShard shard;
  std::thread::id before;
  std::thread::id blocking;
  std::thread::id after;
  std::string result;
  shard.Await([&]() -> Task<void> {
    before = std::this_thread::get_id();
    OnBlockingThread work([&blocking] {
      blocking = std::this_thread::get_id();
      return std::string("done");
    });
    result = co_await work;
    after = std::this_thread::get_id();
  });
  EXPECT_EQ(result, "done");
  EXPECT_NE(before, blocking);
  EXPECT_EQ(before, after);
}

TEST(OnBlockingThread, ReturnsManyTimes) {
  TestShard shard;
  int64_t sum = 0;
  shard.Await([&]() -> Task<void> {
    for (int i = 0; i < 2'000; ++i) {
      OnBlockingThread work([i] { return i; });
      sum += co_await work;
    }
  });
  EXPECT_EQ(sum, 1'999'000);
}

TEST(OnBlockingThread, LeavesTheShardFreeMeanwhile) {
  TestShard shard;
  Notification go;
  Notification done;
  shard->Post([&] {
    Spawn([](Notification* g, Notification* d) -> Task<void> {
      OnBlockingThread work([g] {
        g->Wait();
        return 1;
      });
      co_await work;
      d->Notify();
    }(&go, &done));
  });
  shard.Call([] {});  // Returns although the thread still blocks.
  EXPECT_FALSE(done.HasBeenNotified());
  go.Notify();
  done.Wait();
}

TEST(SleepOrCancel, EndsEarlyWhenTheCallDoes) {
  TestShard shard;
  Cancellation cancellation;
  Notification done;
  const auto start = steady_clock::now();
  shard->Post([&] {
    Spawn([](Cancellation* c, Notification* d) -> Task<void> {
      co_await SleepOrCancel(std::chrono::hours(1), c);
      d->Notify();
    }(&cancellation, &done));
  });
  shard.Call([&] { cancellation.Cancel(); });
  done.Wait();
  EXPECT_LT(steady_clock::now() - start, std::chrono::minutes(1));
  shard.Call([&] { EXPECT_FALSE(shard->timers().Next().has_value()); });
}

TEST(SleepOrCancel, EndsWhenTheTimeIsOver) {
  TestShard shard;
  Cancellation cancellation;
  shard.Await([&]() -> Task<void> {
    co_await SleepOrCancel(std::chrono::milliseconds(1), &cancellation);
  });
  shard.Call([&] { cancellation.Cancel(); });
}

TEST(SleepOrCancel, SleepsNotAtAllOnceCancelled) {
  TestShard shard;
  Cancellation cancellation;
  cancellation.Cancel();
  shard.Await([&]() -> Task<void> {
    co_await SleepOrCancel(std::chrono::hours(1), &cancellation);
  });
}

}  // namespace
}  // namespace berth::runtime
