// SelectStream and ExecuteStream: results of any size.
#ifndef BERTH_SERVER_RPC_STREAM_HANDLERS_H_
#define BERTH_SERVER_RPC_STREAM_HANDLERS_H_

#include "absl/status/status.h"
#include "server/exec/environment.h"
#include "server/rpc/call.h"
#include "server/runtime/task.h"

namespace berth::rpc {

// Answer the one request on `bytes` with SelectChunks. They fail as the unary
// methods do, also after chunks were sent.
runtime::Task<absl::Status> SelectStream(const exec::Environment* environment,
                                         Call& call, ByteStream& bytes);
runtime::Task<absl::Status> ExecuteStream(const exec::Environment* environment,
                                          Call& call, ByteStream& bytes);

}  // namespace berth::rpc

#endif  // BERTH_SERVER_RPC_STREAM_HANDLERS_H_
