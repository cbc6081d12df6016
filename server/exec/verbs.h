// One function for each verb: plan, then run. The unary calls and the sessions
// use the same ones.
//
// Field paths in errors begin at the verb's message. A name that the registry
// does not know is looked up in MariaDB once before it is refused.
#ifndef BERTH_SERVER_EXEC_VERBS_H_
#define BERTH_SERVER_EXEC_VERBS_H_

#include "absl/status/status.h"
#include "berth/v1/query.pb.h"
#include "berth/v1/result.pb.h"
#include "server/exec/caller.h"
#include "server/mariadb/prepared_statement.h"
#include "server/mariadb/row_sink.h"
#include "server/plan/plan.h"
#include "server/runtime/task.h"

namespace berth::exec {

runtime::Task<absl::Status> Select(Caller& caller, const v1::SelectSpec& spec,
                                   mariadb::RowSink& sink);
runtime::Task<absl::Status> Insert(Caller& caller, const v1::InsertSpec& spec,
                                   v1::WriteResult* result);
runtime::Task<absl::Status> Update(Caller& caller, const v1::UpdateSpec& spec,
                                   v1::WriteResult* result);
runtime::Task<absl::Status> Delete(Caller& caller, const v1::DeleteSpec& spec,
                                   v1::WriteResult* result);
runtime::Task<absl::Status> Execute(Caller& caller,
                                    const v1::Statement& statement,
                                    mariadb::RowSink& sink);

// Runs a statement in SQL that is planned already. What runs several others,
// such as CALL, gets a transaction of its own where none is open. `prepared` as
// for Run.
runtime::Task<absl::Status> ExecutePlan(Caller& caller, const plan::Plan& plan,
                                        mariadb::RowSink& sink,
                                        mariadb::PreparedStatement* prepared);

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_VERBS_H_
