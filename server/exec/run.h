// Running a plan on a caller's connection.
#ifndef BERTH_SERVER_EXEC_RUN_H_
#define BERTH_SERVER_EXEC_RUN_H_

#include "absl/status/status.h"
#include "server/exec/caller.h"
#include "server/mariadb/row_sink.h"
#include "server/plan/plan.h"
#include "server/runtime/task.h"

namespace berth::exec {

// Leases a connection if the caller has none, runs the plan and hands the
// results to `sink`. A call that is cancelled meanwhile has its statement
// killed in MariaDB, unless it is a COMMIT, and fails as runtime::CancelError
// says, except for a write that happened all the same. Errors name the plan's
// table.
runtime::Task<absl::Status> Run(const plan::Plan& plan, Caller& caller,
                                mariadb::RowSink& sink);

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_RUN_H_
