#include "server/pool/pool_error.h"

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"

namespace berth::pool {
namespace {

using errors::Error;
using errors::Retry;

std::string State(const PoolStats& stats) {
  std::string state = absl::StrCat(
      stats.in_use, " of ", stats.max_size, " connections in use (",
      stats.in_sessions, " by sessions), ", stats.connecting, " being opened, ",
      stats.waiting, " requests waiting");
  if (stats.in_use > 0) {
    absl::StrAppend(&state, "; the oldest lease is ",
                    stats.oldest_is_session ? "a session's" : "a call's",
                    ", held for ",
                    absl::FormatDuration(absl::Trunc(stats.oldest_lease,
                                                     absl::Milliseconds(1))));
  }
  return state;
}

std::string NothingWithin(absl::Duration waited) {
  return absl::StrCat(
      "no connection became free within ",
      absl::FormatDuration(absl::Trunc(waited, absl::Milliseconds(1))));
}

Error WithState(Error error, const PoolStats& stats) {
  return error.With("phase", "QUEUE")
      .With("pool_size", absl::StrCat(stats.max_size))
      .With("pool_in_use", absl::StrCat(stats.in_use))
      .With("pool_in_sessions", absl::StrCat(stats.in_sessions))
      .With("pool_waiting", absl::StrCat(stats.waiting))
      .With("pool_oldest_lease_ms",
            absl::StrCat(absl::ToInt64Milliseconds(stats.oldest_lease)))
      .Is(Retry::kLater)
      .RetryAfter(absl::Milliseconds(100));
}

}  // namespace

absl::Status WaitedTooLong(const PoolStats& stats, absl::Duration waited) {
  return WithState(
      Error(absl::StatusCode::kResourceExhausted, errors::kPoolWait)
          .Message(absl::StrCat(NothingWithin(waited), ": ", State(stats))),
      stats);
}

absl::Status WaitedInVain(const absl::Status& why, absl::Duration waited) {
  return errors::Reworded(
      why, why.code(),
      absl::StrCat(NothingWithin(waited),
                   ", and none can be opened: ", why.message()));
}

absl::Status DeadlineInQueue(const PoolStats& stats) {
  return WithState(
      Error(absl::StatusCode::kDeadlineExceeded, errors::kDeadlineQueue)
          .Message(absl::StrCat(
              "the deadline passed while the call waited for a connection: ",
              State(stats))),
      stats);
}

absl::Status QueueFull(const PoolStats& stats) {
  return WithState(
      Error(absl::StatusCode::kResourceExhausted, errors::kQueueFull)
          .Message(absl::StrCat("too many requests wait for a connection: ",
                                State(stats))),
      stats);
}

absl::Status NoAnswer(absl::Duration waited) {
  return Error(absl::StatusCode::kUnavailable, errors::kDatabaseUnreachable)
      .Message(absl::StrCat("MariaDB has not answered for ",
                            absl::FormatDuration(waited)))
      .Is(Retry::kLater);
}

absl::Status Closed() {
  return Error(absl::StatusCode::kUnavailable, errors::kDraining)
      .Message("the server is about to stop")
      .Is(Retry::kLater);
}

}  // namespace berth::pool
