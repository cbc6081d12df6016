// Plans reads.
#ifndef BERTH_SERVER_PLAN_SELECT_PLANNER_H_
#define BERTH_SERVER_PLAN_SELECT_PLANNER_H_

#include "absl/status/statusor.h"
#include "berth/v1/query.pb.h"
#include "server/auth/where_level.h"
#include "server/catalog/table.h"
#include "server/plan/plan.h"

namespace berth::plan {

// Plans a read of `table` for somebody of that level. `spec` must outlive the
// plan. Without a limit anywhere the plan reads on and the executor cuts.
//
// Fails with UNKNOWN_COLUMN, with INVALID_FIELD for a field that contradicts
// another one or the filter, and as ReadFragment does. Paths are within the
// spec.
absl::StatusOr<Plan> PlanSelect(const v1::SelectSpec& spec,
                                const catalog::Table& table,
                                auth::WhereLevel level);

}  // namespace berth::plan

#endif  // BERTH_SERVER_PLAN_SELECT_PLANNER_H_
