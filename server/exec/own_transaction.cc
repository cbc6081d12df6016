#include "server/exec/own_transaction.h"

#include <utility>

#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/exec/held_end.h"
#include "server/exec/run.h"

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
  CO_RETURN_IF_ERROR(co_await Begin(caller));
  Connection& connection = *caller.lease;
  HeldEnd held(&sink);
  const absl::Status status = co_await Run(plan, caller, held, prepared);
  if (connection.broken()) co_return status;
  if (!status.ok()) {
    const bool whole = co_await Undo(connection);
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
