// Waiting for what happens in other processes.
#ifndef BERTH_TESTS_SUPPORT_WAIT_H_
#define BERTH_TESTS_SUPPORT_WAIT_H_

#include <cstdlib>
#include <functional>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace berth::test {

// Whether `condition` holds within `timeout`; looks every few milliseconds.
inline bool Eventually(const std::function<bool()>& condition,
                       absl::Duration timeout = absl::Seconds(10)) {
  const absl::Time latest = absl::Now() + timeout;
  while (!condition()) {
    if (absl::Now() > latest) return false;
    absl::SleepFor(absl::Milliseconds(10));
  }
  return true;
}

// `full` times BERTH_TEST_SCALE, a tenth by default: the size of a long test
// within every run. At least 1.
inline int Scaled(int full) {
  double scale = 0.1;
  if (const char* text = std::getenv("BERTH_TEST_SCALE"); text != nullptr) {
    if (!absl::SimpleAtod(text, &scale)) scale = 0.1;
  }
  const int scaled = static_cast<int>(full * scale);
  return scaled < 1 ? 1 : scaled;
}

}  // namespace berth::test

#endif  // BERTH_TESTS_SUPPORT_WAIT_H_
