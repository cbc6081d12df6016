// Which values may stand where.
#ifndef BERTH_SERVER_PLAN_VALUE_CHECK_H_
#define BERTH_SERVER_PLAN_VALUE_CHECK_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "berth/v1/value.pb.h"

namespace berth::plan {

// What is allowed besides a plain value.
enum class Besides { kNothing, kDefault, kList, kLongData };

// Checks a value. `field` makes its path, only on failure. Fails with
// INVALID_FIELD for a value without a kind, NaN and infinities, a DEFAULT or a
// list where it is not allowed or within a list, and with LIMIT for a list
// that is too long.
absl::Status CheckValue(const v1::Value& value, Besides besides,
                        absl::FunctionRef<std::string()> field);

}  // namespace berth::plan

#endif  // BERTH_SERVER_PLAN_VALUE_CHECK_H_
