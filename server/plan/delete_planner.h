// Plans deletes.
#ifndef BERTH_SERVER_PLAN_DELETE_PLANNER_H_
#define BERTH_SERVER_PLAN_DELETE_PLANNER_H_

#include "absl/status/statusor.h"
#include "berth/v1/query.pb.h"
#include "server/auth/where_level.h"
#include "server/catalog/table.h"
#include "server/plan/plan.h"

namespace berth::plan {

// Plans a delete. `spec` must outlive the plan.
//
// Fails with INVALID_FIELD for a filter that is missing without `all_rows`,
// contradicts it, or has joins; and as ReadFragment does.
absl::StatusOr<Plan> PlanDelete(const v1::DeleteSpec& spec,
                                const catalog::Table& table,
                                auth::WhereLevel level);

}  // namespace berth::plan

#endif  // BERTH_SERVER_PLAN_DELETE_PLANNER_H_
