// From MariaDB's names of types to the API's.
#ifndef BERTH_SERVER_CATALOG_COLUMN_TYPE_H_
#define BERTH_SERVER_CATALOG_COLUMN_TYPE_H_

#include "absl/strings/string_view.h"
#include "berth/v1/value.pb.h"

namespace berth::catalog {

// The type for a `DATA_TYPE` of information_schema, or for the start of a
// `COLUMN_TYPE` such as `int(10) unsigned`; COLUMN_TYPE_UNSPECIFIED if it is
// not known. JSON is not told apart from LONGTEXT here: see IsJsonCheck.
v1::ColumnType ColumnTypeFromSql(absl::string_view sql_type);

// Whether `check_clause`, as information_schema.CHECK_CONSTRAINTS has it, is
// the one that MariaDB adds to a column declared JSON. That check is all that
// is left of the declaration.
bool IsJsonCheck(absl::string_view check_clause, absl::string_view column);

}  // namespace berth::catalog

#endif  // BERTH_SERVER_CATALOG_COLUMN_TYPE_H_
