#include "server/catalog/table_comparison.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/catalog/sql_quote.h"

namespace berth::catalog {
namespace {

using absl::string_view;

// Whether the column takes the collation of its table.
bool ImpliedCollation(const ColumnDescription& column,
                      const TableDescription& table) {
  return column.collation == table.default_collation;
}

string_view Charset(string_view collation) {
  return collation.substr(0, collation.find('_'));
}

// A declaration without a collation fits whatever collation of its character
// set the table implies; only what is declared on either side must agree.
bool SameCollation(const ColumnDescription& wanted,
                   const TableDescription& wanted_table,
                   const ColumnDescription& actual,
                   const TableDescription& actual_table) {
  if (wanted.collation == actual.collation) return true;
  return ImpliedCollation(wanted, wanted_table) &&
         ImpliedCollation(actual, actual_table) &&
         Charset(wanted.collation) == Charset(actual.collation);
}

std::string Describe(const ColumnDescription& column) {
  std::string text = column.type;
  if (!column.collation.empty()) {
    absl::StrAppend(&text, " COLLATE ", column.collation);
  }
  absl::StrAppend(&text, column.nullable ? " NULL" : " NOT NULL");
  if (column.default_value.has_value()) {
    absl::StrAppend(&text, " DEFAULT '", *column.default_value, "'");
  }
  if (!column.generated.empty()) {
    absl::StrAppend(&text, " AS ", column.generated);
  } else if (!column.extra.empty()) {
    absl::StrAppend(&text, " ", column.extra);
  }
  return text;
}

std::string Describe(const ForeignKey& key) {
  std::string text = absl::StrCat(
      "FOREIGN KEY (", absl::StrJoin(key.columns, ", "), ") REFERENCES ",
      key.table, " (", absl::StrJoin(key.referenced_columns, ", "), ")");
  if (!key.on_delete.empty()) {
    absl::StrAppend(&text, " ON DELETE ", key.on_delete);
  }
  if (!key.on_update.empty()) {
    absl::StrAppend(&text, " ON UPDATE ", key.on_update);
  }
  return text;
}

bool SameNames(const std::vector<std::string>& a,
               const std::vector<std::string>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const std::string& x, const std::string& y) {
                      return absl::EqualsIgnoreCase(x, y);
                    });
}

bool SameTarget(const ForeignKey& wanted, const ForeignKey& actual) {
  return SameNames(wanted.columns, actual.columns) &&
         absl::EqualsIgnoreCase(wanted.table, actual.table) &&
         (wanted.referenced_columns.empty() ||
          SameNames(wanted.referenced_columns, actual.referenced_columns));
}

v1::ChangeCost CostOfColumn(const Element& column) {
  if (column.stored_generated || column.computed_default ||
      column.foreign_key.has_value()) {
    return v1::CHANGE_COST_COPY;
  }
  if (column.auto_increment || column.unique || column.primary_key) {
    return v1::CHANGE_COST_INPLACE;
  }
  return v1::CHANGE_COST_INSTANT;
}

// Compares one table. Methods append to the report.
class Comparison {
 public:
  Comparison(const WantedTable& table, SchemaReport& report)
      : table_(table), report_(report) {}

  void Run();

 private:
  void Change(string_view what, v1::ChangeCost cost) {
    v1::SchemaChange change;
    change.set_table(table_.name);
    change.set_ddl(
        absl::StrCat("ALTER TABLE ", QuoteIdentifier(table_.name), " ", what));
    change.set_cost(cost);
    report_.changes.push_back(std::move(change));
  }

  void Conflict(string_view element, string_view wanted, string_view actual) {
    v1::SchemaConflict conflict;
    conflict.set_table(table_.name);
    conflict.set_element(std::string(element));
    conflict.set_wanted(std::string(wanted));
    conflict.set_actual(std::string(actual));
    report_.conflicts.push_back(std::move(conflict));
  }

  const TableDescription& actual() const { return *table_.actual; }
  bool Missing(string_view column) const {
    return actual().FindColumn(column) == nullptr;
  }
  bool AllMissing(const std::vector<std::string>& columns) const {
    return std::all_of(columns.begin(), columns.end(),
                       [&](const std::string& c) { return Missing(c); });
  }
  // The element that declares a missing column, or nullptr.
  const Element* NewColumn(string_view name) const;

  void CompareColumns();
  void CompareIndex(const IndexDescription& wanted);
  void CompareFulltext(const Element& wanted);
  void CompareForeignKey(const Element& element);
  void CompareChecks();

  const WantedTable& table_;
  SchemaReport& report_;
};

const Element* Comparison::NewColumn(string_view name) const {
  if (!Missing(name)) return nullptr;
  for (const Element& element : table_.elements) {
    if (element.kind == ElementKind::kColumn &&
        absl::EqualsIgnoreCase(element.name, name)) {
      return &element;
    }
  }
  return nullptr;
}

void Comparison::CompareColumns() {
  for (const Element& element : table_.elements) {
    if (element.kind != ElementKind::kColumn) continue;
    const ColumnDescription* actual_column = actual().FindColumn(element.name);
    if (actual_column == nullptr) {
      Change(absl::StrCat("ADD COLUMN IF NOT EXISTS ", element.sql),
             CostOfColumn(element));
      continue;
    }
    if (!table_.wanted.has_value()) continue;
    const ColumnDescription* wanted = table_.wanted->FindColumn(element.name);
    if (wanted == nullptr) continue;
    const bool same =
        wanted->type == actual_column->type &&
        wanted->nullable == actual_column->nullable &&
        wanted->default_value == actual_column->default_value &&
        wanted->extra == actual_column->extra &&
        wanted->generated == actual_column->generated &&
        SameCollation(*wanted, *table_.wanted, *actual_column, actual());
    if (!same) {
      Conflict(element.name, Describe(*wanted), Describe(*actual_column));
    }
  }
}

void Comparison::CompareIndex(const IndexDescription& wanted) {
  for (const IndexDescription& index : actual().indexes) {
    if (index.SameAs(wanted)) return;
  }
  if (wanted.parts.size() == 1) {
    // ADD COLUMN brings the index that the column itself declares.
    const Element* column = NewColumn(wanted.parts[0].column);
    if (column != nullptr &&
        (wanted.name == "PRIMARY"
             ? column->primary_key && actual().FindIndex("PRIMARY") == nullptr
             : column->unique && wanted.unique)) {
      return;
    }
  }
  const IndexDescription* namesake = actual().FindIndex(wanted.name);
  if (namesake != nullptr || wanted.name == "PRIMARY") {
    Conflict(wanted.name, wanted.ToString(),
             namesake == nullptr ? "none" : namesake->ToString());
    return;
  }
  const bool typed = wanted.type == "SPATIAL";
  std::string add =
      absl::StrCat("ADD ",
                   wanted.unique ? "UNIQUE "
                   : typed       ? "SPATIAL "
                                 : "",
                   "INDEX IF NOT EXISTS ", QuoteIdentifier(wanted.name), " ");
  if (wanted.type == "HASH") add += "USING HASH ";
  Change(absl::StrCat(add, wanted.PartsToString()), v1::CHANGE_COST_INPLACE);
}

void Comparison::CompareFulltext(const Element& wanted) {
  for (const IndexDescription& index : actual().indexes) {
    std::vector<std::string> columns;
    for (const IndexPart& part : index.parts) columns.push_back(part.column);
    if (index.type == "FULLTEXT" && SameNames(columns, wanted.columns)) return;
  }
  const IndexDescription* namesake =
      wanted.name.empty() ? nullptr : actual().FindIndex(wanted.name);
  if (namesake != nullptr) {
    Conflict(wanted.name, wanted.sql, namesake->ToString());
    return;
  }
  Change(absl::StrCat("ADD ", wanted.sql), v1::CHANGE_COST_INPLACE);
}

void Comparison::CompareForeignKey(const Element& element) {
  const ForeignKey& wanted = *element.foreign_key;
  for (const ForeignKey& key : actual().foreign_keys) {
    if (!SameTarget(wanted, key)) continue;
    if (wanted.on_delete == key.on_delete &&
        wanted.on_update == key.on_update) {
      return;
    }
    Conflict(key.name, Describe(wanted), Describe(key));
    return;
  }
  if (AllMissing(wanted.columns)) {
    // With a column that is new the key is new too, and no row can be in its
    // way; a column brings the key that it declares itself.
    if (element.kind == ElementKind::kForeignKey) {
      Change(absl::StrCat("ADD ", element.sql), v1::CHANGE_COST_COPY);
    }
    return;
  }
  Conflict(
      wanted.name.empty() ? absl::StrJoin(wanted.columns, ", ") : wanted.name,
      Describe(wanted), "none");
}

void Comparison::CompareChecks() {
  for (const std::string& check : table_.wanted->checks) {
    const auto& existing = actual().checks;
    if (std::find(existing.begin(), existing.end(), check) == existing.end()) {
      Conflict("CHECK", check, "none");
    }
  }
}

void Comparison::Run() {
  if (actual().is_view) {
    Conflict("", "a table", "a view");
    return;
  }
  CompareColumns();
  for (const Element& element : table_.elements) {
    if (element.foreign_key.has_value()) CompareForeignKey(element);
  }
  if (table_.wanted.has_value()) {
    for (const IndexDescription& index : table_.wanted->indexes) {
      CompareIndex(index);
    }
    CompareChecks();
  }
  for (const Element& element : table_.elements) {
    if (element.kind == ElementKind::kFulltext) CompareFulltext(element);
  }
}

}  // namespace

void CompareTable(const WantedTable& table, SchemaReport& report) {
  Comparison(table, report).Run();
}

}  // namespace berth::catalog
