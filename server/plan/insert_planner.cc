#include "server/plan/insert_planner.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/catalog/sql_quote.h"
#include "server/plan/columns.h"
#include "server/plan/refuse.h"
#include "server/plan/value_check.h"

namespace berth::plan {
namespace {

using catalog::Column;
using ColumnList = std::vector<const Column*>;

absl::Status CheckFields(const v1::InsertSpec& spec) {
  if (spec.rows_size() == 0) return Refuse("rows", "required");
  if (spec.rows_size() > limits::kInsertRows) {
    return OverLimit("rows", "rows", limits::kInsertRows, spec.rows_size());
  }
  if (!v1::OnConflict_IsValid(spec.on_conflict())) {
    return Refuse("on_conflict", "not a way that this server knows");
  }
  if (spec.on_conflict() == v1::ON_CONFLICT_UPDATE) {
    if (spec.columns_size() == 0) {
      return Refuse("columns", "`on_conflict: UPDATE` needs columns to set");
    }
  } else if (spec.update_columns_size() > 0) {
    return Refuse("update_columns", "needs `on_conflict: UPDATE`");
  }
  return absl::OkStatus();
}

absl::Status AppendInsertColumns(const v1::InsertSpec& spec,
                                 const catalog::Table& table, std::string& sql,
                                 ColumnList& columns) {
  columns.reserve(static_cast<size_t>(spec.columns_size()));
  sql += " (";
  for (int i = 0; i < spec.columns_size(); ++i) {
    ASSIGN_OR_RETURN(
        const Column* column,
        FindWritableColumn(
            table, spec.columns(i),
            [i] { return absl::StrCat("columns[", i, "]"); }, columns));
    if (i > 0) sql += ", ";
    AppendColumn(sql, "", *column);
  }
  sql += ")";
  return absl::OkStatus();
}

absl::Status AppendRow(const v1::Row& row, int index, int width, Plan& plan) {
  if (row.values_size() != width) {
    return Refuse(absl::StrCat("rows[", index, "]"),
                  absl::StrCat("has ", row.values_size(), " values for ", width,
                               " columns"));
  }
  plan.sql += index == 0 ? "(" : ", (";
  for (int i = 0; i < width; ++i) {
    const v1::Value& value = row.values(i);
    RETURN_IF_ERROR(CheckValue(value, Besides::kDefault, [index, i] {
      return absl::StrCat("rows[", index, "].values[", i, "]");
    }));
    if (i > 0) plan.sql += ",";
    if (value.has_default_value()) {
      plan.sql += "DEFAULT";
    } else {
      plan.sql += "?";
      plan.parameters.push_back(&value);
    }
  }
  plan.sql += ")";
  return absl::OkStatus();
}

absl::Status AppendRows(const v1::InsertSpec& spec, Plan& plan) {
  const int width = spec.columns_size();
  const size_t values =
      static_cast<size_t>(spec.rows_size()) * static_cast<size_t>(width);
  plan.parameters.reserve(std::min(values, limits::kPlaceholders));
  plan.sql.reserve(plan.sql.size() + values * 2 +
                   static_cast<size_t>(spec.rows_size()) * 4 + 64);
  plan.sql += " VALUES ";
  for (int i = 0; i < spec.rows_size(); ++i) {
    RETURN_IF_ERROR(AppendRow(spec.rows(i), i, width, plan));
  }
  if (plan.parameters.size() > limits::kPlaceholders) {
    return OverLimit("rows", "values of one statement", limits::kPlaceholders,
                     plan.parameters.size());
  }
  return absl::OkStatus();
}

absl::Status AppendUpdateColumns(const v1::InsertSpec& spec,
                                 const catalog::Table& table,
                                 const ColumnList& given, std::string& sql) {
  ColumnList updated;
  if (spec.update_columns_size() == 0) updated = given;
  for (int i = 0; i < spec.update_columns_size(); ++i) {
    const auto field = [i] { return absl::StrCat("update_columns[", i, "]"); };
    ASSIGN_OR_RETURN(
        const Column* column,
        FindWritableColumn(table, spec.update_columns(i), field, updated));
    // VALUES() of a column that no row gives would store its default.
    if (std::find(given.begin(), given.end(), column) == given.end()) {
      return Refuse(field(), absl::StrCat("column \"", column->name,
                                          "\" is not one of `columns`"));
    }
  }
  sql += " ON DUPLICATE KEY UPDATE ";
  for (size_t i = 0; i < updated.size(); ++i) {
    if (i > 0) sql += ", ";
    const std::string name = catalog::QuoteIdentifier(updated[i]->name);
    absl::StrAppend(&sql, name, " = VALUES(", name, ")");
  }
  return absl::OkStatus();
}

// The columns that the caller wants back; `*` alone is all of them.
absl::StatusOr<ColumnList> ReturnedColumns(const v1::InsertSpec& spec,
                                           const catalog::Table& table) {
  ColumnList columns;
  if (spec.returning_size() == 1 && spec.returning(0) == "*") {
    for (const Column& column : table.columns()) columns.push_back(&column);
    return columns;
  }
  for (int i = 0; i < spec.returning_size(); ++i) {
    ASSIGN_OR_RETURN(const Column* column,
                     FindColumn(table, spec.returning(i), [i] {
                       return absl::StrCat("returning[", i, "]");
                     }));
    columns.push_back(column);
  }
  return columns;
}

// Appends RETURNING and decides where generated ids come from.
absl::Status AppendReturning(const v1::InsertSpec& spec,
                             const catalog::Table& table, Plan& plan) {
  ASSIGN_OR_RETURN(ColumnList columns, ReturnedColumns(spec, table));
  plan.wants_returned_rows = !columns.empty();
  plan.returned_columns = static_cast<int>(columns.size());
  const Column* id = table.auto_increment_column();
  const bool single = spec.rows_size() == 1;
  const bool every_row_inserted =
      single || spec.on_conflict() == v1::ON_CONFLICT_UNSPECIFIED;
  plan.wants_generated_ids = id != nullptr && every_row_inserted;
  if (plan.wants_generated_ids && (!single || plan.wants_returned_rows)) {
    const auto found = std::find(columns.begin(), columns.end(), id);
    plan.generated_id_column = static_cast<int>(found - columns.begin());
    if (found == columns.end()) columns.push_back(id);
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    plan.sql += i == 0 ? " RETURNING " : ", ";
    AppendColumn(plan.sql, "", *columns[i]);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Plan> PlanInsert(const v1::InsertSpec& spec,
                                const catalog::Table& table) {
  RETURN_IF_ERROR(CheckFields(spec));
  Plan plan;
  plan.verb = Verb::kInsert;
  plan.effect = Effect::kWrite;
  plan.table = table.name();
  plan.row_count = spec.rows_size();
  plan.sql = spec.on_conflict() == v1::ON_CONFLICT_IGNORE
                 ? "INSERT IGNORE INTO "
                 : "INSERT INTO ";
  catalog::AppendIdentifier(plan.sql, table.name());
  ColumnList columns;
  RETURN_IF_ERROR(AppendInsertColumns(spec, table, plan.sql, columns));
  RETURN_IF_ERROR(AppendRows(spec, plan));
  if (spec.on_conflict() == v1::ON_CONFLICT_UPDATE) {
    RETURN_IF_ERROR(AppendUpdateColumns(spec, table, columns, plan.sql));
  }
  RETURN_IF_ERROR(AppendReturning(spec, table, plan));
  return plan;
}

}  // namespace berth::plan
