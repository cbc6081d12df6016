// Makes an attempt, and further ones where that is safe.
#ifndef BERTH_CLIENT_SRC_RETRY_LOOP_H_
#define BERTH_CLIENT_SRC_RETRY_LOOP_H_

#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "berth/client/backoff_policy.h"
#include "berth/client/options.h"
#include "berth/client/retry_policy.h"

namespace berth::client::internal {

// How often, how fast and on which clock an operation is tried.
struct RetryPlan {
  const RetryPolicy& policy;
  const BackoffPolicy& backoff;
  Clock& clock;
};

// Options where nothing is null: the one place with the default policies.
Options WithDefaults(Options options);

// The plan of the unary calls under `options`, which has no nulls.
RetryPlan PlanOf(const Options& options);

// Now plus `timeout`, where values <= 0 mean no limit.
absl::Time DeadlineIn(Clock& clock, absl::Duration timeout);

// Calls `attempt` until it succeeds, `may_repeat` refuses its error, the policy
// has had enough, or the next attempt could not begin before the deadline.
// Returns what the last attempt returned.
absl::Status RunWithRetries(
    const RetryPlan& plan, absl::Time deadline,
    absl::FunctionRef<absl::Status()> attempt,
    absl::FunctionRef<bool(const absl::Status&)> may_repeat);

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_RETRY_LOOP_H_
