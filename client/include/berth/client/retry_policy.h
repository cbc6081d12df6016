// Which failed calls are made again, and how often.
#ifndef BERTH_CLIENT_RETRY_POLICY_H_
#define BERTH_CLIENT_RETRY_POLICY_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "berth/client/export.h"

namespace berth::client {

// Whether a call that failed with `status` may be made again because it is
// certain that it did nothing: the error says `NOT_DONE`, and `STATEMENT` or
// `LATER`.
//
// So a read is repeated after a lost connection. A write is repeated only where
// it never left or the service says that nothing was done; one whose outcome is
// unknown is never repeated. A deadline is over, whatever was done.
BERTH_CLIENT_EXPORT bool IsSafeToRepeat(const absl::Status& status);

// Whether a transaction that failed with `status` before its COMMIT, or at it,
// may be run again from its start: the error says `NOT_DONE`, and somebody may
// repeat something.
BERTH_CLIENT_EXPORT bool IsSafeToRerun(const absl::Status& status);

// Tells how often an operation is tried.
//
// The client clones the policy of its options for each operation, so an
// implementation needs no locks. It is asked only where another attempt is
// safe (`IsSafeToRepeat`, `IsSafeToRerun`); no policy can make it unsafe. Every
// attempt lives within the deadline of the call.
class BERTH_CLIENT_EXPORT RetryPolicy {
 public:
  virtual ~RetryPolicy() = default;

  // A policy with the same settings and no failures behind it.
  virtual std::unique_ptr<RetryPolicy> clone() const = 0;

  // Notes a failure and tells whether there is another attempt.
  virtual bool OnFailure(const absl::Status& status) = 0;
};

// Allows a number of attempts in all. Values < 1 are treated as 1, which means
// no retry.
class BERTH_CLIENT_EXPORT LimitedAttemptsRetryPolicy : public RetryPolicy {
 public:
  explicit LimitedAttemptsRetryPolicy(int max_attempts);

  std::unique_ptr<RetryPolicy> clone() const override;
  bool OnFailure(const absl::Status& status) override;

 private:
  const int max_attempts_;
  int attempts_ = 0;
};

// The time as the retries see it; a test may put its own in its place.
//
// Thread safety: implementations are called from any number of threads.
class BERTH_CLIENT_EXPORT Clock {
 public:
  virtual ~Clock() = default;

  // The present moment.
  virtual absl::Time Now();

  // Blocks the caller for `duration`.
  virtual void Sleep(absl::Duration duration);
};

}  // namespace berth::client

#endif  // BERTH_CLIENT_RETRY_POLICY_H_
