#include "server/plan/refuse.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"

namespace berth::plan {

absl::Status Refuse(absl::string_view field, absl::string_view message) {
  return errors::Error(absl::StatusCode::kInvalidArgument,
                       errors::kInvalidField)
      .Message(absl::StrCat(field, ": ", message))
      .Field(field, message);
}

absl::Status OverLimit(absl::string_view field, absl::string_view limit,
                       uint64_t most, uint64_t value) {
  const std::string message =
      absl::StrCat("at most ", most, " ", limit, " are allowed, not ", value);
  return errors::Error(absl::StatusCode::kInvalidArgument, errors::kLimit)
      .Message(absl::StrCat(field, ": ", message))
      .With("limit", limit)
      .With("limit_value", absl::StrCat(most))
      .Field(field, message);
}

}  // namespace berth::plan
