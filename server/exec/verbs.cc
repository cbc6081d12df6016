#include "server/exec/verbs.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/catalog/schema_error.h"
#include "server/exec/own_transaction.h"
#include "server/exec/run.h"
#include "server/exec/tables.h"
#include "server/exec/unknown_name.h"
#include "server/exec/write_sink.h"
#include "server/plan/delete_planner.h"
#include "server/plan/execute_planner.h"
#include "server/plan/insert_planner.h"
#include "server/plan/select_planner.h"
#include "server/plan/update_planner.h"

namespace berth::exec {
namespace {

using TablePtr = std::shared_ptr<const catalog::Table>;

// A plan and the table it was made for; the plan points into the request.
struct Planned {
  Planned(plan::Plan made, TablePtr of)
      : plan(std::move(made)), table(std::move(of)) {}

  plan::Plan plan;
  TablePtr table;
};

// Plans with the table as it is known, and once more with the table as it is
// if a column was not found.
template <typename Spec>
runtime::Task<absl::StatusOr<Planned>> MakePlan(
    Caller& caller, const Spec& spec,
    absl::StatusOr<plan::Plan> (*planner)(const Spec&, const catalog::Table&,
                                          auth::WhereLevel)) {
  if (spec.table().empty()) {
    co_return errors::Error(absl::StatusCode::kInvalidArgument,
                            errors::kInvalidField)
        .Message("the name of a table is required")
        .Field("table", "missing");
  }
  const auth::WhereLevel level = caller.principal.where_level;
  CO_ASSIGN_OR_RETURN(TablePtr table, co_await FindTable(caller, spec.table()));
  absl::StatusOr<plan::Plan> plan = planner(spec, *table, level);
  if (!plan.ok() && errors::ReasonOf(plan.status()) == errors::kUnknownColumn) {
    CO_ASSIGN_OR_RETURN(TablePtr reloaded,
                        co_await ReloadTable(caller, spec.table()));
    if (reloaded != nullptr) {
      table = std::move(reloaded);
      plan = planner(spec, *table, level);
    }
  }
  CO_RETURN_IF_ERROR(plan.status());
  co_return Planned(std::move(*plan), std::move(table));
}

// Adds the nearest name to an error about a name that only MariaDB could find
// missing. Where the registry knows that name, the registry is out of date.
absl::Status Explain(absl::Status status, Caller& caller,
                     const Planned& planned) {
  const std::string reason = errors::ReasonOf(status);
  if (reason != errors::kUnknownColumn && reason != errors::kUnknownTable) {
    return status;
  }
  const absl::Status explained = ExplainUnknownName(status, *planned.table);
  const std::string column = errors::MetadataOf(explained, "column");
  if (reason == errors::kUnknownTable ||
      planned.table->FindColumn(column) != nullptr) {
    caller.environment->registry->Forget(caller.database,
                                         planned.table->name());
  }
  return explained;
}

template <typename Spec>
runtime::Task<absl::Status> Write(
    Caller& caller, const Spec& spec,
    absl::StatusOr<plan::Plan> (*planner)(const Spec&, const catalog::Table&,
                                          auth::WhereLevel),
    v1::WriteResult* result) {
  CO_ASSIGN_OR_RETURN(Planned planned,
                      co_await MakePlan(caller, spec, planner));
  WriteSink sink(planned.plan, result);
  absl::Status status = co_await Run(planned.plan, caller, sink);
  if (status.ok() && planned.plan.generated_id_column >= 0 &&
      result->generated_ids_size() > 0) {
    caller.lease->set_last_insert_id(result->generated_ids(0));
  }
  co_return Explain(std::move(status), caller, planned);
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
  co_return Explain(std::move(status), caller, planned);
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
