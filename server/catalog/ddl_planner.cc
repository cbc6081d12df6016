#include "server/catalog/ddl_planner.h"

#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/catalog/sql_quote.h"
#include "server/catalog/table_comparison.h"

namespace berth::catalog {
namespace {

using absl::string_view;

// The prefix of the tables that Berth keeps for itself.
constexpr char kReservedPrefix[] = "berth_";
constexpr char kOptions[] = " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";

absl::Status Refuse(string_view field, string_view message) {
  return errors::Error(absl::StatusCode::kInvalidArgument,
                       errors::kInvalidField)
      .Message(absl::StrCat(field, ": ", message))
      .Field(field, message);
}

size_t Characters(string_view utf8) {
  size_t count = 0;
  for (char c : utf8) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++count;
  }
  return count;
}

absl::Status CheckName(string_view name, string_view field) {
  if (name.empty()) return Refuse(field, "required");
  if (Characters(name) > limits::kIdentifierCharacters) {
    return Refuse(field, "a name has at most 64 characters");
  }
  if (absl::StrContains(name, '\0') || name.back() == ' ') {
    return Refuse(field, "a name has no NUL byte and no blank at its end");
  }
  if (absl::StartsWithIgnoreCase(name, kReservedPrefix)) {
    return Refuse(field, "names that begin with `berth_` are Berth's own");
  }
  return absl::OkStatus();
}

std::string AddForeignKeySql(const WantedTable& table, const Element& element) {
  std::string sql =
      absl::StrCat("ALTER TABLE ", QuoteIdentifier(table.name), " ADD ");
  if (element.kind == ElementKind::kForeignKey) return sql + element.sql;
  const auto quote = [](std::string* out, const std::string& name) {
    AppendIdentifier(*out, name);
  };
  const ForeignKey& key = *element.foreign_key;
  absl::StrAppend(&sql, "FOREIGN KEY (",
                  absl::StrJoin(key.columns, ", ", quote), ") REFERENCES ",
                  QuoteIdentifier(key.table), " (",
                  absl::StrJoin(key.referenced_columns, ", ", quote), ")");
  if (!key.on_delete.empty()) {
    absl::StrAppend(&sql, " ON DELETE ", key.on_delete);
  }
  if (!key.on_update.empty()) {
    absl::StrAppend(&sql, " ON UPDATE ", key.on_update);
  }
  return sql;
}

v1::SchemaChange MakeChange(const WantedTable& table, std::string ddl,
                            v1::ChangeCost cost) {
  v1::SchemaChange change;
  change.set_table(table.name);
  change.set_ddl(std::move(ddl));
  change.set_cost(cost);
  return change;
}

std::string CreateSql(string_view name, const std::vector<string_view>& lines) {
  return absl::StrCat("CREATE TABLE IF NOT EXISTS ", QuoteIdentifier(name),
                      " (", absl::StrJoin(lines, ", "), ")", kOptions);
}

// Creates missing tables, each after the tables that it refers to.
class Creation {
 public:
  explicit Creation(const std::vector<WantedTable>& tables) {
    for (const WantedTable& table : tables) {
      if (!table.actual.has_value()) missing_.push_back(&table);
    }
  }

  void Run(SchemaReport& report) {
    while (!missing_.empty()) {
      size_t next = 0;
      while (next < missing_.size() && Waits(*missing_[next])) ++next;
      // All wait for each other: the first goes ahead without these keys.
      if (next == missing_.size()) next = 0;
      const WantedTable* table = missing_[next];
      Create(*table, report);
      missing_.erase(missing_.begin() + static_cast<std::ptrdiff_t>(next));
    }
    for (auto& change : deferred_) report.changes.push_back(std::move(change));
  }

 private:
  // Whether a foreign key refers to a table that is still to be created.
  bool Waits(const WantedTable& table, const Element& element) const {
    if (!element.foreign_key.has_value()) return false;
    const std::string& target = element.foreign_key->table;
    if (target == table.name) return false;
    for (const WantedTable* other : missing_) {
      if (other->name == target) return true;
    }
    return false;
  }

  bool Waits(const WantedTable& table) const {
    for (const Element& element : table.elements) {
      if (Waits(table, element)) return true;
    }
    return false;
  }

  void Create(const WantedTable& table, SchemaReport& report) {
    std::vector<string_view> lines;
    for (const Element& element : table.elements) {
      if (!Waits(table, element)) {
        lines.push_back(element.sql);
        continue;
      }
      if (element.kind == ElementKind::kColumn) {
        lines.push_back(element.sql_without_references);
      }
      deferred_.push_back(MakeChange(table, AddForeignKeySql(table, element),
                                     v1::CHANGE_COST_COPY));
    }
    report.changes.push_back(MakeChange(table, CreateSql(table.name, lines),
                                        v1::CHANGE_COST_INSTANT));
  }

  std::vector<const WantedTable*> missing_;
  std::vector<v1::SchemaChange> deferred_;
};

}  // namespace

absl::StatusOr<std::vector<WantedTable>> ReadTables(
    const std::vector<v1::TableDefinition>& definitions, string_view field) {
  std::vector<WantedTable> tables;
  std::set<std::string> names;
  for (size_t i = 0; i < definitions.size(); ++i) {
    const v1::TableDefinition& definition = definitions[i];
    const std::string path = absl::StrCat(field, "[", i, "]");
    const std::string name_path = path + ".name";
    RETURN_IF_ERROR(CheckName(definition.name(), name_path));
    if (!names.insert(definition.name()).second) {
      return Refuse(name_path, "the table is declared twice");
    }
    WantedTable table;
    table.name = definition.name();
    bool has_column = false;
    for (int j = 0; j < definition.elements_size(); ++j) {
      ASSIGN_OR_RETURN(Element element,
                       ReadElement(definition.elements(j),
                                   absl::StrCat(path, ".elements[", j, "]")));
      has_column |= element.kind == ElementKind::kColumn;
      table.elements.push_back(std::move(element));
    }
    if (!has_column) {
      return Refuse(path + ".elements", "a table needs a column");
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

std::string CreateTableSql(const WantedTable& table) {
  std::vector<string_view> lines;
  for (const Element& element : table.elements) lines.push_back(element.sql);
  return CreateSql(table.name, lines);
}

std::string TemporaryTableSql(const WantedTable& table,
                              string_view temporary_name) {
  std::vector<string_view> lines;
  for (const Element& element : table.elements) {
    if (element.kind == ElementKind::kColumn) {
      lines.push_back(element.sql_without_references);
    } else if (element.kind != ElementKind::kForeignKey &&
               element.kind != ElementKind::kFulltext) {
      lines.push_back(element.sql);
    }
  }
  return absl::StrCat("CREATE OR REPLACE TEMPORARY TABLE ",
                      QuoteIdentifier(temporary_name), " (",
                      absl::StrJoin(lines, ", "), ")", kOptions);
}

SchemaReport PlanDdl(const std::vector<WantedTable>& tables) {
  SchemaReport report;
  Creation(tables).Run(report);
  for (const WantedTable& table : tables) {
    if (table.actual.has_value()) CompareTable(table, report);
  }
  return report;
}

}  // namespace berth::catalog
