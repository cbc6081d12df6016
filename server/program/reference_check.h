// Checks what a step says of other steps.
#ifndef BERTH_SERVER_PROGRAM_REFERENCE_CHECK_H_
#define BERTH_SERVER_PROGRAM_REFERENCE_CHECK_H_

#include "absl/status/status.h"
#include "berth/v1/transaction.pb.h"
#include "server/program/program.h"
#include "server/program/step_values.h"

namespace berth::program {

// Each fails with INVALID_FIELD or LIMIT that names the field within the step,
// and notes in `program`, which holds the steps so far, the rows that
// references name.

// A reference to an earlier step. `path` is that of the value.
absl::Status CheckReference(const v1::Ref& ref, Program& program, PathFn path);

// The condition of the step that comes next.
absl::Status CheckCondition(const v1::Condition& condition, Program& program);

// The assertions of the last step of `program`.
absl::Status CheckAssertions(const v1::Step& step, Program& program);

}  // namespace berth::program

#endif  // BERTH_SERVER_PROGRAM_REFERENCE_CHECK_H_
