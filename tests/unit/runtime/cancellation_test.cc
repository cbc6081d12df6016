#include "server/runtime/cancellation.h"

#include <optional>

#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

TEST(Cancellation, IsNotCancelledAtFirst) {
  Cancellation cancellation;
  EXPECT_FALSE(cancellation.cancelled());
  cancellation.Cancel();
  EXPECT_TRUE(cancellation.cancelled());
}

TEST(Cancellation, TellsItsListenerOnce) {
  Cancellation cancellation;
  int told = 0;
  Cancellation::Listener listener(&cancellation, [&told] { ++told; });
  cancellation.Cancel();
  cancellation.Cancel();
  EXPECT_EQ(told, 1);
}

TEST(Cancellation, TellsNoListenerThatIsGone) {
  Cancellation cancellation;
  int told = 0;
  {
    Cancellation::Listener listener(&cancellation, [&told] { ++told; });
  }
  cancellation.Cancel();
  EXPECT_EQ(told, 0);
}

TEST(Cancellation, TakesAnotherListenerAfterTheFirst) {
  Cancellation cancellation;
  int first = 0;
  int second = 0;
  {
    Cancellation::Listener listener(&cancellation, [&first] { ++first; });
  }
  Cancellation::Listener listener(&cancellation, [&second] { ++second; });
  cancellation.Cancel();
  EXPECT_EQ(first, 0);
  EXPECT_EQ(second, 1);
}

TEST(Cancellation, LetsAListenerEndItself) {
  Cancellation cancellation;
  std::optional<Cancellation::Listener> listener;
  bool told = false;
  listener.emplace(&cancellation, [&] {
    listener.reset();
    told = true;
  });
  cancellation.Cancel();
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace berth::runtime
