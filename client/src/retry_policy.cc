#include "berth/client/retry_policy.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "berth/client/error.h"

namespace berth::client {
namespace {

// The caller's time is over, whoever noticed it first.
bool IsNotDoneInTime(const absl::Status& status) {
  return OutcomeOf(status) == Outcome::kNotDone &&
         !absl::IsDeadlineExceeded(status);
}

}  // namespace

bool IsSafeToRepeat(const absl::Status& status) {
  Retry retry = RetryOf(status);
  return (retry == Retry::kStatement || retry == Retry::kLater) &&
         IsNotDoneInTime(status);
}

bool IsSafeToRerun(const absl::Status& status) {
  return IsRetryable(status) && IsNotDoneInTime(status);
}

LimitedAttemptsRetryPolicy::LimitedAttemptsRetryPolicy(int max_attempts)
    : max_attempts_(std::max(max_attempts, 1)) {}

std::unique_ptr<RetryPolicy> LimitedAttemptsRetryPolicy::clone() const {
  return std::make_unique<LimitedAttemptsRetryPolicy>(max_attempts_);
}

bool LimitedAttemptsRetryPolicy::OnFailure(const absl::Status&) {
  return ++attempts_ < max_attempts_;
}

absl::Time Clock::Now() { return absl::Now(); }

void Clock::Sleep(absl::Duration duration) { absl::SleepFor(duration); }

}  // namespace berth::client
