#include "client/ctl/value_syntax.h"

#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "berth/client/value.h"

namespace berth::ctl {
namespace {

using client::ToValue;

absl::Status NoValue(absl::string_view kind, absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is no value of the kind ", kind));
}

bool IsHex(absl::string_view text) {
  return text.size() % 2 == 0 &&
         text.find_first_not_of("0123456789abcdefABCDEF") ==
             absl::string_view::npos;
}

// The value of a number or truth value. OK without a value: no such kind.
absl::StatusOr<v1::Value> ParseScalar(absl::string_view kind,
                                      absl::string_view text) {
  v1::Value value;
  if (kind == "bool") {
    bool truth;
    if (!absl::SimpleAtob(text, &truth)) return NoValue(kind, text);
    value = ToValue(truth);
  } else if (kind == "int") {
    int64_t number;
    if (!absl::SimpleAtoi(text, &number)) return NoValue(kind, text);
    value = ToValue(number);
  } else if (kind == "uint") {
    uint64_t number;
    if (!absl::SimpleAtoi(text, &number)) return NoValue(kind, text);
    value = ToValue(number);
  } else if (kind == "double") {
    double number;
    if (!absl::SimpleAtod(text, &number) || !std::isfinite(number)) {
      return NoValue(kind, text);
    }
    value = ToValue(number);
  } else if (kind == "blob") {
    if (!IsHex(text)) return NoValue("blob (hexadecimal)", text);
    value = client::Blob(absl::HexStringToBytes(text));
  } else if (kind == "text") {
    value = ToValue(text);
  } else if (kind == "decimal") {
    value = client::Decimal(text);
  } else if (kind == "json") {
    value = client::Json(text);
  } else if (kind == "date") {
    value = client::Date(text);
  } else if (kind == "datetime") {
    value = client::DateTime(text);
  } else if (kind == "time") {
    value = client::Time(text);
  }
  return value;
}

absl::StatusOr<v1::Value> ParseList(absl::string_view text) {
  std::vector<v1::Value> items;
  std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits(':', 1));
  absl::StatusOr<v1::Value> probe = ParseScalar(parts.first, "0");
  bool typed = text.find(':') != absl::string_view::npos &&
               (!probe.ok() || probe->kind_case() != v1::Value::KIND_NOT_SET);
  absl::string_view kind = typed ? parts.first : "text";
  absl::string_view list = typed ? parts.second : text;
  if (list.empty()) return client::List({});
  for (absl::string_view item : absl::StrSplit(list, ',')) {
    absl::StatusOr<v1::Value> value = ParseScalar(kind, item);
    if (!value.ok()) return value.status();
    items.push_back(*std::move(value));
  }
  return client::List(std::move(items));
}

}  // namespace

absl::StatusOr<v1::Value> ParseValue(absl::string_view text) {
  if (text == "null") return ToValue(std::nullopt);
  if (text == "default") return client::Default();
  size_t colon = text.find(':');
  if (colon == absl::string_view::npos) return ToValue(text);
  absl::string_view kind = text.substr(0, colon);
  absl::string_view rest = text.substr(colon + 1);
  if (kind == "list") return ParseList(rest);
  absl::StatusOr<v1::Value> value = ParseScalar(kind, rest);
  if (value.ok() && value->kind_case() == v1::Value::KIND_NOT_SET) {
    return ToValue(text);
  }
  return value;
}

absl::StatusOr<std::vector<v1::Value>> ParseValues(
    const std::vector<std::string>& texts) {
  std::vector<v1::Value> values;
  for (const std::string& text : texts) {
    absl::StatusOr<v1::Value> value = ParseValue(text);
    if (!value.ok()) return value.status();
    values.push_back(*std::move(value));
  }
  return values;
}

absl::StatusOr<v1::Assignment> ParseAssignment(absl::string_view text) {
  size_t equals = text.find('=');
  if (equals == absl::string_view::npos || equals == 0 || text[0] == ':') {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is not COLUMN=VALUE"));
  }
  v1::Assignment assignment;
  absl::string_view right = text.substr(equals + 1);
  if (text[equals - 1] == ':') {
    assignment.set_column(std::string(text.substr(0, equals - 1)));
    assignment.mutable_expression()->set_where(std::string(right));
    return assignment;
  }
  assignment.set_column(std::string(text.substr(0, equals)));
  absl::StatusOr<v1::Value> value = ParseValue(right);
  if (!value.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(assignment.column(), ": ", value.status().message()));
  }
  *assignment.mutable_value() = *std::move(value);
  return assignment;
}

absl::StatusOr<v1::Order> ParseOrder(absl::string_view text) {
  std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits(':', 1));
  v1::Order order;
  order.set_column(std::string(parts.first));
  order.set_descending(parts.second == "desc");
  if (parts.first.empty() || (!parts.second.empty() && parts.second != "asc" &&
                              parts.second != "desc")) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", text, "\" is not COLUMN, COLUMN:asc or COLUMN:desc"));
  }
  return order;
}

absl::StatusOr<absl::Duration> ParseTimeout(absl::string_view text) {
  double seconds;
  absl::Duration timeout;
  if (absl::SimpleAtod(text, &seconds) && std::isfinite(seconds)) {
    timeout = absl::Seconds(seconds);
  } else if (!absl::ParseDuration(text, &timeout)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is no time such as 5s or 250ms"));
  }
  if (!(timeout > absl::ZeroDuration())) {
    return absl::InvalidArgumentError("the timeout must be positive");
  }
  return timeout;
}

}  // namespace berth::ctl
