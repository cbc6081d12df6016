#include "lua-client/src/notifier.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace berth::lua {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Clock = std::chrono::steady_clock;

// Whether `fd` becomes readable in time.
bool Readable(int fd, int milliseconds = 10'000) {
  pollfd wanted{.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&wanted, 1, milliseconds) == 1;
}

// What a loop does: waits for the descriptor, then takes.
std::vector<uint32_t> WaitAndTake(Notifier& notifier) {
  std::vector<uint32_t> keys;
  while (keys.empty() && Readable(notifier.fd())) keys = notifier.Take();
  return keys;
}

// The other end of a FIFO, as a loop has it.
class Fifo {
 public:
  explicit Fifo(Notifier& notifier)
      : fd_(open(notifier.MakeFifo().c_str(), O_RDWR | O_NONBLOCK)) {
    notifier.RemoveFifo();
  }
  ~Fifo() { close(fd_); }

  int fd() const { return fd_; }
  // How many bytes have come.
  int Drain() const {
    char bytes[64];
    return static_cast<int>(
        std::max<ssize_t>(read(fd_, bytes, sizeof(bytes)), 0));
  }

 private:
  const int fd_;
};

TEST(NotifierTest, IsReadableFromTheFirstKeyToTheNextTake) {
  auto notifier = Notifier::Make();
  EXPECT_FALSE(Readable(notifier->fd(), 0));
  notifier->Signal(7);
  notifier->Signal(8);
  EXPECT_TRUE(Readable(notifier->fd(), 0));
  EXPECT_THAT(notifier->Take(), ElementsAre(7, 8));
  EXPECT_FALSE(Readable(notifier->fd(), 0));
  EXPECT_THAT(notifier->Take(), IsEmpty());
}

TEST(NotifierTest, LosesNoSignalOfManyThreads) {
  constexpr uint32_t kThreads = 4, kSignals = 20'000;
  auto notifier = Notifier::Make();
  std::vector<std::thread> threads;
  for (uint32_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&notifier, thread] {
      for (uint32_t i = 0; i < kSignals; ++i) notifier->Signal(thread);
    });
  }
  std::vector<uint32_t> counts(kThreads);
  for (uint32_t taken = 0; taken < kThreads * kSignals;) {
    const std::vector<uint32_t> keys = WaitAndTake(*notifier);
    ASSERT_FALSE(keys.empty()) << "after " << taken;
    for (uint32_t key : keys) ++counts[key];
    taken += static_cast<uint32_t>(keys.size());
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(counts, ElementsAre(kSignals, kSignals, kSignals, kSignals));
}

TEST(NotifierTest, SignalsThroughTheLastFifo) {
  auto notifier = Notifier::Make();
  Fifo first(*notifier);
  notifier->Signal(1);
  EXPECT_EQ(first.Drain(), 1);
  // What nobody has taken is told again.
  Fifo second(*notifier);
  EXPECT_EQ(second.Drain(), 1);
  EXPECT_THAT(notifier->Take(), ElementsAre(1));
  notifier->Signal(2);
  EXPECT_EQ(first.Drain(), 0);
  EXPECT_EQ(second.Drain(), 1);
  EXPECT_FALSE(Readable(notifier->fd(), 0));
}

TEST(NotifierTest, RingsNoLaterThanTheTimerSays) {
  auto notifier = Notifier::Make();
  const auto start = Clock::now();
  notifier->SetTimer(1, 100);
  notifier->SetTimer(1, 0.02);
  EXPECT_THAT(WaitAndTake(*notifier), ElementsAre(1));
  EXPECT_GE(Clock::now() - start, std::chrono::milliseconds(20));
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(50));
}

TEST(NotifierTest, KeepsTheTimerThatRingsFirst) {
  auto notifier = Notifier::Make();
  notifier->SetTimer(1, 0.01);
  notifier->SetTimer(1, 100);
  EXPECT_THAT(WaitAndTake(*notifier), ElementsAre(1));
  // It has rung: from now on the next one counts.
  notifier->SetTimer(1, 0.01);
  EXPECT_THAT(WaitAndTake(*notifier), ElementsAre(1));
}

TEST(NotifierTest, MayGoWhileItsTimersAreSet) {
  for (int i = 0; i < 100; ++i) {
    auto notifier = Notifier::Make();
    for (uint32_t key = 0; key < 4; ++key) notifier->SetTimer(key, 0.001);
  }
  auto notifier = Notifier::Make();
  notifier->SetTimer(9, 0.01);  // after all of theirs
  EXPECT_THAT(WaitAndTake(*notifier), ElementsAre(9));
}

}  // namespace
}  // namespace berth::lua
