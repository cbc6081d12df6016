// A clock that a test reads and nobody waits for.
#ifndef BERTH_TESTS_UNIT_CLIENT_FAKE_CLOCK_H_
#define BERTH_TESTS_UNIT_CLIENT_FAKE_CLOCK_H_

#include <vector>

#include "absl/time/time.h"
#include "berth/client/retry_policy.h"

namespace berth::testing {

// Sleeping takes no time but moves the clock. For one thread.
class FakeClock : public client::Clock {
 public:
  absl::Time Now() override { return now_; }
  void Sleep(absl::Duration duration) override {
    sleeps.push_back(duration);
    now_ += duration;
  }

  // The sleeps so far.
  std::vector<absl::Duration> sleeps;

 private:
  absl::Time now_ = absl::UnixEpoch();
};

}  // namespace berth::testing

#endif  // BERTH_TESTS_UNIT_CLIENT_FAKE_CLOCK_H_
