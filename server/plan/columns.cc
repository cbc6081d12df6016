#include "server/plan/columns.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/catalog/schema_error.h"
#include "server/catalog/sql_quote.h"
#include "server/plan/refuse.h"

namespace berth::plan {

absl::StatusOr<const catalog::Column*> FindColumn(
    const catalog::Table& table, absl::string_view name,
    absl::FunctionRef<std::string()> field) {
  const catalog::Column* column = table.FindColumn(name);
  if (column == nullptr) return catalog::UnknownColumn(table, name, field());
  return column;
}

absl::StatusOr<const catalog::Column*> FindWritableColumn(
    const catalog::Table& table, absl::string_view name,
    absl::FunctionRef<std::string()> field,
    std::vector<const catalog::Column*>& seen) {
  ASSIGN_OR_RETURN(const catalog::Column* column,
                   FindColumn(table, name, field));
  if (column->generated) {
    return Refuse(field(), absl::StrCat("column \"", column->name,
                                        "\" is computed by the database"));
  }
  if (std::find(seen.begin(), seen.end(), column) != seen.end()) {
    return Refuse(field(),
                  absl::StrCat("column \"", column->name, "\" is given twice"));
  }
  seen.push_back(column);
  return column;
}

void AppendColumn(std::string& sql, absl::string_view qualifier,
                  const catalog::Column& column) {
  if (!qualifier.empty()) absl::StrAppend(&sql, qualifier, ".");
  catalog::AppendIdentifier(sql, column.name);
}

absl::Status AppendColumns(std::string& sql, absl::string_view qualifier,
                           const catalog::Table& table, const Names& names,
                           absl::string_view field) {
  if (names.empty()) {
    bool first = true;
    for (const catalog::Column& column : table.columns()) {
      if (!first) sql += ", ";
      first = false;
      AppendColumn(sql, qualifier, column);
    }
    return absl::OkStatus();
  }
  for (int i = 0; i < names.size(); ++i) {
    ASSIGN_OR_RETURN(const catalog::Column* column,
                     FindColumn(table, names[i], [&] {
                       return absl::StrCat(field, "[", i, "]");
                     }));
    if (i > 0) sql += ", ";
    AppendColumn(sql, qualifier, *column);
  }
  return absl::OkStatus();
}

}  // namespace berth::plan
