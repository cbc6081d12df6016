// Compares a declared table with the existing one of its name.
#ifndef BERTH_SERVER_CATALOG_TABLE_COMPARISON_H_
#define BERTH_SERVER_CATALOG_TABLE_COMPARISON_H_

#include "server/catalog/ddl_planner.h"

namespace berth::catalog {

// Appends to `report` what `table`, which exists, lacks and what contradicts
// its declaration. Columns and indexes that only the database has are fine.
void CompareTable(const WantedTable& table, SchemaReport& report);

}  // namespace berth::catalog

#endif  // BERTH_SERVER_CATALOG_TABLE_COMPARISON_H_
