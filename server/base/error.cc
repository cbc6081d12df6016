#include "server/base/error.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "server/base/error_reason.h"
#include "server/base/limits.h"
#include "server/base/utf8.h"

namespace berth::errors {
namespace {

constexpr char kTypePrefix[] = "type.googleapis.com/";

template <typename Detail>
void Attach(absl::Status& status, const Detail& detail) {
  status.SetPayload(
      absl::StrCat(kTypePrefix, Detail::descriptor()->full_name()),
      absl::Cord(detail.SerializeAsString()));
}

template <typename Detail>
bool Extract(const absl::Status& status, Detail* detail) {
  auto payload = status.GetPayload(
      absl::StrCat(kTypePrefix, Detail::descriptor()->full_name()));
  return payload.has_value() && detail->ParseFromString(std::string(*payload));
}

const char* Name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDone:
      return "DONE";
    case Outcome::kUnknown:
      return "UNKNOWN";
    case Outcome::kNotDone:
      break;
  }
  return "NOT_DONE";
}

const char* Name(Retry retry) {
  switch (retry) {
    case Retry::kStatement:
      return "STATEMENT";
    case Retry::kTransaction:
      return "TRANSACTION";
    case Retry::kLater:
      return "LATER";
    case Retry::kWithKey:
      return "WITH_KEY";
    case Retry::kNever:
      break;
  }
  return "NEVER";
}

// Details above 8 KiB arrive at gRPC clients as a bare RESOURCE_EXHAUSTED, so
// each part is cut well below.
std::string Cut(absl::string_view text, size_t limit) {
  return CutUtf8(ToValidUtf8(text), limit);
}

// The bytes of an entry around its key and value on the wire.
constexpr size_t kEntryOverhead = 8;

// Sets an entry; its value is cut to the room that the others leave, and an
// entry whose key has no room is left out.
void PutMetadata(google::rpc::ErrorInfo& info, const std::string& key,
                 absl::string_view value) {
  size_t used = key.size() + kEntryOverhead;
  for (const auto& [other_key, other] : info.metadata()) {
    if (other_key == key) continue;
    used += other_key.size() + other.size() + kEntryOverhead;
  }
  if (used > limits::kErrorMetadataTotalBytes) return;
  const size_t room = limits::kErrorMetadataTotalBytes - used;
  (*info.mutable_metadata())[key] =
      Cut(value, std::min(room, limits::kErrorMetadataBytes));
}

}  // namespace

Error::Error(absl::StatusCode code, absl::string_view reason)
    : code_(code), reason_(reason) {}

Error& Error::Message(absl::string_view message) {
  message_ = Cut(message, limits::kErrorMessageBytes);
  return *this;
}

Error& Error::Is(Outcome outcome) {
  outcome_ = outcome;
  return *this;
}

Error& Error::Is(Retry retry) {
  retry_ = retry;
  return *this;
}

Error& Error::With(absl::string_view key, absl::string_view value) {
  metadata_[std::string(key)] = Cut(value, limits::kErrorMetadataBytes);
  return *this;
}

Error& Error::Field(absl::string_view path, absl::string_view description) {
  if (fields_.size() < limits::kErrorFields) {
    fields_[Cut(path, limits::kErrorFieldBytes)] =
        Cut(description, limits::kErrorFieldBytes);
  }
  return *this;
}

Error& Error::RetryAfter(absl::Duration delay) {
  retry_delay_ = delay;
  return *this;
}

Error::operator absl::Status() const {
  absl::Status status(code_, message_);
  google::rpc::ErrorInfo info;
  info.set_reason(reason_);
  info.set_domain(kDomain);
  PutMetadata(info, "outcome", Name(outcome_));
  PutMetadata(info, "retry", Name(retry_));
  for (const auto& [key, value] : metadata_) PutMetadata(info, key, value);
  Attach(status, info);
  if (!fields_.empty()) {
    google::rpc::BadRequest bad;
    for (const auto& [path, description] : fields_) {
      auto* violation = bad.add_field_violations();
      violation->set_field(path);
      violation->set_description(description);
    }
    Attach(status, bad);
  }
  if (retry_delay_ > absl::ZeroDuration()) {
    google::rpc::RetryInfo retry;
    const int64_t nanos = absl::ToInt64Nanoseconds(retry_delay_);
    retry.mutable_retry_delay()->set_seconds(nanos / 1'000'000'000);
    retry.mutable_retry_delay()->set_nanos(
        static_cast<int32_t>(nanos % 1'000'000'000));
    Attach(status, retry);
  }
  return status;
}

std::string ReasonOf(const absl::Status& status) {
  if (status.ok()) return std::string();
  google::rpc::ErrorInfo info;
  return Extract(status, &info) ? info.reason() : std::string();
}

std::string MetadataOf(const absl::Status& status, absl::string_view key) {
  if (status.ok()) return std::string();
  google::rpc::ErrorInfo info;
  if (!Extract(status, &info)) return std::string();
  auto found = info.metadata().find(std::string(key));
  return found == info.metadata().end() ? std::string() : found->second;
}

absl::Status WithMetadata(const absl::Status& status, absl::string_view key,
                          absl::string_view value) {
  google::rpc::ErrorInfo info;
  if (!Extract(status, &info)) return status;
  PutMetadata(info, std::string(key), value);
  absl::Status result = status;
  Attach(result, info);
  return result;
}

absl::Status Reworded(const absl::Status& status, absl::StatusCode code,
                      absl::string_view message) {
  absl::Status reworded(code, message);
  status.ForEachPayload(
      [&reworded](absl::string_view type, const absl::Cord& detail) {
        reworded.SetPayload(type, detail);
      });
  return reworded;
}

absl::Status WithField(const absl::Status& status, absl::string_view path,
                       absl::string_view description) {
  google::rpc::BadRequest bad;
  (void)Extract(status, &bad);
  if (bad.field_violations_size() >= static_cast<int>(limits::kErrorFields)) {
    return status;
  }
  auto* violation = bad.add_field_violations();
  violation->set_field(Cut(path, limits::kErrorFieldBytes));
  violation->set_description(Cut(description, limits::kErrorFieldBytes));
  absl::Status result = status;
  Attach(result, bad);
  return result;
}

absl::Status WithFieldPrefix(const absl::Status& status,
                             absl::string_view prefix) {
  if (status.ok()) return status;
  google::rpc::BadRequest bad;
  if (!Extract(status, &bad)) return status;
  for (auto& violation : *bad.mutable_field_violations()) {
    violation.set_field(
        Cut(absl::StrCat(prefix, violation.field()), limits::kErrorFieldBytes));
  }
  absl::Status result = status;
  Attach(result, bad);
  return result;
}

}  // namespace berth::errors
