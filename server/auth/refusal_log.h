// The audit of refusals.
#ifndef BERTH_SERVER_AUTH_REFUSAL_LOG_H_
#define BERTH_SERVER_AUTH_REFUSAL_LOG_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"

namespace berth::auth {

// Writes one line for each refused call, at most `limits::kRefusalLines` a
// second; the next line then tells how many were left out. Thread-safe.
class RefusalLog {
 public:
  // Borrows the clock. `write` takes one line.
  RefusalLog(const Clock* clock, std::function<void(absl::string_view)> write);

  // `user` and `peer` as the client gave them, escaped here; `cause` is ours.
  void Add(absl::string_view user, absl::string_view peer,
           absl::string_view cause) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const Clock* const clock_;
  const std::function<void(absl::string_view)> write_;
  Mutex mutex_;
  absl::Time second_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  int lines_ ABSL_GUARDED_BY(mutex_) = 0;  // Written since `second_`.
  int left_out_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace berth::auth

#endif  // BERTH_SERVER_AUTH_REFUSAL_LOG_H_
