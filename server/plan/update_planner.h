// Plans updates.
#ifndef BERTH_SERVER_PLAN_UPDATE_PLANNER_H_
#define BERTH_SERVER_PLAN_UPDATE_PLANNER_H_

#include "absl/status/statusor.h"
#include "berth/v1/query.pb.h"
#include "server/auth/where_level.h"
#include "server/catalog/table.h"
#include "server/plan/plan.h"

namespace berth::plan {

// Plans an update for somebody of that level, which also bounds the expressions
// of assignments. `spec` must outlive the plan.
//
// Fails with UNKNOWN_COLUMN; with INVALID_FIELD for no assignments, a column
// that is computed or assigned twice, an assignment of nothing, and a filter
// that is missing without `all_rows`, contradicts it, or has joins; and as
// ReadFragment does.
absl::StatusOr<Plan> PlanUpdate(const v1::UpdateSpec& spec,
                                const catalog::Table& table,
                                auth::WhereLevel level);

}  // namespace berth::plan

#endif  // BERTH_SERVER_PLAN_UPDATE_PLANNER_H_
