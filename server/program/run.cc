#include "server/program/run.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/program/answer.h"
#include "server/program/attempt.h"
#include "server/runtime/sleep_or_cancel.h"

namespace berth::program {
namespace {

constexpr absl::Duration kShortestPause = absl::Milliseconds(4);
constexpr absl::Duration kLongestPause = absl::Milliseconds(250);

// Whether the transaction is gone without a trace, for a reason that may pass.
bool MayRunAgain(const absl::Status& status) {
  if (errors::MetadataOf(status, "outcome") != "NOT_DONE") return false;
  // A transaction that somebody has killed has the same retry, but is not to
  // be run against his will.
  return (status.code() == absl::StatusCode::kAborted &&
          errors::MetadataOf(status, "retry") == "TRANSACTION") ||
         errors::ReasonOf(status) == errors::kConnectionLost;
}

// The pause after attempt `attempt`, from 1. Jittered, so that two programs
// that hit upon each other do not do so again.
absl::Duration PauseAfter(uint32_t attempt, double random) {
  const int doublings = static_cast<int>(std::min(attempt, 10u)) - 1;
  const absl::Duration most =
      std::min(kShortestPause * (1 << doublings), kLongestPause);
  return most * (0.5 + random / 2);
}

}  // namespace

Pacing::Pacing()
    : now([] { return absl::Now(); }),
      random([] {
        thread_local absl::InsecureBitGen dice;
        return absl::Uniform(dice, 0.0, 1.0);
      }),
      sleep([](absl::Duration duration, runtime::Cancellation* cancellation) {
        return runtime::SleepOrCancel(absl::ToChronoNanoseconds(duration),
                                      cancellation);
      }) {}

runtime::Task<absl::Status> Run(const Program& program, exec::Caller& caller,
                                const Pacing& pacing, std::string* response) {
  for (uint32_t attempt = 1;; ++attempt) {
    Answer answer(caller.environment->unary_bytes);
    Attempt run(&program, &caller, &answer);
    const absl::Status status = co_await run.Run(pacing.now());
    if (status.ok()) {
      *response = answer.ToResponse(attempt);
      co_return status;
    }
    const absl::Duration pause = PauseAfter(attempt, pacing.random());
    if (!MayRunAgain(status) || attempt >= program.max_attempts ||
        caller.cancellation->cancelled() ||
        pacing.now() + pause >= caller.deadline) {
      co_return errors::WithMetadata(status, "attempts", absl::StrCat(attempt));
    }
    if (caller.lease && caller.lease->broken()) caller.lease = pool::Lease();
    co_await pacing.sleep(pause, caller.cancellation);
  }
}

}  // namespace berth::program
