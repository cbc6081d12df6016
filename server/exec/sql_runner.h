// A connection as the catalogue sees it.
#ifndef BERTH_SERVER_EXEC_SQL_RUNNER_H_
#define BERTH_SERVER_EXEC_SQL_RUNNER_H_

#include "server/catalog/sql_runner.h"
#include "server/mariadb/connection.h"

namespace berth::exec {

// Borrows a connection that nothing else uses meanwhile.
class ConnectionRunner final : public catalog::SqlRunner {
 public:
  explicit ConnectionRunner(mariadb::Connection* connection)
      : connection_(connection) {}

  absl::StatusOr<catalog::TextResult> Query(absl::string_view sql) override;

 private:
  mariadb::Connection* connection_;
};

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_SQL_RUNNER_H_
