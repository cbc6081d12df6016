// Plans for tables that the registry may not know as they are.
#ifndef BERTH_SERVER_EXEC_PLANNED_H_
#define BERTH_SERVER_EXEC_PLANNED_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/catalog/table.h"
#include "server/exec/caller.h"
#include "server/exec/tables.h"
#include "server/plan/plan.h"
#include "server/runtime/task.h"

namespace berth::exec {

// A plan and the table it was made for; the plan points into the request.
struct Planned {
  Planned(plan::Plan made, std::shared_ptr<const catalog::Table> of)
      : plan(std::move(made)), table(std::move(of)) {}

  plan::Plan plan;
  std::shared_ptr<const catalog::Table> table;
};

// Plans with the table as it is known, and once more with the table as it is
// if a column was not found. `planner` makes an absl::StatusOr<plan::Plan> of a
// const catalog::Table&; `table` must outlive the task. Fails with
// INVALID_FIELD without a name, as FindTable does, and as `planner` does.
template <typename Planner>
runtime::Task<absl::StatusOr<Planned>> MakePlan(Caller& caller,
                                                const std::string& table,
                                                Planner planner) {
  if (table.empty()) {
    co_return errors::Error(absl::StatusCode::kInvalidArgument,
                            errors::kInvalidField)
        .Message("the name of a table is required")
        .Field("table", "missing");
  }
  std::shared_ptr<const catalog::Table> known =
      caller.environment->registry->Find(caller.database, table);
  if (known == nullptr) {
    CO_ASSIGN_OR_RETURN(known, co_await FindTable(caller, table));
  }
  absl::StatusOr<plan::Plan> plan = planner(*known);
  if (!plan.ok() && errors::ReasonOf(plan.status()) == errors::kUnknownColumn) {
    CO_ASSIGN_OR_RETURN(std::shared_ptr<const catalog::Table> reloaded,
                        co_await ReloadTable(caller, table));
    if (reloaded != nullptr) {
      known = std::move(reloaded);
      plan = planner(*known);
    }
  }
  CO_RETURN_IF_ERROR(plan.status());
  co_return Planned(std::move(*plan), std::move(known));
}

// Adds the nearest name to an error about a name that only MariaDB could find
// missing. Where the registry knows that name, the registry is out of date, and
// forgets the table.
absl::Status ExplainName(absl::Status status, Caller& caller,
                         const catalog::Table& table);

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_PLANNED_H_
