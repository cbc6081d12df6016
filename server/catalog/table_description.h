// A table as MariaDB describes it: what two tables are compared by.
#ifndef BERTH_SERVER_CATALOG_TABLE_DESCRIPTION_H_
#define BERTH_SERVER_CATALOG_TABLE_DESCRIPTION_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/catalog/sql_runner.h"
#include "server/catalog/table_element.h"

namespace berth::catalog {

// A row of SHOW FULL COLUMNS.
struct ColumnDescription {
  ColumnDescription() = default;

  std::string name;
  std::string type;
  // Empty for a column that is no text.
  std::string collation;
  bool nullable = false;
  std::optional<std::string> default_value;
  std::string extra;
  // The expression and kind of a generated column, from SHOW CREATE TABLE.
  std::string generated;
};

// A column of an index.
struct IndexPart {
  IndexPart() = default;
  bool operator==(const IndexPart& other) const;

  std::string column;
  // The length of the prefix; empty: the whole column.
  std::string prefix;
  bool descending = false;
};

// An index, from SHOW INDEX.
struct IndexDescription {
  IndexDescription() = default;
  // Whether both serve the same end, whatever their names.
  bool SameAs(const IndexDescription& other) const;
  // The index in words, such as "UNIQUE BTREE (`a`, `b`(10))".
  std::string ToString() const;
  // "(`a`, `b`(10) DESC)".
  std::string PartsToString() const;

  std::string name;
  bool unique = false;
  // BTREE, HASH, FULLTEXT, SPATIAL.
  std::string type;
  std::vector<IndexPart> parts;
};

// A table. Columns are in its order.
struct TableDescription {
  TableDescription() = default;
  const ColumnDescription* FindColumn(absl::string_view name) const;
  const IndexDescription* FindIndex(absl::string_view name) const;

  bool is_view = false;
  // The collation of columns that declare none; empty: not known.
  std::string default_collation;
  std::vector<ColumnDescription> columns;
  std::vector<IndexDescription> indexes;
  std::vector<ForeignKey> foreign_keys;
  // The clauses of the table's CHECK constraints; those of columns are not
  // here.
  std::vector<std::string> checks;
};

// Describes a table of the default database, temporary ones first; nullopt if
// there is none. Blocks. Fails with the errors of the statements.
absl::StatusOr<std::optional<TableDescription>> DescribeTable(
    SqlRunner& runner, absl::string_view table);

// Adds what SHOW CREATE TABLE tells and nothing else does: foreign keys,
// checks, generated columns, the default collation.
void AddFromCreateTable(absl::string_view create_table,
                        TableDescription& description);

// The number of the MariaDB error that `status` carries; 0: none.
int MariadbErrno(const absl::Status& status);

}  // namespace berth::catalog

#endif  // BERTH_SERVER_CATALOG_TABLE_DESCRIPTION_H_
