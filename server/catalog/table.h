// A table as the database has it: immutable once made.
#ifndef BERTH_SERVER_CATALOG_TABLE_H_
#define BERTH_SERVER_CATALOG_TABLE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "berth/v1/schema.pb.h"
#include "berth/v1/value.pb.h"

namespace berth::catalog {

// A column of a table.
struct Column {
  Column() = default;

  std::string name;
  v1::ColumnType type = v1::COLUMN_TYPE_UNSPECIFIED;
  // The type as MariaDB writes it, such as `varchar(100)`.
  std::string sql_type;
  bool nullable = false;
  bool auto_increment = false;
  // Whether an insert may leave the column out.
  bool optional = false;
  // Whether the value is computed and cannot be given.
  bool generated = false;
};

// A table with its columns and primary key. Thread-safe: it never changes.
class Table {
 public:
  Table(std::string name, std::vector<Column> columns,
        std::vector<std::string> primary_key);
  // Shared, never copied: pointers to its columns are handed out.
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  const std::string& name() const { return name_; }
  // In the order of the table.
  const std::vector<Column>& columns() const { return columns_; }
  // The names of the key's columns in their order; empty: no key.
  const std::vector<std::string>& primary_key() const { return primary_key_; }

  // The column of this name, or nullptr. Column names are case-insensitive in
  // MariaDB.
  const Column* FindColumn(absl::string_view name) const;
  // The column with AUTO_INCREMENT, or nullptr.
  const Column* auto_increment_column() const { return auto_increment_; }
  // The known column name nearest to `name`; empty if none is near.
  std::string NearestColumn(absl::string_view name) const;

  // The description that the API gives.
  v1::Table ToProto() const;

 private:
  std::string name_;
  std::vector<Column> columns_;
  std::vector<std::string> primary_key_;
  const Column* auto_increment_ = nullptr;
};

}  // namespace berth::catalog

#endif  // BERTH_SERVER_CATALOG_TABLE_H_
