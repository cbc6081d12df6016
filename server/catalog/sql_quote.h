// The one place that quotes names and texts for SQL.
#ifndef BERTH_SERVER_CATALOG_SQL_QUOTE_H_
#define BERTH_SERVER_CATALOG_SQL_QUOTE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace berth::catalog {

// `name` in back quotes, each back quote in it doubled.
std::string QuoteIdentifier(absl::string_view name);

// Appends QuoteIdentifier(name) to `sql`.
void AppendIdentifier(std::string& sql, absl::string_view name);

// `text` as a literal that means the same in every sql_mode. Only for
// statements that the catalogue makes itself; callers' values are bound.
std::string QuoteLiteral(absl::string_view text);

}  // namespace berth::catalog

#endif  // BERTH_SERVER_CATALOG_SQL_QUOTE_H_
