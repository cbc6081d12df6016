#include "berth/client/error.h"

#include <algorithm>
#include <optional>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "client/src/status.h"
#include "google/rpc/error_details.pb.h"

namespace berth::client {
namespace {

constexpr char kTypePrefix[] = "type.googleapis.com/";

// The detail of the type T, if the status has one.
template <typename T>
std::optional<T> DetailOf(const absl::Status& status) {
  absl::optional<absl::Cord> payload =
      status.GetPayload(absl::StrCat(kTypePrefix, T().GetTypeName()));
  T detail;
  if (!payload.has_value() || !detail.ParseFromString(std::string(*payload))) {
    return std::nullopt;
  }
  return detail;
}

const char* Name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDone:
      return "DONE";
    case Outcome::kNotDone:
      return "NOT_DONE";
    case Outcome::kUnknown:
      return "UNKNOWN";
  }
  return "UNKNOWN";
}

const char* Name(Retry retry) {
  switch (retry) {
    case Retry::kNever:
      return "NEVER";
    case Retry::kStatement:
      return "STATEMENT";
    case Retry::kTransaction:
      return "TRANSACTION";
    case Retry::kLater:
      return "LATER";
    case Retry::kWithKey:
      return "WITH_KEY";
  }
  return "NEVER";
}

}  // namespace

std::string ReasonOf(const absl::Status& status) {
  auto info = DetailOf<google::rpc::ErrorInfo>(status);
  return info.has_value() ? info->reason() : std::string();
}

std::string MetadataOf(const absl::Status& status, absl::string_view key) {
  auto info = DetailOf<google::rpc::ErrorInfo>(status);
  if (!info.has_value()) return {};
  auto entry = info->metadata().find(std::string(key));
  return entry == info->metadata().end() ? std::string() : entry->second;
}

std::map<std::string, std::string> AllMetadataOf(const absl::Status& status) {
  auto info = DetailOf<google::rpc::ErrorInfo>(status);
  if (!info.has_value()) return {};
  return {info->metadata().begin(), info->metadata().end()};
}

std::vector<std::pair<std::string, std::string>> FieldsOf(
    const absl::Status& status) {
  std::vector<std::pair<std::string, std::string>> fields;
  if (auto bad = DetailOf<google::rpc::BadRequest>(status)) {
    for (const auto& violation : bad->field_violations()) {
      fields.emplace_back(violation.field(), violation.description());
    }
  }
  return fields;
}

Outcome OutcomeOf(const absl::Status& status) {
  if (status.ok()) return Outcome::kDone;
  std::string outcome = MetadataOf(status, "outcome");
  if (outcome == "NOT_DONE") return Outcome::kNotDone;
  if (outcome == "DONE") return Outcome::kDone;
  return Outcome::kUnknown;
}

Retry RetryOf(const absl::Status& status) {
  std::string retry = MetadataOf(status, "retry");
  for (Retry value : {Retry::kStatement, Retry::kTransaction, Retry::kLater,
                      Retry::kWithKey}) {
    if (retry == Name(value)) return value;
  }
  return Retry::kNever;
}

absl::Duration RetryDelayOf(const absl::Status& status) {
  auto info = DetailOf<google::rpc::RetryInfo>(status);
  if (!info.has_value()) return absl::ZeroDuration();
  return std::max(absl::ZeroDuration(),
                  absl::Seconds(info->retry_delay().seconds()) +
                      absl::Nanoseconds(info->retry_delay().nanos()));
}

bool IsRetryable(const absl::Status& status) {
  Retry retry = RetryOf(status);
  return retry == Retry::kStatement || retry == Retry::kTransaction ||
         retry == Retry::kLater;
}

namespace internal {
namespace {

Outcome OutcomeAfter(Effect effect) {
  return effect == Effect::kMayBeDone ? Outcome::kUnknown : Outcome::kNotDone;
}

Retry RetryAfter(Effect effect) {
  switch (effect) {
    case Effect::kNone:
      return Retry::kStatement;
    case Effect::kInTransaction:
      return Retry::kTransaction;
    case Effect::kMayBeDone:
      return Retry::kNever;
  }
  return Retry::kNever;
}

}  // namespace

absl::Status MakeError(absl::StatusCode code, absl::string_view reason,
                       absl::string_view message, Outcome outcome,
                       Retry retry) {
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(reason));
  info.set_domain("berth");
  (*info.mutable_metadata())["outcome"] = Name(outcome);
  (*info.mutable_metadata())["retry"] = Name(retry);
  absl::Status status(code, message);
  status.SetPayload(absl::StrCat(kTypePrefix, info.GetTypeName()),
                    absl::Cord(info.SerializeAsString()));
  return status;
}

absl::Status FromProto(const google::rpc::Status& error) {
  // An error without a code would read as success.
  auto code =
      static_cast<absl::StatusCode>(error.code() == 0 ? 2 : error.code());
  absl::Status status(code, error.message());
  for (const auto& detail : error.details()) {
    status.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  if (ReasonOf(status).empty()) {
    return MakeError(code, absl::StatusCodeToString(code), error.message(),
                     Outcome::kUnknown, Retry::kNever);
  }
  return status;
}

absl::Status FromRpc(const grpc::Status& status, Effect effect) {
  google::rpc::Status error;
  if (!status.error_details().empty() &&
      error.ParseFromString(status.error_details()) && error.code() != 0) {
    return FromProto(error);
  }
  switch (status.error_code()) {
    case grpc::StatusCode::OK:
      return UnreachableError("the service ended the session", effect);
    case grpc::StatusCode::UNAVAILABLE:
      return UnreachableError(status.error_message(), effect);
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return DeadlineError(effect);
    default: {
      auto code = static_cast<absl::StatusCode>(status.error_code());
      return MakeError(code, absl::StatusCodeToString(code),
                       status.error_message(), OutcomeAfter(effect),
                       Retry::kNever);
    }
  }
}

absl::Status DeadlineError(Effect effect) {
  return MakeError(absl::StatusCode::kDeadlineExceeded, kDeadline,
                   "no answer within the caller's time limit",
                   OutcomeAfter(effect), RetryAfter(effect));
}

absl::Status UnreachableError(absl::string_view message, Effect effect) {
  switch (effect) {
    case Effect::kNone:
      break;
    case Effect::kInTransaction:
      return MakeError(
          absl::StatusCode::kAborted, kTransactionLost,
          absl::StrCat("the transaction was rolled back: ", message),
          Outcome::kNotDone, Retry::kTransaction);
    case Effect::kMayBeDone:
      return MakeError(
          absl::StatusCode::kUnknown, kOutcomeUnknown,
          absl::StrCat("the answer to a sent write was lost: ", message),
          Outcome::kUnknown, Retry::kNever);
  }
  return MakeError(absl::StatusCode::kUnavailable, kServiceUnreachable, message,
                   Outcome::kNotDone, Retry::kStatement);
}

absl::Status EndedError() {
  return MakeError(absl::StatusCode::kFailedPrecondition, kSessionEnded,
                   "the session has ended", Outcome::kNotDone, Retry::kNever);
}

}  // namespace internal
}  // namespace berth::client
