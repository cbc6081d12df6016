#include "server/runtime/blocking_threads.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

#include "absl/synchronization/barrier.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

TEST(BlockingThreads, RunsAsManyAtOnceAsItMay) {
  constexpr int kThreads = 4;
  BlockingThreads threads(kThreads);
  // Passes only when all are within.
  auto* barrier = new absl::Barrier(kThreads + 1);
  for (int i = 0; i < kThreads; ++i) {
    threads.Run([barrier] {
      if (barrier->Block()) delete barrier;
    });
  }
  if (barrier->Block()) delete barrier;
}

TEST(BlockingThreads, RunsNeverMoreAtOnceThanItMay) {
  constexpr int kThreads = 3;
  constexpr int kFunctions = 2000;
  BlockingThreads threads(kThreads);
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  absl::BlockingCounter done(kFunctions);
  for (int i = 0; i < kFunctions; ++i) {
    threads.Run([&] {
      const int now = ++inside;
      int seen = most;
      while (now > seen && !most.compare_exchange_weak(seen, now)) {
      }
      --inside;
      done.DecrementCount();
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
  absl::Notification go;
  std::atomic<int> ran = 0;
  for (int i = 0; i < 2; ++i) {
    threads.Run([&go] { go.WaitForNotification(); });
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
  absl::Notification done;
  BlockingThreads threads(1);
  threads.Run([&] { threads.Run([&] { done.Notify(); }); });
  done.WaitForNotification();
}

TEST(BlockingThreads, FreesAFunctionBeforeItWaitsForTheNext) {
  BlockingThreads threads(1);
  absl::Mutex mutex;
  bool freed = false;
  auto held = std::shared_ptr<int>(new int(1), [&](int* p) {
    delete p;
    absl::MutexLock lock(&mutex);
    freed = true;
  });
  threads.Run([held = std::move(held)] {});
  absl::MutexLock lock(&mutex, absl::Condition(&freed));
}

}  // namespace
}  // namespace berth::runtime
