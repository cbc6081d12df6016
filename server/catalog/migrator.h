// Brings a database to what programs declare.
#ifndef BERTH_SERVER_CATALOG_MIGRATOR_H_
#define BERTH_SERVER_CATALOG_MIGRATOR_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "berth/v1/schema.pb.h"
#include "server/catalog/ddl_planner.h"
#include "server/catalog/sql_runner.h"

namespace berth::catalog {

// Both functions block, need a connection of their own in autocommit mode with
// no transaction open, and may leave `database` as its default one. Field
// paths in errors begin with `tables`.

// What registering `tables` would do. Changes nothing: the declarations are
// compared by way of temporary tables, which are gone afterwards.
//
// Fails with INVALID_FIELD for a bad declaration (see ReadTables,
// ReadElement), and with the error of a statement, with the metadata `ddl`,
// where MariaDB refuses a declaration.
absl::StatusOr<SchemaReport> PlanSchema(
    SqlRunner& runner, absl::string_view database,
    const std::vector<v1::TableDefinition>& tables);

// Does it, and remembers the declarations in `berth_registry`. A declaration
// that is registered already and whose columns exist costs two reads. Else
// one replica at a time works, under GET_LOCK; statements that change the
// schema wait 5 s for other users of the table. Without the right to create
// tables it only verifies: what is missing fails with the error of its
// statement.
//
// Fails as PlanSchema does, and with
// - SCHEMA_CONFLICT for a contradiction, unless `policy` lets it pass; nothing
//   was changed;
// - SCHEMA_CONFLICT where a newer berthd has written the registry;
// - LOCK_WAIT_TIMEOUT where another registration holds the lock for 30 s;
// - the error of a statement, with the metadata `ddl`: earlier changes stay,
//   for DDL is not transactional.
absl::StatusOr<SchemaReport> ApplySchema(
    SqlRunner& runner, absl::string_view database,
    const std::vector<v1::TableDefinition>& tables, v1::ConflictPolicy policy);

}  // namespace berth::catalog

#endif  // BERTH_SERVER_CATALOG_MIGRATOR_H_
