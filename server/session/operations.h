// What a session does beside the verbs: transactions, savepoints, autocommit.
//
// MariaDB's own word decides what the state is; these add only what it would
// let pass in silence.
#ifndef BERTH_SERVER_SESSION_OPERATIONS_H_
#define BERTH_SERVER_SESSION_OPERATIONS_H_

#include "absl/status/status.h"
#include "berth/v1/session.pb.h"
#include "server/exec/caller.h"
#include "server/runtime/task.h"

namespace berth::session {

// SESSION_STATE within a transaction, which MariaDB would commit.
runtime::Task<absl::Status> Begin(exec::Caller& caller, const v1::Begin& begin);
// SESSION_STATE without a transaction while autocommit is on. A lost
// connection is OUTCOME_UNKNOWN. Never killed: it is awaited.
runtime::Task<absl::Status> Commit(exec::Caller& caller);
// Does nothing where there is no transaction.
runtime::Task<absl::Status> Rollback(exec::Caller& caller);
// SESSION_STATE without a transaction, INVALID_FIELD for a bad name.
runtime::Task<absl::Status> Savepoint(exec::Caller& caller,
                                      const v1::Savepoint& savepoint);
runtime::Task<absl::Status> SetAutocommit(exec::Caller& caller, bool enabled);
runtime::Task<absl::Status> Ping(exec::Caller& caller);

}  // namespace berth::session

#endif  // BERTH_SERVER_SESSION_OPERATIONS_H_
