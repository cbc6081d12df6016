#include "server/plan/delete_planner.h"

#include <utility>

#include "server/base/status_macros.h"
#include "server/catalog/sql_quote.h"
#include "server/plan/fragment.h"

namespace berth::plan {

absl::StatusOr<Plan> PlanDelete(const v1::DeleteSpec& spec,
                                const catalog::Table& table,
                                auth::WhereLevel level) {
  ASSIGN_OR_RETURN(Fragment fragment,
                   ReadFragment(spec.filter(), table, level, "filter"));
  RETURN_IF_ERROR(CheckForWrite(fragment, spec.all_rows(), "filter"));
  Plan plan;
  plan.verb = Verb::kDelete;
  plan.effect = Effect::kWrite;
  plan.table = table.name();
  plan.may_dirty_session = fragment.may_dirty_session;
  plan.sql = "DELETE FROM ";
  catalog::AppendIdentifier(plan.sql, table.name());
  plan.sql += fragment.sql;
  plan.parameters = std::move(fragment.parameters);
  return plan;
}

}  // namespace berth::plan
