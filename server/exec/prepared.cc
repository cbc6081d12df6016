#include "server/exec/prepared.h"

#include <utility>

#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/exec/run.h"
#include "server/exec/verbs.h"
#include "server/plan/execute_planner.h"

namespace berth::exec {

using runtime::Task;

Task<absl::Status> Prepare(Caller& caller, const v1::Prepare& prepare,
                           Prepared* prepared) {
  CO_ASSIGN_OR_RETURN(prepared->plan, plan::PlanPrepare(prepare));
  CO_RETURN_IF_ERROR(co_await EnsureLease(caller));
  CO_ASSIGN_OR_RETURN(
      prepared->statement,
      co_await Killable(caller, caller.lease->Prepare(prepared->plan.sql)));
  co_return absl::OkStatus();
}

Task<absl::Status> ExecutePrepared(Caller& caller, Prepared& prepared,
                                   const v1::Statement& statement,
                                   mariadb::RowSink& sink) {
  CO_RETURN_IF_ERROR(plan::BindPrepared(statement, prepared.plan));
  co_return co_await ExecutePlan(caller, prepared.plan, sink,
                                 prepared.statement.get());
}

Task<absl::Status> OpenCursor(Caller& caller, Prepared& prepared,
                              const v1::Statement& statement) {
  if (!plan::MayHaveCursor(prepared.plan.sql)) {
    co_return errors::Error(absl::StatusCode::kInvalidArgument,
                            errors::kInvalidField)
        .Message("a cursor is possible only for a SELECT")
        .Field("cursor", "the statement is no SELECT");
  }
  CO_RETURN_IF_ERROR(plan::BindPrepared(statement, prepared.plan));
  if (prepared.plan.may_dirty_session) caller.lease->MarkDirty();
  co_return co_await Killable(
      caller, prepared.statement->OpenCursor(prepared.plan.parameters));
}

}  // namespace berth::exec
