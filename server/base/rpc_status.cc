#include "server/base/rpc_status.h"

#include <string>

#include "absl/strings/cord.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"

namespace berth::errors {

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  if (!status.ok() && ReasonOf(status).empty()) {
    // UNAVAILABLE would invite gRPC to repeat what may have happened.
    const absl::StatusCode code =
        status.code() == absl::StatusCode::kUnavailable
            ? absl::StatusCode::kInternal
            : status.code();
    const absl::Status named = Error(code, kInternal)
                                   .Message(std::string(status.message()))
                                   .Is(Outcome::kUnknown);
    return ToRpcStatus(named);
  }
  google::rpc::Status result;
  result.set_code(static_cast<int>(status.code()));
  result.set_message(std::string(status.message()));
  status.ForEachPayload(
      [&result](absl::string_view type, const absl::Cord& payload) {
        auto* detail = result.add_details();
        detail->set_type_url(std::string(type));
        detail->set_value(std::string(payload));
      });
  return result;
}

}  // namespace berth::errors
