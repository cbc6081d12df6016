// Every value of a step that goes to MariaDB.
#ifndef BERTH_SERVER_PROGRAM_STEP_VALUES_H_
#define BERTH_SERVER_PROGRAM_STEP_VALUES_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "berth/v1/transaction.pb.h"
#include "server/plan/value_check.h"

namespace berth::program {

// Makes the path of a field, only on failure.
using PathFn = absl::FunctionRef<std::string()>;

// Takes a value, what is allowed where it stands, and its path within the step.
using ValueFn = absl::FunctionRef<absl::Status(
    v1::Value& value, plan::Besides besides, PathFn path)>;

// Shows `visit` the parameters, rows and assignments of the step, in order, and
// after a list its values. Stops at the first error.
absl::Status VisitValues(v1::Step& step, ValueFn visit);

}  // namespace berth::program

#endif  // BERTH_SERVER_PROGRAM_STEP_VALUES_H_
