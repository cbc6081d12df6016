// How errors are made: a code, a stable reason, and what the caller can know.
//
// An error is an absl::Status that carries google.rpc.ErrorInfo (and where
// they fit BadRequest, RetryInfo, ResourceInfo) as payloads. `rpc` turns it
// into the wire's form in one place.
#ifndef BERTH_SERVER_BASE_ERROR_H_
#define BERTH_SERVER_BASE_ERROR_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace berth::errors {

// Whether what was asked for happened.
enum class Outcome { kNotDone, kDone, kUnknown };

// Who may repeat what.
enum class Retry { kNever, kStatement, kTransaction, kLater, kWithKey };

// Builds one error. Converts to absl::Status.
//
//   return Error(absl::StatusCode::kInvalidArgument, "UNKNOWN_COLUMN")
//       .Message("table \"users\" has no column \"nam\"; did you mean
//       \"name\"?") .With("table", "users").With("column", "nam");
//
// The outcome is NOT_DONE and the retry NEVER unless told otherwise.
class Error {
 public:
  // `reason` is one of the constants of error_reason.h.
  Error(absl::StatusCode code, absl::string_view reason);

  // A sentence in English that says what to do; cut at 1 KiB, and made valid
  // UTF-8.
  Error& Message(absl::string_view message);
  Error& Is(Outcome outcome);
  Error& Is(Retry retry);
  // Adds a variable part of the error to ErrorInfo.metadata.
  Error& With(absl::string_view key, absl::string_view value);
  // Names a wrong field of the request, such as `insert.rows[0].values[3]`.
  Error& Field(absl::string_view path, absl::string_view description);
  // Says how long to wait before a retry.
  Error& RetryAfter(absl::Duration delay);

  operator absl::Status() const;  // NOLINT(google-explicit-constructor)

 private:
  absl::StatusCode code_;
  std::string reason_;
  std::string message_;
  Outcome outcome_ = Outcome::kNotDone;
  Retry retry_ = Retry::kNever;
  std::map<std::string, std::string> metadata_;
  std::map<std::string, std::string> fields_;
  absl::Duration retry_delay_;
};

// The reason of an error; empty if it has none.
std::string ReasonOf(const absl::Status& status);

// A value of the error's metadata; empty if it is not there.
std::string MetadataOf(const absl::Status& status, absl::string_view key);

// The same details under another code and message.
absl::Status Reworded(const absl::Status& status, absl::StatusCode code,
                      absl::string_view message);

// The same error with one more entry in its metadata.
absl::Status WithMetadata(const absl::Status& status, absl::string_view key,
                          absl::string_view value);

// The same error with one more wrong field of the request.
absl::Status WithField(const absl::Status& status, absl::string_view path,
                       absl::string_view description);

// The same error with every field path prefixed by `prefix`.
absl::Status WithFieldPrefix(const absl::Status& status,
                             absl::string_view prefix);

}  // namespace berth::errors

#endif  // BERTH_SERVER_BASE_ERROR_H_
