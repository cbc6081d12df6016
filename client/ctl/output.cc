#include "client/ctl/output.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/ctl/json_text.h"
#include "client/ctl/text_table.h"

namespace berth::ctl {
namespace {

bool IsWrite(const v1::ResultChunk& result) {
  return result.columns_size() == 0 && result.end().has_write();
}

// A result as one value of JSON.
std::string JsonResult(const v1::ResultChunk& result) {
  if (IsWrite(result)) return JsonWrite(result.end().write());
  std::vector<std::string> rows = JsonRows(result);
  if (rows.empty()) return "[]";
  return absl::StrCat("[\n  ", absl::StrJoin(rows, ",\n  "), "\n]");
}

}  // namespace

void Output::Result(const v1::ResultChunk& result) {
  switch (format_) {
    case Format::kTable:
      if (IsWrite(result)) {
        Write(result.end().write(), "affected");
      } else {
        out_ << TextTable(result);
      }
      break;
    case Format::kJson:
      out_ << JsonResult(result) << "\n";
      break;
    case Format::kNdjson:
      if (IsWrite(result)) {
        Write(result.end().write(), "affected");
      } else {
        for (const std::string& row : JsonRows(result)) out_ << row << "\n";
      }
      break;
  }
}

void Output::Results(const std::vector<v1::ResultChunk>& results) {
  if (format_ == Format::kJson && results.size() != 1) {
    out_ << "["
         << absl::StrJoin(results, ", ",
                          [](std::string* out, const v1::ResultChunk& result) {
                            absl::StrAppend(out, JsonResult(result));
                          })
         << "]\n";
    return;
  }
  for (const v1::ResultChunk& result : results) Result(result);
}

void Output::Write(const v1::WriteResult& write, const std::string& verb) {
  if (format_ != Format::kTable) {
    out_ << JsonWrite(write) << "\n";
    return;
  }
  // MariaDB gives no count beside returned rows; the table has one.
  if (write.has_returned()) {
    out_ << TextTable(write.returned());
    return;
  }
  out_ << write.affected_rows()
       << (write.affected_rows() == 1 ? " row " : " rows ") << verb;
  if (write.has_matched_rows() &&
      write.matched_rows() != write.affected_rows()) {
    out_ << ", " << write.matched_rows() << " matched";
  }
  if (write.generated_ids_size() > 0) {
    out_ << ", generated " << absl::StrJoin(write.generated_ids(), ", ");
  }
  if (write.warning_count() > 0) {
    out_ << ", " << write.warning_count() << " warnings";
  }
  out_ << "\n";
}

void Output::Facts(
    const std::vector<std::pair<std::string, v1::Value>>& facts) {
  if (format_ == Format::kTable) {
    size_t width = 0;
    for (const auto& fact : facts) width = std::max(width, fact.first.size());
    for (const auto& [name, value] : facts) {
      out_ << name << std::string(width - name.size() + 2, ' ')
           << CellText(value) << "\n";
    }
    return;
  }
  out_ << "{"
       << absl::StrJoin(facts, ", ",
                        [](std::string* out, const auto& fact) {
                          absl::StrAppend(out, JsonString(fact.first), ": ",
                                          JsonValue(fact.second));
                        })
       << "}\n";
}

void Output::Message(const google::protobuf::Message& message,
                     const v1::ResultChunk& table) {
  if (format_ == Format::kTable) {
    out_ << TextTable(table);
    return;
  }
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = format_ == Format::kJson;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string json;
  // It fails only for an Any of a type that nobody knows.
  (void)google::protobuf::util::MessageToJsonString(message, &json, options);
  while (!json.empty() && json.back() == '\n') json.pop_back();
  out_ << json << "\n";
}

}  // namespace berth::ctl
