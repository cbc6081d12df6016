#include "server/exec/caller.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "server/base/status_macros.h"

namespace berth::exec {

runtime::Task<absl::Status> EnsureLease(Caller& caller) {
  if (caller.lease) co_return absl::OkStatus();
  const absl::Time latest = std::min(caller.deadline, absl::Now() + caller.wait);
  CO_ASSIGN_OR_RETURN(pool::Lease lease,
                      co_await caller.environment->pool->Acquire(
                          caller.database, latest, caller.cancellation));
  CO_RETURN_IF_ERROR(
      co_await caller.environment->databases->Use(*lease, caller.database));
  caller.lease = std::move(lease);
  co_return absl::OkStatus();
}

}  // namespace berth::exec
