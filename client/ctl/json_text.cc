#include "client/ctl/json_text.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "berth/client/value.h"

namespace berth::ctl {
namespace {

// The document in one line; a string where it is no valid JSON, which a column
// without its check can hold. Line ends occur between tokens only.
std::string JsonDocument(const std::string& text) {
  google::protobuf::Value parsed;
  if (!google::protobuf::util::JsonStringToMessage(text, &parsed).ok()) {
    return JsonString(text);
  }
  std::string line = text;
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::replace(line.begin(), line.end(), '\r', ' ');
  return line;
}

std::string JsonDouble(double number) {
  if (!std::isfinite(number)) return "null";
  // The shortest of the two that reads back as the same number.
  std::string text = absl::StrFormat("%.15g", number);
  return std::stod(text) == number ? text : absl::StrFormat("%.17g", number);
}

}  // namespace

std::string JsonString(absl::string_view text) {
  std::string json = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (c == '\n') {
      json += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&json, "\\u%04x", c);
    } else {
      json += c;
    }
  }
  return json + "\"";
}

std::string JsonValue(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kNullValue:
      return "null";
    case v1::Value::kBoolValue:
    case v1::Value::kIntValue:
    case v1::Value::kUintValue:
      return client::ToString(value);
    case v1::Value::kDoubleValue:
      return JsonDouble(value.double_value());
    case v1::Value::kJson:
      return JsonDocument(value.json());
    case v1::Value::kBlob:
      return JsonString(absl::Base64Escape(value.blob()));
    default:
      return JsonString(client::ToString(value));
  }
}

std::vector<std::string> JsonRows(const v1::ResultChunk& result) {
  std::vector<std::string> keys;
  std::map<std::string, int> seen;
  for (const v1::Column& column : result.columns()) {
    int count = ++seen[column.name()];
    keys.push_back(JsonString(
        count == 1 ? column.name() : absl::StrCat(column.name(), "_", count)));
  }
  std::vector<std::string> rows;
  for (const v1::Row& row : result.rows().rows()) {
    std::vector<std::string> members;
    for (int i = 0; i < row.values_size() && i < result.columns_size(); ++i) {
      members.push_back(absl::StrCat(keys[i], ": ", JsonValue(row.values(i))));
    }
    rows.push_back(absl::StrCat("{", absl::StrJoin(members, ", "), "}"));
  }
  return rows;
}

std::string JsonWrite(const v1::WriteResult& write) {
  std::string json =
      absl::StrCat("{\"affected_rows\": ", write.affected_rows());
  if (write.has_matched_rows()) {
    absl::StrAppend(&json, ", \"matched_rows\": ", write.matched_rows());
  }
  if (write.generated_ids_size() > 0) {
    absl::StrAppend(&json, ", \"generated_ids\": [",
                    absl::StrJoin(write.generated_ids(), ", "), "]");
  }
  if (write.has_returned()) {
    absl::StrAppend(&json, ", \"returned\": [",
                    absl::StrJoin(JsonRows(write.returned()), ", "), "]");
  }
  if (write.warning_count() > 0) {
    absl::StrAppend(&json, ", \"warnings\": ", write.warning_count());
  }
  return json + "}";
}

}  // namespace berth::ctl
