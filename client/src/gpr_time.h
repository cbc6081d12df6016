// Deadlines as gRPC's queues take them.
#ifndef BERTH_CLIENT_SRC_GPR_TIME_H_
#define BERTH_CLIENT_SRC_GPR_TIME_H_

#include <grpc/support/time.h>

#include "absl/time/time.h"

namespace berth::client::internal {

inline gpr_timespec ToGprTime(absl::Time deadline) {
  if (deadline == absl::InfinitePast()) return gpr_inf_past(GPR_CLOCK_REALTIME);
  if (deadline == absl::InfiniteFuture()) {
    return gpr_inf_future(GPR_CLOCK_REALTIME);
  }
  timespec spec = absl::ToTimespec(deadline);
  return {spec.tv_sec, static_cast<int32_t>(spec.tv_nsec), GPR_CLOCK_REALTIME};
}

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_GPR_TIME_H_
