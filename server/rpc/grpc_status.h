// The only way of an error to the wire.
#ifndef BERTH_SERVER_RPC_GRPC_STATUS_H_
#define BERTH_SERVER_RPC_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace berth::rpc {

// The status of a call, with google.rpc.Status in its details; see
// errors::ToRpcStatus.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace berth::rpc

#endif  // BERTH_SERVER_RPC_GRPC_STATUS_H_
