// One moment of a pool.
#ifndef BERTH_SERVER_POOL_POOL_STATS_H_
#define BERTH_SERVER_POOL_POOL_STATS_H_

#include <cstdint>

#include "absl/time/time.h"

namespace berth::pool {

struct PoolStats {
  PoolStats() = default;

  // The most connections allowed.
  int max_size = 0;
  // Connections that are open, leased or not.
  int open = 0;
  // Connections that are leased or being reset.
  int in_use = 0;
  // Of those, the ones that sessions hold.
  int in_sessions = 0;
  // Connections being opened.
  int connecting = 0;
  // Requests that wait.
  int waiting = 0;
  // The age of the oldest lease; zero: none.
  absl::Duration oldest_lease;
  // Whether a session holds the oldest lease.
  bool oldest_is_session = false;

  // Since the start: leases granted, …
  uint64_t acquired = 0;
  // … waits that ended without a connection, …
  uint64_t timeouts = 0;
  // … connections opened and closed, …
  uint64_t opened = 0;
  uint64_t closed = 0;
  // … connections reset before their next use, …
  uint64_t resets = 0;
  // … and attempts to connect that failed.
  uint64_t connect_failures = 0;
};

}  // namespace berth::pool

#endif  // BERTH_SERVER_POOL_POOL_STATS_H_
