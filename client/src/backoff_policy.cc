#include "berth/client/backoff_policy.h"

#include <algorithm>

namespace berth::client {

ExponentialBackoffPolicy::ExponentialBackoffPolicy(absl::Duration initial,
                                                   absl::Duration maximum,
                                                   double scaling)
    : initial_(std::max(initial, absl::ZeroDuration())),
      maximum_(std::max(maximum, initial_)),
      scaling_(std::max(scaling, 1.0)),
      next_(initial_) {}

std::unique_ptr<BackoffPolicy> ExponentialBackoffPolicy::clone() const {
  return std::make_unique<ExponentialBackoffPolicy>(initial_, maximum_,
                                                    scaling_);
}

absl::Duration ExponentialBackoffPolicy::OnFailure() {
  // Seeded late: most operations never fail.
  if (!seeded_) random_.seed(std::random_device()());
  seeded_ = true;
  absl::Duration whole = next_;
  next_ = std::min(maximum_, next_ * scaling_);
  return whole * std::uniform_real_distribution<>(0.5, 1.0)(random_);
}

}  // namespace berth::client
