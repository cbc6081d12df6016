#include "server/exec/databases.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/catalog/sql_quote.h"

namespace berth::exec {
namespace {

constexpr char kUnknownDatabaseErrno[] = "1049";

// Letters, digits, `_`, `-` and `$`: nothing that a file system or a grant
// pattern understands otherwise.
bool IsPlainName(absl::string_view name) {
  return !name.empty() && name.size() <= limits::kIdentifierCharacters &&
         (absl::ascii_isalpha(name[0]) || name[0] == '_') &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '$';
         });
}

bool IsSystemDatabase(absl::string_view name) {
  const std::string lower = absl::AsciiStrToLower(name);
  return lower == "mysql" || lower == "sys" || lower == "information_schema" ||
         lower == "performance_schema";
}

}  // namespace

Databases::Databases(std::vector<std::string> names, bool any_name)
    : names_(std::move(names)), any_name_(any_name) {}

bool Databases::IsConfigured(absl::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

absl::StatusOr<std::string> Databases::Resolve(absl::string_view name) const {
  if (name.empty()) return default_name();
  if (IsConfigured(name) ||
      (any_name_ && IsPlainName(name) && !IsSystemDatabase(name))) {
    return std::string(name);
  }
  return errors::Error(absl::StatusCode::kNotFound, errors::kUnknownDatabase)
      .Message(absl::StrCat("this server has no database \"", name,
                            "\"; the default is \"", default_name(), "\""))
      .With("database", name)
      .Field("database", "unknown");
}

runtime::Task<absl::Status> Databases::Use(mariadb::Connection& connection,
                                           std::string name) {
  if (connection.database() == name) co_return absl::OkStatus();
  const absl::Status used = co_await connection.UseDatabase(name);
  if (used.ok() || errors::MetadataOf(used, "errno") != kUnknownDatabaseErrno) {
    co_return used;
  }
  const absl::Status missing = errors::WithMetadata(used, "database", name);
  const bool configured = IsConfigured(name);
  if (!configured && created_.fetch_add(1) >= limits::kCreatedDatabases) {
    created_.fetch_sub(1);
    co_return errors::Error(absl::StatusCode::kResourceExhausted,
                            errors::kLimit)
        .Message(absl::StrCat("at most ", limits::kCreatedDatabases,
                              " databases are created on first use"))
        .With("limit", "created_databases")
        .With("limit_value", absl::StrCat(limits::kCreatedDatabases));
  }
  std::string create =
      absl::StrCat("CREATE DATABASE IF NOT EXISTS ",
                   catalog::QuoteIdentifier(name), " CHARACTER SET utf8mb4");
  const absl::Status created = co_await connection.Run(
      std::move(create), mariadb::ErrorContext::Effect::kNone);
  // Without the right to create it, that it is missing is what matters.
  if (!created.ok()) {
    if (configured) co_return missing;
    co_return created;
  }
  const absl::Status again = co_await connection.UseDatabase(std::move(name));
  co_return again;
}

}  // namespace berth::exec
