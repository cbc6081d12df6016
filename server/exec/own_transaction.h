// Statements that run several others, such as CALL, as a whole.
#ifndef BERTH_SERVER_EXEC_OWN_TRANSACTION_H_
#define BERTH_SERVER_EXEC_OWN_TRANSACTION_H_

#include "absl/status/status.h"
#include "server/exec/caller.h"
#include "server/mariadb/prepared_statement.h"
#include "server/mariadb/row_sink.h"
#include "server/plan/plan.h"
#include "server/runtime/task.h"

namespace berth::exec {

// Runs a plan in a transaction of its own, for a caller with a connection and
// without a transaction: commits, or on an error rolls back. The end of the
// last result is handed on after the commit. `prepared` as for Run.
//
// An error is NOT_DONE, unless the statement has ended the transaction itself,
// with a COMMIT or DDL inside; then it is UNKNOWN. After a deadlock, which ends
// it too, the text of the procedure tells whether it can have committed: one
// that cannot is NOT_DONE, one that might, or whose text the service's account
// may not read or that was changed just now, is UNKNOWN. A procedure that
// sets the isolation of its transactions, which MariaDB refuses within one,
// runs without, and its errors are UNKNOWN.
runtime::Task<absl::Status> RunInOwnTransaction(
    const plan::Plan& plan, Caller& caller, mariadb::RowSink& sink,
    mariadb::PreparedStatement* prepared);

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_OWN_TRANSACTION_H_
