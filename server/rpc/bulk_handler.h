// The method Database.BulkInsert.
#ifndef BERTH_SERVER_RPC_BULK_HANDLER_H_
#define BERTH_SERVER_RPC_BULK_HANDLER_H_

#include "absl/status/status.h"
#include "server/exec/environment.h"
#include "server/rpc/call.h"
#include "server/runtime/task.h"

namespace berth::rpc {

// Stores the batches of a stream, each answered before the next one is taken.
// Fails as exec::BulkInsert does, with INVALID_FIELD for messages out of order,
// and with TX_IDLE_TIMEOUT where a client keeps an open transaction waiting.
runtime::Task<absl::Status> BulkInsert(const exec::Environment* environment,
                                       Call& call, ByteStream& bytes);

}  // namespace berth::rpc

#endif  // BERTH_SERVER_RPC_BULK_HANDLER_H_
