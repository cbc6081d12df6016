// Time as a test decides it.
#ifndef BERTH_TESTS_UNIT_MANUAL_CLOCK_H_
#define BERTH_TESTS_UNIT_MANUAL_CLOCK_H_

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"

namespace berth {

// A clock that stands still until it is moved. Thread-safe.
class ManualClock final : public Clock {
 public:
  absl::Time Now() const override {
    MutexLock lock(&mutex_);
    return now_;
  }
  void Advance(absl::Duration by) {
    MutexLock lock(&mutex_);
    now_ += by;
  }

 private:
  mutable Mutex mutex_;
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
};

}  // namespace berth

#endif  // BERTH_TESTS_UNIT_MANUAL_CLOCK_H_
