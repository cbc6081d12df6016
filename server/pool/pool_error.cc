#include "server/pool/pool_error.h"

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"

namespace berth::pool {
namespace {

using errors::Error;
using errors::Retry;

std::string State(const PoolStats& stats) {
  return absl::StrCat(stats.in_use, " of ", stats.max_size,
                      " connections in use, ", stats.connecting,
                      " being opened, ", stats.waiting,
                      " requests waiting, oldest lease ",
                      absl::FormatDuration(absl::Trunc(
                          stats.oldest_lease, absl::Milliseconds(1))));
}

Error WithState(Error error, const PoolStats& stats) {
  return error.With("phase", "QUEUE")
      .With("pool_size", absl::StrCat(stats.max_size))
      .With("pool_in_use", absl::StrCat(stats.in_use))
      .With("pool_waiting", absl::StrCat(stats.waiting))
      .Is(Retry::kLater)
      .RetryAfter(absl::Milliseconds(100));
}

}  // namespace

absl::Status WaitedTooLong(const PoolStats& stats, absl::Duration waited) {
  return WithState(
      Error(absl::StatusCode::kResourceExhausted, errors::kPoolWait)
          .Message(absl::StrCat(
              "no connection became free within ",
              absl::FormatDuration(absl::Trunc(waited, absl::Milliseconds(1))),
              ": ", State(stats))),
      stats);
}

absl::Status QueueFull(const PoolStats& stats) {
  return WithState(
      Error(absl::StatusCode::kResourceExhausted, errors::kQueueFull)
          .Message(absl::StrCat("too many requests wait for a connection: ",
                                State(stats))),
      stats);
}

absl::Status LeftTheQueue() {
  return Error(absl::StatusCode::kCancelled, errors::kCancelled)
      .Message("the call ended while it waited for a connection")
      .With("phase", "QUEUE");
}

absl::Status Closed() {
  return Error(absl::StatusCode::kUnavailable, errors::kDraining)
      .Message("the server is about to stop")
      .Is(Retry::kLater);
}

}  // namespace berth::pool
