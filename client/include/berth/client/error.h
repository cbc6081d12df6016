// What an error of the service says beyond its code and message.
//
// Every function of the client that fails returns an `absl::Status` whose
// payloads are the service's `google.rpc` details, the same for unary calls
// and sessions. Programs decide by reason, outcome and retry, never by text:
//
//   absl::StatusOr<v1::WriteResult> done = client.Insert(spec);
//   if (!done.ok() && ReasonOf(done.status()) == "DUPLICATE_KEY") …
#ifndef BERTH_CLIENT_ERROR_H_
#define BERTH_CLIENT_ERROR_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "berth/client/export.h"

namespace berth::client {

// The reasons that the client itself gives, beside those of the service (they
// are listed in the README of the server).

// The service cannot be reached or the connection to it broke, and nothing was
// done. UNAVAILABLE.
inline constexpr char kServiceUnreachable[] = "SERVICE_UNREACHABLE";
// The caller's time was over before the answer came. DEADLINE_EXCEEDED;
// `OutcomeOf` tells whether the work may have been done. A session ends.
inline constexpr char kDeadline[] = "DEADLINE";
// The connection to the service broke after a write or COMMIT had been sent.
// UNKNOWN, outcome UNKNOWN.
inline constexpr char kOutcomeUnknown[] = "OUTCOME_UNKNOWN";
// The connection to the service broke in a transaction before COMMIT was sent:
// the transaction is rolled back. ABORTED.
inline constexpr char kTransactionLost[] = "TRANSACTION_LOST";
// The session was ended or cancelled by this program, or an earlier error told
// of its end. FAILED_PRECONDITION.
inline constexpr char kSessionEnded[] = "SESSION_ENDED";
// The endpoint is not local and there is no encryption; see
// `Options::plaintext`. FAILED_PRECONDITION.
inline constexpr char kInsecureEndpoint[] = "INSECURE_ENDPOINT";
// The service answers that it does not serve, to `Client::CheckHealth`.
// UNAVAILABLE.
inline constexpr char kNotServing[] = "NOT_SERVING";
// An argument cannot be sent. INVALID_ARGUMENT.
inline constexpr char kInvalidField[] = "INVALID_FIELD";

// Whether what was asked for happened.
enum class Outcome { kNotDone, kDone, kUnknown };

// Who may repeat what.
enum class Retry { kNever, kStatement, kTransaction, kLater, kWithKey };

// The stable reason, such as `DUPLICATE_KEY`; empty for an OK status and for
// an error that no Berth library made.
BERTH_CLIENT_EXPORT std::string ReasonOf(const absl::Status& status);

// A value of the error's metadata, such as `errno` or `table`; empty if it is
// not there.
BERTH_CLIENT_EXPORT std::string MetadataOf(const absl::Status& status,
                                           absl::string_view key);

// All metadata of the error.
BERTH_CLIENT_EXPORT std::map<std::string, std::string> AllMetadataOf(
    const absl::Status& status);

// The wrong fields of the request: path, such as `insert.rows[0].values[3]`,
// and description.
BERTH_CLIENT_EXPORT std::vector<std::pair<std::string, std::string>> FieldsOf(
    const absl::Status& status);

// Whether what was asked for happened. `kDone` for OK, `kUnknown` for an error
// that does not say.
BERTH_CLIENT_EXPORT Outcome OutcomeOf(const absl::Status& status);

// Who may repeat what. `kNever` for OK and for an error that does not say.
BERTH_CLIENT_EXPORT Retry RetryOf(const absl::Status& status);

// How long to wait before a repeat, as the service asks (`RetryInfo`); zero
// where it does not.
BERTH_CLIENT_EXPORT absl::Duration RetryDelayOf(const absl::Status& status);

// Whether the same statement, or the same transaction from its start, may be
// run again without an idempotency key.
BERTH_CLIENT_EXPORT bool IsRetryable(const absl::Status& status);

}  // namespace berth::client

#endif  // BERTH_CLIENT_ERROR_H_
