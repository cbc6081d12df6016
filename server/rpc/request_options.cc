#include "server/rpc/request_options.h"

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/limits.h"

namespace berth::rpc {

absl::Status NotAlive(absl::string_view field) {
  return errors::Error(absl::StatusCode::kUnimplemented,
                       errors::kNotImplemented)
      .Message(absl::StrCat("the field ", field,
                            " is not alive in this version; leave it unset"))
      .Field(field, "not alive yet");
}

absl::Status Missing(absl::string_view field) {
  return errors::Error(absl::StatusCode::kInvalidArgument,
                       errors::kInvalidField)
      .Message(absl::StrCat("the field ", field, " is required"))
      .Field(field, "missing");
}

absl::Status CheckOptions(const v1::RequestOptions& options) {
  if (!options.idempotency_key().empty()) {
    return NotAlive("options.idempotency_key");
  }
  if (!options.consistency_token().empty()) {
    return NotAlive("options.consistency_token");
  }
  if (options.has_max_staleness()) return NotAlive("options.max_staleness");
  if (options.tag().size() > limits::kTagBytes) {
    return errors::Error(absl::StatusCode::kInvalidArgument,
                         errors::kInvalidField)
        .Message(absl::StrCat("options.tag has ", options.tag().size(),
                              " bytes; at most ", limits::kTagBytes,
                              " are allowed"))
        .Field("options.tag", "too long");
  }
  return absl::OkStatus();
}

}  // namespace berth::rpc
