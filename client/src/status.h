// Making the errors of the client: the service's, decoded, and its own.
#ifndef BERTH_CLIENT_SRC_STATUS_H_
#define BERTH_CLIENT_SRC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "berth/client/error.h"
#include "google/rpc/status.pb.h"

namespace berth::client::internal {

// What is lost with a request whose answer never comes.
enum class Effect {
  // Nothing: the request changes nothing, or was never sent.
  kNone,
  // Changes of an open transaction, which is then rolled back.
  kInTransaction,
  // Changes that may have been committed.
  kMayBeDone,
};

// An error that the client itself makes, in the form of the service's.
absl::Status MakeError(absl::StatusCode code, absl::string_view reason,
                       absl::string_view message, Outcome outcome, Retry retry);

// The error of a session's answer.
absl::Status FromProto(const google::rpc::Status& error);

// The error of a call or stream that ended with `status`. Where the service
// gave no details, reason, outcome and retry are concluded from the code and
// from `effect`.
absl::Status FromRpc(const grpc::Status& status, Effect effect);

// The deadline passed on this side.
absl::Status DeadlineError(Effect effect);

// The connection broke.
absl::Status UnreachableError(absl::string_view message, Effect effect);

// Used after its end.
absl::Status EndedError();

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_STATUS_H_
