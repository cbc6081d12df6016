// The method Database.Transaction.
#ifndef BERTH_SERVER_RPC_TRANSACTION_HANDLER_H_
#define BERTH_SERVER_RPC_TRANSACTION_HANDLER_H_

#include <string>

#include "absl/status/status.h"
#include "berth/v1/transaction.pb.h"
#include "server/exec/environment.h"
#include "server/rpc/call.h"
#include "server/runtime/task.h"

namespace berth::rpc {

// Runs a transaction program; see server/program.
runtime::Task<absl::Status> Transaction(const exec::Environment* environment,
                                        Call& call,
                                        v1::TransactionRequest& request,
                                        std::string* response);

}  // namespace berth::rpc

#endif  // BERTH_SERVER_RPC_TRANSACTION_HANDLER_H_
