#include "server/session/limits.h"

#include <algorithm>
#include <chrono>

#include "server/base/error.h"
#include "server/base/error_reason.h"

namespace berth::session {
namespace {

using runtime::TimePoint;
using Step = Verdict::Step;

TimePoint operator+(TimePoint time, absl::Duration duration) {
  return time + absl::ToChronoNanoseconds(duration);
}

// Collects what the limits say; the gravest counts.
class Bench {
 public:
  Bench(const Holding& holding, absl::Duration notice, TimePoint now)
      : holding_(holding), notice_(notice), now_(now) {}

  // A limit that is reached at `limit`, `whole` after it began to count.
  // `may_end`: whether the session may end now.
  void Limit(Ending ending, TimePoint limit, absl::Duration whole,
             bool may_end = true) {
    const absl::Duration lead = std::min(notice_, whole / 2);
    const Promise& promise = holding_.promises[static_cast<size_t>(ending)];
    if (promise.limit != limit) {
      if (now_ + lead < limit) return Wait(limit + -lead);
      return Take(Step::kNotice, ending, limit, std::max(limit, now_ + lead));
    }
    if (now_ < promise.end) return Wait(promise.end);
    if (may_end) Take(Step::kEnd, ending, limit, now_);
  }

  // Something that needs no notice, from `when` on.
  void From(TimePoint when, Step step) {
    if (now_ < when) return Wait(when);
    Take(step, Ending::kLeaseIdle, when, now_);
  }

  const Verdict& verdict() const { return verdict_; }

 private:
  void Wait(TimePoint until) {
    if (verdict_.step == Step::kWait) {
      verdict_.at = std::min(verdict_.at, until);
    }
  }

  void Take(Step step, Ending ending, TimePoint limit, TimePoint at) {
    if (verdict_.step >= step) return;
    verdict_.step = step;
    verdict_.ending = ending;
    verdict_.limit = limit;
    verdict_.at = at;
  }

  const Holding& holding_;
  const absl::Duration notice_;
  const TimePoint now_;
  Verdict verdict_;
};

}  // namespace

const char* ReasonOf(Ending ending) {
  switch (ending) {
    case Ending::kTransactionIdle:
      return errors::kTxIdleTimeout;
    case Ending::kTransactionTime:
      return errors::kTxMaxTime;
    case Ending::kLeaseIdle:
      return errors::kLeaseIdle;
    case Ending::kLeaseAge:
      return errors::kLeaseAge;
    case Ending::kDraining:
      break;
  }
  return errors::kDraining;
}

absl::Status ErrorOf(Ending ending) {
  const bool transaction =
      ending == Ending::kTransactionIdle || ending == Ending::kTransactionTime;
  const char* message = "the server is about to stop; open a session elsewhere";
  if (ending == Ending::kTransactionIdle) {
    message = "the transaction got no request for too long; it is rolled back";
  } else if (ending == Ending::kTransactionTime) {
    message = "the transaction took too long; it is rolled back";
  } else if (ending == Ending::kLeaseIdle) {
    message = "the session held its connection idle for too long; open another";
  } else if (ending == Ending::kLeaseAge) {
    message = "the session held its connection for too long; open another";
  }
  return errors::Error(transaction ? absl::StatusCode::kAborted
                                   : absl::StatusCode::kUnavailable,
                       ReasonOf(ending))
      .Message(message)
      .Is(transaction ? errors::Retry::kTransaction : errors::Retry::kLater);
}

Verdict Judge(const Holding& holding, const LimitOptions& options,
              TimePoint now) {
  Bench bench(holding, options.notice, now);
  if (holding.drain != TimePoint::max()) {
    bench.Limit(Ending::kDraining, holding.drain, absl::InfiniteDuration());
  }
  if (!holding.leased) return bench.verdict();
  if (holding.in_transaction) {
    bench.Limit(Ending::kTransactionTime,
                holding.transaction_since + options.transaction_time,
                options.transaction_time);
    if (!holding.running) {
      bench.Limit(Ending::kTransactionIdle,
                  holding.idle_since + options.transaction_idle,
                  options.transaction_idle);
    }
  }
  const bool between = !holding.running && !holding.in_transaction;
  if (holding.has_state) {
    bench.Limit(Ending::kLeaseAge, holding.too_old, options.lease_age, between);
    if (between) {
      bench.Limit(Ending::kLeaseIdle, holding.idle_since + options.lease_idle,
                  options.lease_idle);
    }
  } else if (between) {
    bench.From(
        std::min(holding.too_old, holding.idle_since + options.lease_idle),
        Step::kGiveBack);
    if (!holding.offered) {
      bench.From(holding.idle_since + options.idle_when_wanted, Step::kOffer);
    }
  }
  return bench.verdict();
}

bool RefusesTransactions(const Holding& holding, Ending* ending) {
  if (holding.drain != TimePoint::max()) {
    *ending = Ending::kDraining;
    return true;
  }
  *ending = Ending::kLeaseAge;
  return holding.leased &&
         holding.promises[static_cast<size_t>(Ending::kLeaseAge)].limit ==
             holding.too_old;
}

}  // namespace berth::session
