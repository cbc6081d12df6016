#include "server/catalog/introspection.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/catalog/column_type.h"
#include "server/catalog/registry_store.h"
#include "server/catalog/sql_quote.h"

namespace berth::catalog {
namespace {

struct Draft {
  Draft() = default;

  std::vector<Column> columns;
  std::vector<std::string> primary_key;
};

using Drafts = std::map<std::string, Draft, std::less<>>;

std::string Text(const std::optional<std::string>& cell) {
  return cell.value_or(std::string());
}

// `TABLE_SCHEMA = … [AND TABLE_NAME = …]`: with both MariaDB opens one table
// only. It compares without regard to case, so names are checked again here.
std::string Where(absl::string_view schema_column, absl::string_view database,
                  absl::string_view table) {
  std::string where =
      absl::StrCat(" WHERE ", schema_column, " = ", QuoteLiteral(database));
  if (!table.empty()) {
    absl::StrAppend(&where, " AND TABLE_NAME = ", QuoteLiteral(table));
  }
  return where;
}

Column ReadColumn(const std::vector<std::optional<std::string>>& row) {
  Column column;
  column.name = Text(row[1]);
  column.type = ColumnTypeFromSql(Text(row[2]));
  column.sql_type = Text(row[3]);
  column.nullable = Text(row[4]) == "YES";
  const std::string extra = Text(row[6]);
  column.auto_increment = absl::StrContains(extra, "auto_increment");
  column.generated =
      Text(row[7]) == "ALWAYS" || absl::StrContains(extra, "GENERATED");
  column.optional = column.nullable || row[5].has_value() ||
                    column.auto_increment || column.generated;
  return column;
}

absl::Status ReadColumns(SqlRunner& runner, absl::string_view database,
                         absl::string_view table, Drafts& drafts) {
  ASSIGN_OR_RETURN(
      TextResult result,
      runner.Query(absl::StrCat(
          "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, "
          "IS_NULLABLE, COLUMN_DEFAULT, EXTRA, IS_GENERATED "
          "FROM information_schema.COLUMNS",
          Where("TABLE_SCHEMA", database, table),
          " ORDER BY TABLE_NAME, ORDINAL_POSITION")));
  for (const auto& row : result.rows) {
    if (!table.empty() && Text(row[0]) != table) continue;
    drafts[Text(row[0])].columns.push_back(ReadColumn(row));
  }
  return absl::OkStatus();
}

absl::Status ReadPrimaryKeys(SqlRunner& runner, absl::string_view database,
                             absl::string_view table, Drafts& drafts) {
  ASSIGN_OR_RETURN(
      TextResult result,
      runner.Query(absl::StrCat(
          "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.STATISTICS",
          Where("TABLE_SCHEMA", database, table),
          " AND INDEX_NAME = 'PRIMARY' ORDER BY TABLE_NAME, SEQ_IN_INDEX")));
  for (const auto& row : result.rows) {
    const auto draft = drafts.find(Text(row[0]));
    if (draft != drafts.end()) {
      draft->second.primary_key.push_back(Text(row[1]));
    }
  }
  return absl::OkStatus();
}

absl::Status ReadJsonChecks(SqlRunner& runner, absl::string_view database,
                            absl::string_view table, Drafts& drafts) {
  ASSIGN_OR_RETURN(
      TextResult result,
      runner.Query(absl::StrCat("SELECT TABLE_NAME, CHECK_CLAUSE FROM "
                                "information_schema.CHECK_CONSTRAINTS",
                                Where("CONSTRAINT_SCHEMA", database, table))));
  for (const auto& row : result.rows) {
    const auto draft = drafts.find(Text(row[0]));
    if (draft == drafts.end()) continue;
    for (Column& column : draft->second.columns) {
      if (column.sql_type == "longtext" &&
          IsJsonCheck(Text(row[1]), column.name)) {
        column.type = v1::COLUMN_TYPE_JSON;
      }
    }
  }
  return absl::OkStatus();
}

bool HasLongText(const Drafts& drafts) {
  for (const auto& [unused, draft] : drafts) {
    for (const Column& column : draft.columns) {
      if (column.sql_type == "longtext") return true;
    }
  }
  return false;
}

// The tables of a database, or the one named if `table` is not empty.
absl::StatusOr<Drafts> ReadTables(SqlRunner& runner, absl::string_view database,
                                  absl::string_view table) {
  Drafts drafts;
  RETURN_IF_ERROR(ReadColumns(runner, database, table, drafts));
  if (drafts.empty()) return drafts;
  RETURN_IF_ERROR(ReadPrimaryKeys(runner, database, table, drafts));
  if (HasLongText(drafts)) {
    RETURN_IF_ERROR(ReadJsonChecks(runner, database, table, drafts));
  }
  return drafts;
}

std::shared_ptr<const Table> Finish(const std::string& name, Draft draft) {
  return std::make_shared<Table>(name, std::move(draft.columns),
                                 std::move(draft.primary_key));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Table>> LoadTable(
    SqlRunner& runner, absl::string_view database, absl::string_view table) {
  if (table.empty()) return nullptr;
  ASSIGN_OR_RETURN(Drafts drafts, ReadTables(runner, database, table));
  const auto draft = drafts.find(table);
  if (draft == drafts.end()) return nullptr;
  return Finish(draft->first, std::move(draft->second));
}

absl::StatusOr<std::vector<std::shared_ptr<const Table>>> LoadTables(
    SqlRunner& runner, absl::string_view database) {
  ASSIGN_OR_RETURN(Drafts drafts, ReadTables(runner, database, ""));
  std::vector<std::shared_ptr<const Table>> tables;
  for (auto& [name, draft] : drafts) {
    if (name == kRegistryTable || name == kVersionTable) continue;
    tables.push_back(Finish(name, std::move(draft)));
  }
  return tables;
}

}  // namespace berth::catalog
