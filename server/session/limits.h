// How long a session may hold its connection: the rules, without timers.
#ifndef BERTH_SERVER_SESSION_LIMITS_H_
#define BERTH_SERVER_SESSION_LIMITS_H_

#include <array>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/runtime/timers.h"

namespace berth::session {

// See the settings of the same names.
struct LimitOptions {
  LimitOptions() = default;

  absl::Duration transaction_idle = absl::Seconds(10);
  absl::Duration transaction_time = absl::Seconds(60);
  absl::Duration lease_idle = absl::Minutes(10);
  absl::Duration lease_age = absl::Hours(12);
  absl::Duration idle_when_wanted = absl::Seconds(5);
  absl::Duration notice = absl::Seconds(5);
};

// What ends a session on the server's own account.
enum class Ending {
  kTransactionIdle,
  kTransactionTime,
  kLeaseIdle,
  kLeaseAge,
  kDraining,
};
inline constexpr size_t kEndings = 5;

// The reason of an ending, one of error_reason.h.
const char* ReasonOf(Ending ending);
// The error that the stream ends with.
absl::Status ErrorOf(Ending ending);

// The end that a notice has told, for a limit that is reached at that time:
// another time is another limit.
struct Promise {
  Promise() = default;
  Promise(runtime::TimePoint limit_at, runtime::TimePoint end_at)
      : limit(limit_at), end(end_at) {}

  runtime::TimePoint limit = runtime::TimePoint::max();
  runtime::TimePoint end;
};

// What a session is doing with its connection.
struct Holding {
  Holding() = default;

  // Whether it has one.
  bool leased = false;
  // Whether a request is being served.
  bool running = false;
  bool in_transaction = false;
  // Whether the connection holds anything that another one would not have, a
  // transaction apart.
  bool has_state = false;
  // Whether the pool may take it.
  bool offered = false;
  runtime::TimePoint idle_since;         // Unless running.
  runtime::TimePoint transaction_since;  // In a transaction.
  runtime::TimePoint too_old;            // When it has been held too long.
  // When the server stops.
  runtime::TimePoint drain = runtime::TimePoint::max();
  std::array<Promise, kEndings> promises;
};

// What is to be done now.
struct Verdict {
  Verdict() = default;

  enum class Step {
    kWait,      // Nothing before `at`.
    kOffer,     // The pool may take the connection.
    kGiveBack,  // Nobody would notice.
    kNotice,    // Say that the session ends at `at`.
    kEnd,       // End it.
  };
  Step step = Step::kWait;
  // Of a notice or an end.
  Ending ending = Ending::kTransactionIdle;
  // The limit of a notice.
  runtime::TimePoint limit;
  runtime::TimePoint at = runtime::TimePoint::max();
};

// Judges at `now`. No session ends without a notice before; one that comes late
// postpones the end.
Verdict Judge(const Holding& holding, const LimitOptions& options,
              runtime::TimePoint now);

// Whether a transaction may not begin any more, and why.
bool RefusesTransactions(const Holding& holding, Ending* ending);

}  // namespace berth::session

#endif  // BERTH_SERVER_SESSION_LIMITS_H_
