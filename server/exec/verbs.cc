#include "server/exec/verbs.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/exec/own_transaction.h"
#include "server/exec/planned.h"
#include "server/exec/run.h"
#include "server/exec/write_sink.h"
#include "server/plan/delete_planner.h"
#include "server/plan/execute_planner.h"
#include "server/plan/insert_planner.h"
#include "server/plan/select_planner.h"
#include "server/plan/update_planner.h"

namespace berth::exec {
namespace {

template <typename Spec>
using SpecPlanner = absl::StatusOr<plan::Plan> (*)(const Spec&,
                                                   const catalog::Table&,
                                                   auth::WhereLevel);

template <typename Spec>
runtime::Task<absl::StatusOr<Planned>> MakePlan(Caller& caller,
                                                const Spec& spec,
                                                SpecPlanner<Spec> planner) {
  return exec::MakePlan(
      caller, spec.table(),
      [&spec, planner, level = caller.principal.where_level](
          const catalog::Table& table) { return planner(spec, table, level); });
}

template <typename Spec>
runtime::Task<absl::Status> Write(Caller& caller, const Spec& spec,
                                  SpecPlanner<Spec> planner,
                                  v1::WriteResult* result) {
  CO_ASSIGN_OR_RETURN(Planned planned,
                      co_await MakePlan(caller, spec, planner));
  WriteSink sink(planned.plan, result);
  absl::Status status = co_await Run(planned.plan, caller, sink);
  if (status.ok() && planned.plan.generated_id_column >= 0 &&
      result->generated_ids_size() > 0) {
    caller.lease->set_last_insert_id(result->generated_ids(0));
  }
  co_return ExplainName(std::move(status), caller, *planned.table);
}

// An insert has no fragments.
absl::StatusOr<plan::Plan> PlanInsert(const v1::InsertSpec& spec,
                                      const catalog::Table& table,
                                      auth::WhereLevel /*level*/) {
  return plan::PlanInsert(spec, table);
}

}  // namespace

runtime::Task<absl::Status> Select(Caller& caller, const v1::SelectSpec& spec,
                                   mariadb::RowSink& sink) {
  CO_ASSIGN_OR_RETURN(Planned planned,
                      co_await MakePlan(caller, spec, &plan::PlanSelect));
  absl::Status status = co_await Run(planned.plan, caller, sink);
  co_return ExplainName(std::move(status), caller, *planned.table);
}

runtime::Task<absl::Status> Insert(Caller& caller, const v1::InsertSpec& spec,
                                   v1::WriteResult* result) {
  co_return co_await Write(caller, spec, &PlanInsert, result);
}

runtime::Task<absl::Status> Update(Caller& caller, const v1::UpdateSpec& spec,
                                   v1::WriteResult* result) {
  co_return co_await Write(caller, spec, &plan::PlanUpdate, result);
}

runtime::Task<absl::Status> Delete(Caller& caller, const v1::DeleteSpec& spec,
                                   v1::WriteResult* result) {
  co_return co_await Write(caller, spec, &plan::PlanDelete, result);
}

runtime::Task<absl::Status> Execute(Caller& caller,
                                    const v1::Statement& statement,
                                    mariadb::RowSink& sink) {
  CO_ASSIGN_OR_RETURN(plan::Plan plan, plan::PlanExecute(statement));
  co_return co_await ExecutePlan(caller, plan, sink, /*prepared=*/nullptr);
}

runtime::Task<absl::Status> ExecutePlan(Caller& caller, const plan::Plan& plan,
                                        mariadb::RowSink& sink,
                                        mariadb::PreparedStatement* prepared) {
  CO_RETURN_IF_ERROR(co_await EnsureLease(caller));
  const bool own = plan.effect == plan::Effect::kSeveral &&
                   !caller.lease->in_transaction() &&
                   caller.lease->autocommit();
  if (own) co_return co_await RunInOwnTransaction(plan, caller, sink, prepared);
  co_return co_await Run(plan, caller, sink, prepared);
}

}  // namespace berth::exec
