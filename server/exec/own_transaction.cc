#include "server/exec/own_transaction.h"

#include <utility>

#include "absl/time/clock.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/exec/held_end.h"
#include "server/exec/run.h"
#include "server/exec/single_value.h"
#include "server/plan/stored_program.h"

namespace berth::exec {
namespace {

using mariadb::Connection;
using mariadb::ErrorContext;
using runtime::Task;

// One statement, one round trip. As long as the savepoint is there, so is the
// transaction.
constexpr char kBegin[] =
    "BEGIN NOT ATOMIC START TRANSACTION; SAVEPOINT berth_own; END";
constexpr char kFindBegin[] = "ROLLBACK TO SAVEPOINT berth_own";
// What is not readable is NULL. SYSDATE() cannot be set, as NOW() can.
constexpr char kFindBody[] =
    "SELECT ROUTINE_DEFINITION FROM information_schema.ROUTINES WHERE "
    "ROUTINE_SCHEMA = COALESCE(NULLIF(?, ''), DATABASE()) AND ROUTINE_NAME = ? "
    "AND ROUTINE_TYPE = 'PROCEDURE' AND SQL_MODE NOT LIKE '%ORACLE%' AND "
    "LAST_ALTERED < SYSDATE() - INTERVAL ? SECOND";
// "Transaction characteristics can't be changed while a transaction is in
// progress".
constexpr char kCannotSetTransaction[] = "1568";

// Begins on another connection if this one is lost: nothing was sent.
Task<absl::Status> Begin(Caller& caller) {
  absl::Status status =
      co_await caller.lease->Run(kBegin, ErrorContext::Effect::kNone);
  if (errors::ReasonOf(status) == errors::kConnectionLost && MayLeave(caller)) {
    caller.lease = pool::Lease();
    CO_RETURN_IF_ERROR(co_await EnsureLease(caller));
    status = co_await caller.lease->Run(kBegin, ErrorContext::Effect::kNone);
  }
  co_return status;
}

// Rolls back. Whether that undid all that the statement did.
Task<bool> Undo(Connection& connection) {
  bool whole = false;
  if (connection.in_transaction()) {
    const absl::Status found =
        co_await connection.Run(kFindBegin, ErrorContext::Effect::kNone);
    whole = found.ok();
  }
  if (connection.broken()) co_return false;
  const absl::Status undone =
      co_await connection.Run("ROLLBACK", ErrorContext::Effect::kNone);
  if (undone.ok()) co_return whole;
  connection.MarkBroken();
  co_return false;
}

// Whether a statement whose transaction MariaDB has rolled back has done
// nothing at all. `since` it was sent its procedure must not have changed.
Task<bool> CannotHaveCommitted(const plan::Plan& plan, Connection& connection,
                               absl::Time since) {
  const auto procedure = plan::CalledProcedure(plan.sql);
  if (!procedure.has_value()) co_return !plan::MayEndTransaction(plan.sql);
  v1::Value database;
  v1::Value name;
  v1::Value seconds;
  database.set_text(procedure->database);
  name.set_text(procedure->name);
  // Times of change are whole seconds.
  seconds.set_int_value(absl::ToInt64Seconds(absl::Now() - since) + 2);
  const v1::Value* parameters[] = {&database, &name, &seconds};
  SingleValue body;
  const absl::Status found = co_await connection.Execute(
      kFindBody, parameters, ErrorContext::Effect::kNone, body);
  connection.NoteCounts(/*affected_rows=*/0, /*warning_count=*/0);
  co_return found.ok() && body.value().has_value() &&
      !plan::MayEndTransaction(*body.value());
}

// A part of the work may have happened. Never UNAVAILABLE, which gRPC may
// repeat by itself.
absl::Status MayHaveHappened(const absl::Status& status) {
  if (status.ok()) return status;
  const absl::StatusCode code = status.code() == absl::StatusCode::kUnavailable
                                    ? absl::StatusCode::kUnknown
                                    : status.code();
  const absl::Status unknown = errors::Reworded(status, code, status.message());
  return errors::WithMetadata(
      errors::WithMetadata(unknown, "outcome", "UNKNOWN"), "retry", "NEVER");
}

}  // namespace

Task<absl::Status> RunInOwnTransaction(const plan::Plan& plan, Caller& caller,
                                       mariadb::RowSink& sink,
                                       mariadb::PreparedStatement* prepared) {
  const absl::Time start = absl::Now();
  CO_RETURN_IF_ERROR(co_await Begin(caller));
  Connection& connection = *caller.lease;
  HeldEnd held(&sink);
  const absl::Status status = co_await Run(plan, caller, held, prepared);
  if (connection.broken()) co_return status;
  if (!status.ok()) {
    const bool rolled_back = connection.transaction_ended();
    bool whole = co_await Undo(connection);
    if (!whole && rolled_back && !connection.broken()) {
      whole = co_await CannotHaveCommitted(plan, connection, start);
    }
    if (!whole) co_return MayHaveHappened(status);
    if (held.begun() ||
        errors::MetadataOf(status, "errno") != kCannotSetTransaction) {
      co_return status;
    }
    const absl::Status without = co_await Run(plan, caller, sink, prepared);
    co_return MayHaveHappened(without);
  }
  const uint64_t affected_rows = connection.affected_rows();
  const uint32_t warning_count = connection.warning_count();
  if (connection.in_transaction()) {
    CO_RETURN_IF_ERROR(
        co_await connection.Run("COMMIT", ErrorContext::Effect::kCommit));
    connection.NoteCounts(affected_rows, warning_count);
  }
  co_return co_await held.Release();
}

}  // namespace berth::exec
