// Unknown names within fragments: only MariaDB finds these.
#ifndef BERTH_SERVER_EXEC_UNKNOWN_NAME_H_
#define BERTH_SERVER_EXEC_UNKNOWN_NAME_H_

#include "absl/status/status.h"
#include "server/catalog/table.h"

namespace berth::exec {

// Adds the column that MariaDB's message quotes, and the nearest column that
// the table has, to an error that already is UNKNOWN_COLUMN. The text is read
// for the hint only, never to decide what the error is.
absl::Status ExplainUnknownName(const absl::Status& status,
                                const catalog::Table& table);

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_UNKNOWN_NAME_H_
