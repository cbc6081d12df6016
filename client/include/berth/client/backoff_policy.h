// How long to wait between two attempts.
#ifndef BERTH_CLIENT_BACKOFF_POLICY_H_
#define BERTH_CLIENT_BACKOFF_POLICY_H_

#include <memory>
#include <random>

#include "absl/time/time.h"
#include "berth/client/export.h"

namespace berth::client {

// Tells the wait before each further attempt of one operation.
//
// The client clones the policy of its options for each operation, so an
// implementation needs no locks. Where the service says how long to wait
// (`RetryDelayOf`), the longer of the two holds.
class BERTH_CLIENT_EXPORT BackoffPolicy {
 public:
  virtual ~BackoffPolicy() = default;

  // A policy with the same settings and no attempts behind it.
  virtual std::unique_ptr<BackoffPolicy> clone() const = 0;

  // The wait after the attempt that has just failed.
  virtual absl::Duration OnFailure() = 0;
};

// Waits that grow from attempt to attempt, each drawn at random between its
// half and its whole, so that clients that failed together do not return
// together.
//
//   ExponentialBackoffPolicy(absl::Milliseconds(50), absl::Seconds(2))
class BERTH_CLIENT_EXPORT ExponentialBackoffPolicy : public BackoffPolicy {
 public:
  // The first wait is at most `initial`; each one may be `scaling` times as
  // long as the one before, up to `maximum`. A negative `initial` is treated as
  // 0, a `maximum` below `initial` as `initial`, a `scaling` below 1 as 1.
  ExponentialBackoffPolicy(absl::Duration initial, absl::Duration maximum,
                           double scaling = 2.0);

  std::unique_ptr<BackoffPolicy> clone() const override;
  absl::Duration OnFailure() override;

 private:
  const absl::Duration initial_;
  const absl::Duration maximum_;
  const double scaling_;
  absl::Duration next_;
  std::minstd_rand random_;
  bool seeded_ = false;
};

}  // namespace berth::client

#endif  // BERTH_CLIENT_BACKOFF_POLICY_H_
