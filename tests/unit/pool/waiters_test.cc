#include "server/pool/waiters.h"

#include "gtest/gtest.h"

namespace berth::pool {
namespace {

Waiter Make(LeaseKind kind) {
  Waiter waiter;
  waiter.kind = kind;
  return waiter;
}

TEST(Waiters, ServesInTheOrderOfComing) {
  Waiter first = Make(LeaseKind::kSession);
  Waiter second = Make(LeaseKind::kCall);
  Waiter third = Make(LeaseKind::kSession);
  Waiters waiters;
  for (Waiter* waiter : {&first, &second, &third}) waiters.Add(waiter);
  for (Waiter* waiter : {&first, &second, &third}) {
    EXPECT_EQ(waiters.Next(/*sessions_too=*/true), waiter);
    waiters.Remove(waiter);
  }
  EXPECT_EQ(waiters.Next(/*sessions_too=*/true), nullptr);
}

TEST(Waiters, LetsCallsPassSessionsThatMayNotBeServed) {
  Waiter session = Make(LeaseKind::kSession);
  Waiter call = Make(LeaseKind::kCall);
  Waiters waiters;
  waiters.Add(&session);
  EXPECT_EQ(waiters.Next(/*sessions_too=*/false), nullptr);
  waiters.Add(&call);
  EXPECT_EQ(waiters.Next(/*sessions_too=*/false), &call);
  EXPECT_EQ(waiters.Any(), &session);
}

TEST(Waiters, LetsAnyoneLeave) {
  Waiter first = Make(LeaseKind::kCall);
  Waiter second = Make(LeaseKind::kCall);
  Waiter third = Make(LeaseKind::kCall);
  Waiters waiters;
  for (Waiter* waiter : {&first, &second, &third}) waiters.Add(waiter);
  waiters.Remove(&second);
  EXPECT_EQ(waiters.size(), 2u);
  EXPECT_EQ(waiters.Any(), &first);
  waiters.Remove(&first);
  EXPECT_EQ(waiters.Any(), &third);
}

TEST(Waiters, CountsEachKind) {
  Waiter session = Make(LeaseKind::kSession);
  Waiter call = Make(LeaseKind::kCall);
  Waiters waiters;
  waiters.Add(&session);
  waiters.Add(&call);
  EXPECT_EQ(waiters.sessions(), 1u);
  EXPECT_EQ(waiters.calls(), 1u);
  EXPECT_EQ(waiters.size(), 2u);
}

}  // namespace
}  // namespace berth::pool
