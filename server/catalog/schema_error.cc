#include "server/catalog/schema_error.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"

namespace berth::catalog {
namespace {

std::string Hint(absl::string_view nearest) {
  return nearest.empty() ? std::string()
                         : absl::StrCat("; did you mean \"", nearest, "\"?");
}

}  // namespace

absl::Status UnknownTable(absl::string_view database, absl::string_view name,
                          absl::string_view nearest) {
  const std::string message = absl::StrCat(
      "database \"", database, "\" has no table \"", name, "\"", Hint(nearest));
  errors::Error error(absl::StatusCode::kInvalidArgument,
                      errors::kUnknownTable);
  if (!nearest.empty()) error.With("nearest", nearest);
  return error.Message(message)
      .With("database", database)
      .With("table", name)
      .Field("table", message);
}

absl::Status UnknownColumn(const Table& table, absl::string_view name,
                           absl::string_view field) {
  const std::string nearest = table.NearestColumn(name);
  const std::string message =
      absl::StrCat("table \"", table.name(), "\" has no column \"", name, "\"",
                   Hint(nearest));
  errors::Error error(absl::StatusCode::kInvalidArgument,
                      errors::kUnknownColumn);
  if (!nearest.empty()) error.With("nearest", nearest);
  return error.Message(message)
      .With("table", table.name())
      .With("column", name)
      .Field(field, message);
}

}  // namespace berth::catalog
