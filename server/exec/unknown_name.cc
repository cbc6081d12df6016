#include "server/exec/unknown_name.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"

namespace berth::exec {
namespace {

// "Unknown column 'u.emial' in 'WHERE'": the last part of the first name.
std::string QuotedColumn(absl::string_view message) {
  const size_t open = message.find('\'');
  if (open == absl::string_view::npos) return std::string();
  const size_t close = message.find('\'', open + 1);
  if (close == absl::string_view::npos) return std::string();
  std::string name(message.substr(open + 1, close - open - 1));
  const size_t dot = name.rfind('.');
  return dot == std::string::npos ? name : name.substr(dot + 1);
}

}  // namespace

absl::Status ExplainUnknownName(const absl::Status& status,
                                const catalog::Table& table) {
  if (errors::ReasonOf(status) != errors::kUnknownColumn) return status;
  const std::string column = QuotedColumn(std::string(status.message()));
  if (column.empty()) return status;
  const std::string nearest = table.NearestColumn(column);
  std::string message = absl::StrCat(std::string(status.message()),
                                     " (table \"", table.name(), "\"");
  if (!nearest.empty()) {
    absl::StrAppend(&message, "; did you mean \"", nearest, "\"?");
  }
  message += ")";
  errors::Error error(status.code(), errors::kUnknownColumn);
  error.Message(message)
      .With("table", table.name())
      .With("column", column)
      .With("errno", errors::MetadataOf(status, "errno"))
      .With("sqlstate", errors::MetadataOf(status, "sqlstate"))
      .Field("filter.where", "names a column that does not exist");
  if (!nearest.empty()) error.With("nearest", nearest);
  return error;
}

}  // namespace berth::exec
