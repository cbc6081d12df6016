// Errors as the standard message google.rpc.Status.
#ifndef BERTH_SERVER_BASE_RPC_STATUS_H_
#define BERTH_SERVER_BASE_RPC_STATUS_H_

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"

namespace berth::errors {

// The error with its details. Every error on the wire has a reason: one that
// was made without, which is a bug, gets INTERNAL and an unknown outcome.
google::rpc::Status ToRpcStatus(const absl::Status& status);

}  // namespace berth::errors

#endif  // BERTH_SERVER_BASE_RPC_STATUS_H_
