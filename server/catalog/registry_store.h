// What the registry keeps in MariaDB itself: the definitions that were
// registered, so that every replica knows that nothing has to be done.
#ifndef BERTH_SERVER_CATALOG_REGISTRY_STORE_H_
#define BERTH_SERVER_CATALOG_REGISTRY_STORE_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "berth/v1/schema.pb.h"
#include "server/catalog/sql_runner.h"
#include "server/catalog/table_element.h"

namespace berth::catalog {

inline constexpr char kRegistryTable[] = "berth_registry";
inline constexpr char kVersionTable[] = "berth_version";
// The layout of these tables. Raised with each change of it; a berthd with a
// lower number leaves them alone.
inline constexpr int kRegistryVersion = 1;

// Creates the tables where they are missing and checks their version. Blocks.
// Fails with SCHEMA_CONFLICT where a newer berthd has written them, and with
// the errors of the statements, such as a missing right.
absl::Status PrepareStore(SqlRunner& runner, absl::string_view database);

// Whether every definition is stored with the same fingerprint, and the tables
// with all their declared columns exist. Blocks. False also where nothing was
// ever stored or may be read.
absl::StatusOr<bool> IsRegistered(
    SqlRunner& runner, absl::string_view database,
    const std::vector<v1::TableDefinition>& definitions);

// Stores a definition, in place of the one of the same name. Blocks.
absl::Status StoreDefinition(SqlRunner& runner, absl::string_view database,
                             const v1::TableDefinition& definition);

// Forgets the definition of a table; does nothing if none is stored. Blocks.
absl::Status ForgetDefinition(SqlRunner& runner, absl::string_view database,
                              absl::string_view table);

}  // namespace berth::catalog

#endif  // BERTH_SERVER_CATALOG_REGISTRY_STORE_H_
