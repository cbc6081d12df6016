#include "server/runtime/cancel_error.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"

namespace berth::runtime {
namespace {

// What was going on.
const char* Activity(absl::string_view phase) {
  if (phase == errors::kDeadlineQueue) return "the request waited its turn";
  if (phase == errors::kDeadlineFetch) return "its result was sent";
  return "its statement ran";
}

const char* Happening(CancelCause cause) {
  switch (cause) {
    case CancelCause::kDeadline:
      return "the time of the request was over while ";
    case CancelCause::kRequest:
      return "the client cancelled the request while ";
    case CancelCause::kHalfClosed:
      return "the client closed its side of the stream and the time that is "
             "left then was over while ";
    case CancelCause::kSession:
      return "the server ended the session while ";
    case CancelCause::kClientGone:
      break;
  }
  return "the client left while ";
}

}  // namespace

absl::Status CancelError(CancelCause cause, const char* phase) {
  const bool deadline = cause == CancelCause::kDeadline;
  return errors::Error(deadline ? absl::StatusCode::kDeadlineExceeded
                                : absl::StatusCode::kCancelled,
                       deadline ? phase : errors::kCancelled)
      .Message(absl::StrCat(Happening(cause), Activity(phase),
                            cause == CancelCause::kHalfClosed
                                ? "; keep the stream open until the answers "
                                  "are there"
                                : ""))
      .With("phase", phase);
}

}  // namespace berth::runtime
