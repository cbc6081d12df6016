#include "client/ctl/error_text.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "berth/client/error.h"
#include "client/ctl/json_text.h"
#include "client/ctl/text_table.h"

namespace berth::ctl {
namespace {

using client::Outcome;
using client::Retry;

struct Hint {
  const char* reason;
  const char* text;
};

constexpr Hint kHints[] = {
    {"SERVICE_UNREACHABLE",
     "is berthd running there? See --endpoint or BERTH_ENDPOINT"},
    {"INSECURE_ENDPOINT", "inside a private network, --plaintext allows it"},
    {"DEADLINE", "--timeout gives it longer"},
    {"NOT_SERVING", "`berthctl pool` tells how the pool stands"},
    {"UNKNOWN_TABLE", "`berthctl schema list` names the tables"},
    {"UNKNOWN_COLUMN", "`berthctl schema show TABLE` names the columns"},
    {"UNKNOWN_DATABASE", "see --database"},
    {"DUPLICATE_KEY",
     "--on-conflict ignore or update says what to do with an existing row"},
    {"CREDENTIALS",
     "see --user, --password-file and the variable BERTH_PASSWORD"},
    {"POLICY", "the role of this user does not allow it"},
    {"SCHEMA_CONFLICT",
     "`berthctl schema plan FILE` shows both sides; --on-conflict warn keeps "
     "the database's"},
    {"POOL_WAIT", "`berthctl pool` tells who waits"},
    {"OUTCOME_UNKNOWN", "look before you run it again"},
};

std::string OutcomeName(const absl::Status& status) {
  switch (client::OutcomeOf(status)) {
    case Outcome::kDone:
      return "DONE";
    case Outcome::kNotDone:
      return "NOT_DONE";
    case Outcome::kUnknown:
      return "UNKNOWN";
  }
  return "UNKNOWN";
}

const char* OutcomeMeaning(const absl::Status& status) {
  switch (client::OutcomeOf(status)) {
    case Outcome::kDone:
      return "it was done";
    case Outcome::kNotDone:
      return "nothing was done";
    case Outcome::kUnknown:
      return "it may have been done";
  }
  return "";
}

const char* RetryMeaning(const absl::Status& status) {
  switch (client::RetryOf(status)) {
    case Retry::kNever:
      return "NEVER (the same again would fail, or do it twice)";
    case Retry::kStatement:
      return "STATEMENT (the same again is safe)";
    case Retry::kTransaction:
      return "TRANSACTION (the whole transaction again is safe)";
    case Retry::kLater:
      return "LATER (the same again is safe after a while)";
    case Retry::kWithKey:
      return "WITH_KEY (only with the same idempotency key)";
  }
  return "NEVER";
}

const char* RetryName(const absl::Status& status) {
  switch (client::RetryOf(status)) {
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

// Text of the service or of MariaDB, harmless in a terminal.
std::string Printable(const std::string& text) {
  v1::Value value;
  value.set_text(text);
  return CellText(value);
}

std::string PlainText(const absl::Status& status) {
  std::string reason = client::ReasonOf(status);
  std::string text =
      absl::StrCat("berthctl: ", reason, reason.empty() ? "" : ": ",
                   Printable(std::string(status.message())), "\n");
  if (reason.empty()) return text;
  auto line = [&text](const std::string& name, const std::string& value) {
    absl::StrAppend(&text, "  ", name,
                    std::string(name.size() < 9 ? 9 - name.size() : 1, ' '),
                    Printable(value), "\n");
  };
  line("outcome",
       absl::StrCat(OutcomeName(status), " (", OutcomeMeaning(status), ")"));
  line("retry", RetryMeaning(status));
  if (absl::Duration delay = client::RetryDelayOf(status);
      delay > absl::ZeroDuration()) {
    line("wait", absl::FormatDuration(delay));
  }
  for (const auto& [field, description] : client::FieldsOf(status)) {
    line("field", absl::StrCat(field, ": ", description));
  }
  for (const auto& [key, value] : client::AllMetadataOf(status)) {
    if (key != "outcome" && key != "retry") line(key, value);
  }
  if (std::string hint = HintOf(status); !hint.empty()) line("hint", hint);
  return text;
}

std::string JsonError(const absl::Status& status) {
  std::vector<std::string> members;
  auto add = [&members](const char* name, const std::string& json) {
    members.push_back(absl::StrCat("\"", name, "\": ", json));
  };
  std::string reason = client::ReasonOf(status);
  add("reason", JsonString(reason.empty() ? "USAGE" : reason));
  add("message", JsonString(std::string(status.message())));
  if (!reason.empty()) {
    add("code", JsonString(absl::StatusCodeToString(status.code())));
    add("outcome", JsonString(OutcomeName(status)));
    add("retry", JsonString(RetryName(status)));
  }
  auto pairs = [](std::string* out, const auto& pair) {
    absl::StrAppend(out, JsonString(pair.first), ": ", JsonString(pair.second));
  };
  auto fields = client::FieldsOf(status);
  if (!fields.empty()) {
    add("fields", absl::StrCat("{", absl::StrJoin(fields, ", ", pairs), "}"));
  }
  auto metadata = client::AllMetadataOf(status);
  metadata.erase("outcome");
  metadata.erase("retry");
  if (!metadata.empty()) {
    add("metadata",
        absl::StrCat("{", absl::StrJoin(metadata, ", ", pairs), "}"));
  }
  if (std::string hint = HintOf(status); !hint.empty()) {
    add("hint", JsonString(hint));
  }
  return absl::StrCat("{\"error\": {", absl::StrJoin(members, ", "), "}}\n");
}

}  // namespace

Exit ExitCodeOf(const absl::Status& status) {
  if (status.ok()) return kOk;
  std::string reason = client::ReasonOf(status);
  if (reason.empty() || reason == client::kInsecureEndpoint) return kUsage;
  if (reason == client::kServiceUnreachable) return kUnreachable;
  if (reason == client::kNotServing) return kUnhealthy;
  if (client::OutcomeOf(status) == Outcome::kUnknown) return kUnknown;
  return kFailed;
}

std::string HintOf(const absl::Status& status) {
  std::string reason = client::ReasonOf(status);
  for (const Hint& hint : kHints) {
    if (reason == hint.reason) return hint.text;
  }
  return "";
}

std::string ErrorText(const absl::Status& status, Format format) {
  return format == Format::kTable ? PlainText(status) : JsonError(status);
}

}  // namespace berth::ctl
