// The errors of names that a database does not have.
#ifndef BERTH_SERVER_CATALOG_SCHEMA_ERROR_H_
#define BERTH_SERVER_CATALOG_SCHEMA_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/catalog/table.h"

namespace berth::catalog {

// UNKNOWN_TABLE for the field `table`. `nearest` is a name to suggest, empty
// for none; give only names that the caller may know.
absl::Status UnknownTable(absl::string_view database, absl::string_view name,
                          absl::string_view nearest);

// UNKNOWN_COLUMN for `field`, with the nearest name of the table.
absl::Status UnknownColumn(const Table& table, absl::string_view name,
                           absl::string_view field);

}  // namespace berth::catalog

#endif  // BERTH_SERVER_CATALOG_SCHEMA_ERROR_H_
