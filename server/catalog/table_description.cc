#include "server/catalog/table_description.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/catalog/sql_quote.h"

namespace berth::catalog {
namespace {

using absl::string_view;

constexpr int kNoSuchTable = 1146;

// The cells of a result by the names of its columns: SHOW statements grow.
class Cells {
 public:
  explicit Cells(const TextResult& result) : result_(result) {
    for (size_t i = 0; i < result.columns.size(); ++i) {
      index_[result.columns[i]] = i;
    }
  }

  std::optional<std::string> Get(size_t row, string_view column) const {
    const auto found = index_.find(column);
    if (found == index_.end() || found->second >= result_.rows[row].size()) {
      return std::nullopt;
    }
    return result_.rows[row][found->second];
  }
  std::string Text(size_t row, string_view column) const {
    return Get(row, column).value_or(std::string());
  }

 private:
  const TextResult& result_;
  absl::flat_hash_map<string_view, size_t> index_;
};

void AddColumns(const TextResult& result, TableDescription& description) {
  const Cells cells(result);
  for (size_t i = 0; i < result.rows.size(); ++i) {
    ColumnDescription column;
    column.name = cells.Text(i, "Field");
    column.type = cells.Text(i, "Type");
    column.collation = cells.Text(i, "Collation");
    column.nullable = cells.Text(i, "Null") == "YES";
    column.default_value = cells.Get(i, "Default");
    column.extra = cells.Text(i, "Extra");
    description.columns.push_back(std::move(column));
  }
}

void AddIndexes(const TextResult& result, TableDescription& description) {
  const Cells cells(result);
  for (size_t i = 0; i < result.rows.size(); ++i) {
    const std::string name = cells.Text(i, "Key_name");
    if (description.indexes.empty() ||
        description.indexes.back().name != name) {
      IndexDescription index;
      index.name = name;
      index.unique = cells.Text(i, "Non_unique") == "0";
      index.type = cells.Text(i, "Index_type");
      description.indexes.push_back(std::move(index));
    }
    IndexPart part;
    part.column = cells.Text(i, "Column_name");
    part.prefix = cells.Text(i, "Sub_part");
    part.descending = cells.Text(i, "Collation") == "D";
    description.indexes.back().parts.push_back(std::move(part));
  }
}

// A line such as "CONSTRAINT `x` FOREIGN KEY (`a`) REFERENCES `t` (`b`)".
void AddConstraint(string_view line, TableDescription& description) {
  v1::TableElement text;
  text.set_definition(std::string(line));
  absl::StatusOr<Element> element = ReadElement(text, "");
  if (!element.ok()) return;
  if (element->kind == ElementKind::kForeignKey) {
    description.foreign_keys.push_back(*std::move(element->foreign_key));
  } else if (element->kind == ElementKind::kCheck) {
    const size_t at = line.find(" CHECK ");
    if (at != string_view::npos) {
      description.checks.emplace_back(line.substr(at + 7));
    }
  }
}

}  // namespace

bool IndexPart::operator==(const IndexPart& other) const {
  return absl::EqualsIgnoreCase(column, other.column) &&
         prefix == other.prefix && descending == other.descending;
}

bool IndexDescription::SameAs(const IndexDescription& other) const {
  return unique == other.unique && type == other.type && parts == other.parts &&
         (name == "PRIMARY") == (other.name == "PRIMARY");
}

std::string IndexDescription::PartsToString() const {
  std::string text = "(";
  for (const IndexPart& part : parts) {
    if (text.size() > 1) text += ", ";
    AppendIdentifier(text, part.column);
    if (!part.prefix.empty()) absl::StrAppend(&text, "(", part.prefix, ")");
    if (part.descending) text += " DESC";
  }
  return text + ")";
}

std::string IndexDescription::ToString() const {
  const string_view unique_word = name == "PRIMARY" ? "PRIMARY KEY "
                                  : unique          ? "UNIQUE "
                                                    : "";
  return absl::StrCat(unique_word, type, " ", PartsToString());
}

const ColumnDescription* TableDescription::FindColumn(string_view name) const {
  for (const ColumnDescription& column : columns) {
    if (absl::EqualsIgnoreCase(column.name, name)) return &column;
  }
  return nullptr;
}

const IndexDescription* TableDescription::FindIndex(string_view name) const {
  for (const IndexDescription& index : indexes) {
    if (absl::EqualsIgnoreCase(index.name, name)) return &index;
  }
  return nullptr;
}

void AddFromCreateTable(string_view create_table,
                        TableDescription& description) {
  // MariaDB escapes line breaks in names and texts, so lines are elements.
  for (string_view line : absl::StrSplit(create_table, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (absl::StartsWith(line, ")")) {
      const size_t at = line.find(" COLLATE=");
      if (at != string_view::npos) {
        const string_view rest = line.substr(at + 9);
        description.default_collation =
            std::string(rest.substr(0, rest.find(' ')));
      }
      continue;
    }
    line = absl::StripSuffix(line, ",");
    if (absl::StartsWith(line, "CONSTRAINT ")) {
      AddConstraint(line, description);
      continue;
    }
    constexpr string_view kGenerated = " GENERATED ALWAYS AS ";
    const size_t at = line.find(kGenerated);
    if (at == string_view::npos) continue;
    for (ColumnDescription& column : description.columns) {
      if (absl::StartsWith(line,
                           absl::StrCat(QuoteIdentifier(column.name), " "))) {
        column.generated = std::string(line.substr(at + kGenerated.size()));
      }
    }
  }
}

absl::StatusOr<std::optional<TableDescription>> DescribeTable(
    SqlRunner& runner, string_view table) {
  const std::string name = QuoteIdentifier(table);
  auto columns = runner.Query(absl::StrCat("SHOW FULL COLUMNS FROM ", name));
  if (!columns.ok()) {
    if (MariadbErrno(columns.status()) == kNoSuchTable) return std::nullopt;
    return columns.status();
  }
  TableDescription description;
  AddColumns(*columns, description);
  ASSIGN_OR_RETURN(TextResult indexes,
                   runner.Query(absl::StrCat("SHOW INDEX FROM ", name)));
  AddIndexes(indexes, description);
  ASSIGN_OR_RETURN(TextResult create,
                   runner.Query(absl::StrCat("SHOW CREATE TABLE ", name)));
  description.is_view = !create.columns.empty() && create.columns[0] == "View";
  if (!create.rows.empty() && create.rows[0].size() > 1) {
    AddFromCreateTable(create.rows[0][1].value_or(""), description);
  }
  return description;
}

int MariadbErrno(const absl::Status& status) {
  int number = 0;
  return absl::SimpleAtoi(errors::MetadataOf(status, "errno"), &number) ? number
                                                                        : 0;
}

}  // namespace berth::catalog
