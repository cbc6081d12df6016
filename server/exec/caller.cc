#include "server/exec/caller.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "server/base/status_macros.h"

namespace berth::exec {

runtime::Task<absl::Status> EnsureLease(Caller& caller) {
  if (caller.lease) co_return absl::OkStatus();
  pool::Demand demand;
  demand.kind = caller.kind;
  demand.database = caller.database;
  demand.deadline = std::min(caller.deadline, absl::Now() + caller.wait);
  demand.cancellation = caller.cancellation;
  CO_ASSIGN_OR_RETURN(
      pool::Lease lease,
      co_await caller.environment->pool->Acquire(std::move(demand)));
  CO_RETURN_IF_ERROR(
      co_await caller.environment->databases->Use(*lease, caller.database));
  caller.lease = std::move(lease);
  co_return absl::OkStatus();
}

}  // namespace berth::exec
