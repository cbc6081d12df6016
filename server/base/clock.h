// Time, so that tests can decide what it is.
#ifndef BERTH_SERVER_BASE_CLOCK_H_
#define BERTH_SERVER_BASE_CLOCK_H_

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace berth {

// Tells the time. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

// The machine's clock.
class RealClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

}  // namespace berth

#endif  // BERTH_SERVER_BASE_CLOCK_H_
