// Which statements bring a database to what is declared, and what stands
// against it. Pure: no database is asked.
#ifndef BERTH_SERVER_CATALOG_DDL_PLANNER_H_
#define BERTH_SERVER_CATALOG_DDL_PLANNER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "berth/v1/schema.pb.h"
#include "server/catalog/table_description.h"
#include "server/catalog/table_element.h"

namespace berth::catalog {

// What registering does: the statements in order, and the contradictions.
struct SchemaReport {
  SchemaReport() = default;

  std::vector<v1::SchemaChange> changes;
  std::vector<v1::SchemaConflict> conflicts;
};

// A declared table, and how MariaDB sees the declaration and the table.
struct WantedTable {
  WantedTable() = default;

  std::string name;
  std::vector<Element> elements;
  // How MariaDB describes the declaration, without foreign keys and fulltext
  // indexes, which no temporary table can have; nullopt: not known, then only
  // the names of columns are compared.
  std::optional<TableDescription> wanted;
  // How it describes the table of this name; nullopt: there is none.
  std::optional<TableDescription> actual;
};

// Reads declared tables. `field` is the path of the list, such as `tables`.
// Fails with INVALID_FIELD for a missing, too long, reserved (`berth_`) or
// repeated name, a table without columns, and what ReadElement refuses.
absl::StatusOr<std::vector<WantedTable>> ReadTables(
    const std::vector<v1::TableDefinition>& definitions,
    absl::string_view field);

// The statement that creates the table as declared.
std::string CreateTableSql(const WantedTable& table);

// The statement that creates the declared table as a temporary one, for
// comparing.
std::string TemporaryTableSql(const WantedTable& table,
                              absl::string_view temporary_name);

// Plans. Missing tables are created in the order of their foreign keys (those
// in a cycle are added afterwards), then missing columns, foreign keys of new
// columns, and indexes are added. Nothing is dropped, narrowed or rewritten:
// what differs is a conflict, and so is a primary key, a check or a foreign
// key that an existing table lacks.
//
// Costs follow what MariaDB 10.11 was seen to accept as ALGORITHM: a new table
// is INSTANT, and so is a column; a column with AUTO_INCREMENT, UNIQUE or
// PRIMARY KEY is INPLACE; one that is STORED, has a computed default or a
// foreign key is COPY; an index is INPLACE, a foreign key COPY. They are a
// forecast: MariaDB itself decides.
SchemaReport PlanDdl(const std::vector<WantedTable>& tables);

}  // namespace berth::catalog

#endif  // BERTH_SERVER_CATALOG_DDL_PLANNER_H_
