// Reads what tables a database has.
#ifndef BERTH_SERVER_CATALOG_INTROSPECTION_H_
#define BERTH_SERVER_CATALOG_INTROSPECTION_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/catalog/sql_runner.h"
#include "server/catalog/table.h"

namespace berth::catalog {

// The table or view of exactly this name; nullptr if the database has none
// that the account may see. Blocks. Fails with the errors of the statements.
absl::StatusOr<std::shared_ptr<const Table>> LoadTable(
    SqlRunner& runner, absl::string_view database, absl::string_view table);

// Every table and view by name, but not the tables in which the registry keeps
// its own records. Blocks and fails as LoadTable.
absl::StatusOr<std::vector<std::shared_ptr<const Table>>> LoadTables(
    SqlRunner& runner, absl::string_view database);

}  // namespace berth::catalog

#endif  // BERTH_SERVER_CATALOG_INTROSPECTION_H_
