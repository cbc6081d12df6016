#include "server/runtime/blocking_threads.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/unit/runtime/notification.h"

namespace berth::runtime {
namespace {

TEST(BlockingThreads, RunsAsManyAtOnceAsItMay) {
  constexpr int kThreads = 4;
  BlockingThreads threads(kThreads);
  // Passes only when all are within.
  Notification within(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.Run([&within] {
      within.Notify();
      within.Wait();
    });
  }
  threads.Stop();
}

TEST(BlockingThreads, RunsNeverMoreAtOnceThanItMay) {
  constexpr int kThreads = 3;
  constexpr int kFunctions = 2000;
  BlockingThreads threads(kThreads);
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  Notification done(kFunctions);
  for (int i = 0; i < kFunctions; ++i) {
    threads.Run([&] {
      const int now = ++inside;
      int seen = most;
      while (now > seen && !most.compare_exchange_weak(seen, now)) {
      }
      --inside;
      done.Notify();
    });
  }
  done.Wait();
  EXPECT_GE(most, 1);
  EXPECT_LE(most, kThreads);
}

TEST(BlockingThreads, RunsInTheOrderGiven) {
  std::vector<int> order;
  {
    BlockingThreads threads(1);
    for (int i = 0; i < 100; ++i) {
      threads.Run([&order, i] { order.push_back(i); });
    }
  }
  EXPECT_EQ(order.size(), 100u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(BlockingThreads, StopRunsWhatWaits) {
  BlockingThreads threads(2);
  Notification go;
  std::atomic<int> ran = 0;
  for (int i = 0; i < 2; ++i) {
    threads.Run([&go] { go.Wait(); });
  }
  for (int i = 0; i < 50; ++i) threads.Run([&ran] { ++ran; });
  EXPECT_EQ(ran, 0);
  go.Notify();
  threads.Stop();
  EXPECT_EQ(ran, 50);
}

TEST(BlockingThreads, RunAfterStopDoesNothing) {
  BlockingThreads threads(1);
  threads.Stop();
  bool ran = false;
  threads.Run([&ran] { ran = true; });
  threads.Stop();
  EXPECT_FALSE(ran);
}

TEST(BlockingThreads, MayBeCalledByItsOwnFunctions) {
  Notification done;
  BlockingThreads threads(1);
  threads.Run([&] { threads.Run([&] { done.Notify(); }); });
  done.Wait();
}

TEST(BlockingThreads, FreesAFunctionBeforeItWaitsForTheNext) {
  BlockingThreads threads(1);
  Notification freed;
  auto held = std::shared_ptr<int>(new int(1), [&freed](int* number) {
    delete number;
    freed.Notify();
  });
  threads.Run([held = std::move(held)] {});
  freed.Wait();
}

}  // namespace
}  // namespace berth::runtime
