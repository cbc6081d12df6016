// Plans inserts.
#ifndef BERTH_SERVER_PLAN_INSERT_PLANNER_H_
#define BERTH_SERVER_PLAN_INSERT_PLANNER_H_

#include "absl/status/statusor.h"
#include "berth/v1/query.pb.h"
#include "server/catalog/table.h"
#include "server/plan/plan.h"

namespace berth::plan {

// Plans an insert as one statement, so that all rows are stored or none.
// `spec` must outlive the plan.
//
// Generated ids of a single row come from the last insert id. Those of several
// rows, and those next to returned rows, come from RETURNING: the column is
// added where it was not asked for. Several rows of which some may be left out
// have none.
//
// Fails with UNKNOWN_COLUMN; with INVALID_FIELD for a column that is computed
// or given twice, a row of another length, a value that cannot be stored, and
// contradictory fields; with LIMIT for too many rows or values.
absl::StatusOr<Plan> PlanInsert(const v1::InsertSpec& spec,
                                const catalog::Table& table);

}  // namespace berth::plan

#endif  // BERTH_SERVER_PLAN_INSERT_PLANNER_H_
