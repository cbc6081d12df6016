// Plans statements in SQL.
#ifndef BERTH_SERVER_PLAN_EXECUTE_PLANNER_H_
#define BERTH_SERVER_PLAN_EXECUTE_PLANNER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "berth/v1/query.pb.h"
#include "berth/v1/session.pb.h"
#include "server/plan/plan.h"

namespace berth::plan {

// What is lost if the connection breaks while `statement` runs, by its first
// word. A statement that is not known may commit, and a read that calls a
// stored function may write.
Effect EffectOf(absl::string_view statement);

// Plans a statement. `statement` must outlive the plan. The text goes to
// MariaDB as it is, comments included, and MariaDB counts its placeholders;
// only where a list is to be expanded it is read, with the rules of fragments.
//
// Fails with INVALID_FIELD for an empty text and for values that cannot be
// bound, with LIMIT for too many values.
absl::StatusOr<Plan> PlanExecute(const v1::Statement& statement);

// Whether a statement begins a transaction by its first word.
bool BeginsTransaction(absl::string_view statement);

// Plans a statement that will be run by handle, without its parameters. The
// text is read here, once. Fails with INVALID_FIELD for an empty text.
absl::StatusOr<Plan> PlanPrepare(const v1::Prepare& prepare);

// Gives the plan of a prepared statement the parameters of one execution, which
// must outlive it. Lists are refused: the text is fixed. INVALID_FIELD as for
// PlanExecute.
absl::Status BindPrepared(const v1::Statement& statement, Plan& plan);

// Whether a statement may be read with a cursor, by its first word.
bool MayHaveCursor(absl::string_view statement);

// Whether a statement may leave a trace in its session that MariaDB does not
// tell of with its answer. When in doubt, yes: that only costs a reset of the
// connection.
bool MayDirtySession(absl::string_view statement);

}  // namespace berth::plan

#endif  // BERTH_SERVER_PLAN_EXECUTE_PLANNER_H_
