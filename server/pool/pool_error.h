// The errors of a pool that has no connection to give.
#ifndef BERTH_SERVER_POOL_POOL_ERROR_H_
#define BERTH_SERVER_POOL_POOL_ERROR_H_

#include "absl/status/status.h"
#include "server/pool/pool_stats.h"

namespace berth::pool {

// RESOURCE_EXHAUSTED POOL_WAIT: nobody gave a connection back in time. Names
// the pool's state.
absl::Status WaitedTooLong(const PoolStats& stats, absl::Duration waited);

// The same where no connection could be opened either, which is why nobody has
// one to give: `why`, the error of the last attempt, with the wait in its
// message.
absl::Status WaitedInVain(const absl::Status& why, absl::Duration waited);

// DEADLINE_EXCEEDED QUEUE: the caller's own deadline came first.
absl::Status DeadlineInQueue(const PoolStats& stats);

// RESOURCE_EXHAUSTED QUEUE_FULL: too many requests wait already.
absl::Status QueueFull(const PoolStats& stats);

// UNAVAILABLE DATABASE_UNREACHABLE: an attempt to connect has not ended yet.
absl::Status NoAnswer(absl::Duration waited);

// UNAVAILABLE DRAINING: the server is about to stop.
absl::Status Closed();

}  // namespace berth::pool

#endif  // BERTH_SERVER_POOL_POOL_ERROR_H_
