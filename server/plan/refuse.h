// The errors that planners make.
#ifndef BERTH_SERVER_PLAN_REFUSE_H_
#define BERTH_SERVER_PLAN_REFUSE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace berth::plan {

// INVALID_FIELD for `field`, a path within the spec such as `rows[0]`.
absl::Status Refuse(absl::string_view field, absl::string_view message);

// LIMIT for `field`: `value` of what `limit` names is more than `most`.
absl::Status OverLimit(absl::string_view field, absl::string_view limit,
                       uint64_t most, uint64_t value);

}  // namespace berth::plan

#endif  // BERTH_SERVER_PLAN_REFUSE_H_
