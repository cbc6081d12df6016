#include "server/catalog/sql_quote.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace berth::catalog {
namespace {

void AppendDoubling(std::string& sql, absl::string_view text, char quote) {
  sql.push_back(quote);
  for (size_t at = text.find(quote); at != absl::string_view::npos;
       at = text.find(quote)) {
    sql.append(text.data(), at + 1);
    sql.push_back(quote);
    text.remove_prefix(at + 1);
  }
  sql.append(text.data(), text.size());
  sql.push_back(quote);
}

}  // namespace

void AppendIdentifier(std::string& sql, absl::string_view name) {
  AppendDoubling(sql, name, '`');
}

std::string QuoteIdentifier(absl::string_view name) {
  std::string sql;
  sql.reserve(name.size() + 2);
  AppendIdentifier(sql, name);
  return sql;
}

std::string QuoteLiteral(absl::string_view text) {
  // Whether a backslash escapes depends on NO_BACKSLASH_ESCAPES; hexadecimal
  // does not.
  if (text.find_first_of(absl::string_view("\\\0", 2)) !=
      absl::string_view::npos) {
    return absl::StrCat("_utf8mb4 X'", absl::BytesToHexString(text), "'");
  }
  std::string sql;
  sql.reserve(text.size() + 2);
  AppendDoubling(sql, text, '\'');
  return sql;
}

}  // namespace berth::catalog
