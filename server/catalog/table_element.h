// Understands the elements of a declared table: columns, keys, constraints.
#ifndef BERTH_SERVER_CATALOG_TABLE_ELEMENT_H_
#define BERTH_SERVER_CATALOG_TABLE_ELEMENT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "berth/v1/schema.pb.h"

namespace berth::catalog {

enum class ElementKind {
  kColumn,
  kPrimaryKey,
  kUnique,
  kIndex,
  kFulltext,
  kSpatial,
  kForeignKey,
  kCheck,
};

// A foreign key, as part of a column or by itself.
struct ForeignKey {
  ForeignKey() = default;

  // The constraint's name; empty: MariaDB chooses.
  std::string name;
  std::vector<std::string> columns;
  std::string table;
  // Empty where the declaration leaves them out.
  std::vector<std::string> referenced_columns;
  // `CASCADE`, `SET NULL`, or empty for RESTRICT and NO ACTION, which are the
  // same in InnoDB.
  std::string on_delete;
  std::string on_update;
};

// One element. Names are without quotes.
struct Element {
  Element() = default;

  ElementKind kind = ElementKind::kColumn;
  // Of the column, the index or the constraint; empty: MariaDB chooses.
  std::string name;
  // The text within CREATE TABLE or after ADD.
  std::string sql;
  // For a column: `sql` without its REFERENCES clause.
  std::string sql_without_references;
  // The columns of a key or an index.
  std::vector<std::string> columns;
  std::optional<ForeignKey> foreign_key;

  // For a column: what decides the cost of adding it.
  bool auto_increment = false;
  bool primary_key = false;
  bool unique = false;
  bool stored_generated = false;
  bool computed_default = false;
};

// Reads an element in the vocabulary of LuaFan. `name` is a column's name
// unless it starts with `foreign key`, `primary key`, `unique [key|index]`,
// `[fulltext|spatial] index|key`, `constraint` or `check` and goes on with a
// blank or `(`: then `name definition` is one text, as is the definition where
// the name is empty. A bare `key`, `index` or `check` is a column, unless its
// definition starts with `(`.
//
// Fails with INVALID_FIELD for `<field>.name` or `<field>.definition`: what
// Tokenize refuses, a comma that would start another element, a placeholder,
// a text that is no element.
absl::StatusOr<Element> ReadElement(const v1::TableElement& element,
                                    absl::string_view field);

}  // namespace berth::catalog

#endif  // BERTH_SERVER_CATALOG_TABLE_ELEMENT_H_
