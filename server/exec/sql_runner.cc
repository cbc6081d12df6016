#include "server/exec/sql_runner.h"

#include <utility>

#include "server/base/status_macros.h"

namespace berth::exec {

absl::StatusOr<catalog::TextResult> ConnectionRunner::Query(
    absl::string_view sql) {
  ASSIGN_OR_RETURN(mariadb::TextResult rows, connection_->QueryBlocking(sql));
  catalog::TextResult result;
  result.columns = std::move(rows.columns);
  result.rows = std::move(rows.rows);
  return result;
}

}  // namespace berth::exec
