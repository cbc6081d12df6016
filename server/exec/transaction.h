// How a transaction begins, for sessions and for transaction programs.
#ifndef BERTH_SERVER_EXEC_TRANSACTION_H_
#define BERTH_SERVER_EXEC_TRANSACTION_H_

#include "absl/status/status.h"
#include "berth/v1/session.pb.h"
#include "server/exec/caller.h"
#include "server/runtime/task.h"

namespace berth::exec {

// The isolation as SQL names it, such as `READ COMMITTED`; nullptr if it is
// unspecified or unknown.
const char* NameOf(v1::Isolation isolation);

// Begins a transaction on the caller's connection, which is leased if need be.
// `isolation` is a known value and counts for this transaction alone. MariaDB
// commits a transaction that is open. Nothing is sent for a caller that left.
runtime::Task<absl::Status> StartTransaction(Caller& caller,
                                             v1::Isolation isolation,
                                             bool read_only);

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_TRANSACTION_H_
