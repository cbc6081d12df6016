// Statements that a session runs by handle.
#ifndef BERTH_SERVER_EXEC_PREPARED_H_
#define BERTH_SERVER_EXEC_PREPARED_H_

#include <memory>

#include "absl/status/status.h"
#include "berth/v1/query.pb.h"
#include "berth/v1/session.pb.h"
#include "server/exec/caller.h"
#include "server/mariadb/prepared_statement.h"
#include "server/mariadb/row_sink.h"
#include "server/plan/plan.h"
#include "server/runtime/task.h"

namespace berth::exec {

// A statement on the connection of a caller.
struct Prepared {
  Prepared() = default;

  // What is known of the text.
  plan::Plan plan;
  std::unique_ptr<mariadb::PreparedStatement> statement;
};

// Prepares on the caller's connection, which it leases if there is none. A
// caller that leaves meanwhile has it killed in MariaDB.
runtime::Task<absl::Status> Prepare(Caller& caller, const v1::Prepare& prepare,
                                    Prepared* prepared);

// As Execute, with the parameters of `statement`.
runtime::Task<absl::Status> ExecutePrepared(Caller& caller, Prepared& prepared,
                                            const v1::Statement& statement,
                                            mariadb::RowSink& sink);

// Opens the cursor of `prepared`. INVALID_FIELD for what is no plain SELECT.
runtime::Task<absl::Status> OpenCursor(Caller& caller, Prepared& prepared,
                                       const v1::Statement& statement);

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_PREPARED_H_
