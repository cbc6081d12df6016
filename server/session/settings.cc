#include "server/session/settings.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/limits.h"
#include "server/catalog/sql_quote.h"
#include "server/exec/transaction.h"

namespace berth::session {
namespace {

absl::Status Invalid(absl::string_view field, absl::string_view message) {
  return errors::Error(absl::StatusCode::kInvalidArgument,
                       errors::kInvalidField)
      .Message(absl::StrCat(field, " ", message))
      .Field(field, message);
}

// Names as `Europe/Berlin`, `Etc/GMT+2`, `SYSTEM`, and offsets as `+02:00`.
bool LooksLikeTimeZone(absl::string_view zone) {
  return zone.size() <= limits::kIdentifierCharacters &&
         std::all_of(zone.begin(), zone.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '/' || c == '_' || c == '+' ||
                  c == '-' || c == ':';
         });
}

}  // namespace

absl::StatusOr<std::string> SetupOf(const v1::OpenSession& open) {
  if (!v1::Isolation_IsValid(open.isolation())) {
    return Invalid("isolation", "has an unknown value");
  }
  if (!LooksLikeTimeZone(open.time_zone())) {
    return Invalid("time_zone",
                   "must be an offset such as +02:00 or a name such as "
                   "Europe/Berlin");
  }
  std::vector<std::string> settings;
  if (const char* name = exec::NameOf(open.isolation()); name != nullptr) {
    settings.push_back(absl::StrCat(
        "tx_isolation='", absl::StrReplaceAll(name, {{" ", "-"}}), "'"));
  }
  if (open.read_only()) settings.push_back("tx_read_only=1");
  if (!open.time_zone().empty()) {
    settings.push_back(
        absl::StrCat("time_zone=", catalog::QuoteLiteral(open.time_zone())));
  }
  if (settings.empty()) return std::string();
  return absl::StrCat("SET SESSION ", absl::StrJoin(settings, ", "));
}

absl::StatusOr<absl::Duration> PositiveDuration(
    const google::protobuf::Duration& duration, absl::string_view field) {
  const absl::Duration value =
      absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
  if (value <= absl::ZeroDuration()) return Invalid(field, "must be positive");
  return value;
}

}  // namespace berth::session
