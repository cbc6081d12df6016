// Column definitions of MariaDB's protocol, as the API describes them.
#ifndef BERTH_SERVER_MARIADB_COLUMN_METADATA_H_
#define BERTH_SERVER_MARIADB_COLUMN_METADATA_H_

#include "berth/v1/value.pb.h"
#include "server/mariadb/mariadb_include.h"
#include "server/mariadb/row_sink.h"

namespace berth::mariadb {

// The type of a column. Needs the field's extended metadata to tell JSON, UUID
// and INET6 from text.
v1::ColumnType TypeOf(const MYSQL_FIELD& field);

// Describes the columns of a result.
ResultMetadata DescribeColumns(const MYSQL_FIELD* fields, unsigned int count);

}  // namespace berth::mariadb

#endif  // BERTH_SERVER_MARIADB_COLUMN_METADATA_H_
