// How large a pool is and how long it waits; the defaults live here.
#ifndef BERTH_SERVER_POOL_POOL_OPTIONS_H_
#define BERTH_SERVER_POOL_POOL_OPTIONS_H_

#include <cstddef>

#include "absl/time/time.h"

namespace berth::pool {

struct PoolOptions {
  PoolOptions() = default;

  // The most connections, in use, idle and being opened. An eighth of them,
  // rounded down, is kept for calls outside sessions.
  int max_size = 32;
  // The connections kept open while nothing happens.
  int min_idle = 2;
  // The longest wait for a connection, within the caller's own deadline.
  absl::Duration acquire_timeout = absl::Seconds(2);
  // The most requests that may wait; further ones are refused at once.
  size_t queue_length = 256;
  // The most attempts to connect at one time: a database that comes back is
  // not met by a herd.
  int max_connecting = 2;
  // The wait after a failed attempt: from, doubled up to.
  absl::Duration backoff_min = absl::Milliseconds(50);
  absl::Duration backoff_max = absl::Milliseconds(800);
  // A connection that idled this long is looked at before its next use, and
  // one that idled longer still is asked for a sign of life.
  absl::Duration check_after_idle = absl::Milliseconds(500);
  absl::Duration ping_after_idle = absl::Seconds(30);
  // An idle connection beyond `min_idle` is closed after this time.
  absl::Duration idle_timeout = absl::Minutes(10);
  // A connection is replaced at this age, less up to a tenth by chance, and
  // no two sooner after one another than `max_lifetime / max_size`.
  absl::Duration max_lifetime = absl::Minutes(30);
};

}  // namespace berth::pool

#endif  // BERTH_SERVER_POOL_POOL_OPTIONS_H_
