// How freely a principal may write fragments of SQL.
#ifndef BERTH_SERVER_AUTH_WHERE_LEVEL_H_
#define BERTH_SERVER_AUTH_WHERE_LEVEL_H_

#include <optional>

#include "absl/strings/string_view.h"

namespace berth::auth {

// What `Filter.where` may hold. proto/README.md has the table.
enum class WhereLevel {
  // Conditions over columns of the table with harmless functions, ORDER BY,
  // LIMIT and locks; parsed, and written anew.
  kStrict,
  // SQL without what reaches beyond the database's tables.
  kClauses,
  // SQL without comments and `;`.
  kRaw,
};

// The name of a level in configuration and errors.
constexpr absl::string_view NameOf(WhereLevel level) {
  switch (level) {
    case WhereLevel::kStrict:
      return "strict";
    case WhereLevel::kClauses:
      return "clauses";
    case WhereLevel::kRaw:
      break;
  }
  return "raw";
}

// The level of this name; nullopt: there is none.
constexpr std::optional<WhereLevel> WhereLevelOf(absl::string_view name) {
  for (WhereLevel level :
       {WhereLevel::kStrict, WhereLevel::kClauses, WhereLevel::kRaw}) {
    if (NameOf(level) == name) return level;
  }
  return std::nullopt;
}

}  // namespace berth::auth

#endif  // BERTH_SERVER_AUTH_WHERE_LEVEL_H_
