// Running a plan on a caller's connection.
#ifndef BERTH_SERVER_EXEC_RUN_H_
#define BERTH_SERVER_EXEC_RUN_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "server/exec/caller.h"
#include "server/exec/killer.h"
#include "server/mariadb/error_map.h"
#include "server/mariadb/prepared_statement.h"
#include "server/mariadb/row_sink.h"
#include "server/plan/plan.h"
#include "server/runtime/task.h"

namespace berth::exec {

// Leases a connection if the caller has none, runs the plan and hands the
// results to `sink`. `prepared` is the plan's statement, if it is prepared on
// the caller's connection already. A call that is cancelled meanwhile has its
// statement killed in MariaDB, unless it is a COMMIT, and fails as
// runtime::CancelError says, except for a write that happened all the same.
// Errors name the plan's table.
runtime::Task<absl::Status> Run(const plan::Plan& plan, Caller& caller,
                                mariadb::RowSink& sink,
                                mariadb::PreparedStatement* prepared = nullptr);

// Whether a statement failed because it was killed for a caller that has left.
bool WasCutShort(const absl::Status& status, const Caller& caller);

// Runs a statement of the service's own, such as BEGIN or COMMIT, which has no
// result. Nothing is sent for a caller that has left; one that leaves meanwhile
// has it killed, unless it may commit. After a kill that hit it the connection
// is broken: nobody knows whether a transaction is open.
runtime::Task<absl::Status> RunOwn(Caller& caller, std::string sql,
                                   mariadb::ErrorContext::Effect effect);

// Whether the caller may go on with another connection: nothing of it is on
// this one.
bool MayLeave(const Caller& caller);

// Awaits what runs on the caller's connection, and has it killed in MariaDB
// when the caller leaves meanwhile.
template <typename T>
runtime::Task<T> Killable(Caller& caller, runtime::Task<T> task) {
  KillOnCancel kill(caller.environment->killer, caller.cancellation,
                    &*caller.lease);
  T result = co_await std::move(task);
  co_await kill.Finish();
  co_return std::move(result);
}

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_RUN_H_
