#include "client/src/retry_loop.h"

#include <algorithm>
#include <utility>

#include "berth/client/error.h"

namespace berth::client::internal {
namespace {

constexpr int kAttempts = 5;
constexpr absl::Duration kFirstWait = absl::Milliseconds(50);
constexpr absl::Duration kLongestWait = absl::Seconds(2);

}  // namespace

Options WithDefaults(Options options) {
  if (options.retry_policy == nullptr) {
    options.retry_policy =
        std::make_shared<LimitedAttemptsRetryPolicy>(kAttempts);
  }
  if (options.backoff_policy == nullptr) {
    options.backoff_policy =
        std::make_shared<ExponentialBackoffPolicy>(kFirstWait, kLongestWait);
  }
  if (options.clock == nullptr) options.clock = std::make_shared<Clock>();
  return options;
}

RetryPlan PlanOf(const Options& options) {
  return {*options.retry_policy, *options.backoff_policy, *options.clock};
}

absl::Time DeadlineIn(Clock& clock, absl::Duration timeout) {
  return timeout <= absl::ZeroDuration() ? absl::InfiniteFuture()
                                         : clock.Now() + timeout;
}

absl::Status RunWithRetries(
    const RetryPlan& plan, absl::Time deadline,
    absl::FunctionRef<absl::Status()> attempt,
    absl::FunctionRef<bool(const absl::Status&)> may_repeat) {
  // Cloned with the first failure: most operations have none.
  std::unique_ptr<RetryPolicy> policy;
  std::unique_ptr<BackoffPolicy> backoff;
  while (true) {
    absl::Status status = attempt();
    if (status.ok() || !may_repeat(status)) return status;
    if (policy == nullptr) {
      policy = plan.policy.clone();
      backoff = plan.backoff.clone();
    }
    if (!policy->OnFailure(status)) return status;
    absl::Duration wait = std::max(backoff->OnFailure(), RetryDelayOf(status));
    if (plan.clock.Now() + wait >= deadline) return status;
    plan.clock.Sleep(wait);
  }
}

}  // namespace berth::client::internal
