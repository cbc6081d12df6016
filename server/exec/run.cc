#include "server/exec/run.h"

#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"

namespace berth::exec {
namespace {

using mariadb::ErrorContext;

ErrorContext::Effect EffectOf(const plan::Plan& plan) {
  switch (plan.effect) {
    case plan::Effect::kRead:
      return ErrorContext::Effect::kNone;
    case plan::Effect::kWrite:
      return ErrorContext::Effect::kWrite;
    case plan::Effect::kCommit:
    case plan::Effect::kSeveral:
      break;
  }
  return ErrorContext::Effect::kCommit;
}

absl::Status Cancelled() {
  return errors::Error(absl::StatusCode::kCancelled, errors::kCancelled)
      .Message("the call ended before its statement was sent");
}

// MariaDB names the column in its message only; the registry's table is what
// the caller meant.
absl::Status NameTable(const absl::Status& status, const plan::Plan& plan) {
  if (status.ok() || plan.table.empty() ||
      !errors::MetadataOf(status, "table").empty()) {
    return status;
  }
  return errors::WithMetadata(status, "table", plan.table);
}

// Runs the plan on the connection that the caller has.
runtime::Task<absl::Status> RunOnce(const plan::Plan& plan, Caller& caller,
                                    mariadb::RowSink& sink) {
  if (caller.cancellation->cancelled()) co_return Cancelled();
  mariadb::Connection& connection = *caller.lease;
  if (plan.may_dirty_session) connection.MarkDirty();
  KillOnCancel kill(caller.environment->killer, caller.cancellation,
                    &connection);
  const absl::Status status = co_await connection.Execute(
      plan.sql, plan.parameters, EffectOf(plan), sink);
  co_await kill.Finish();
  co_return status;
}

// Whether a statement outside a transaction that lost its connection may be
// sent again on another one, unseen: the connection held nothing of its user,
// and either it was a read of which no row has arrived, or a write that was not
// sent, since one that was would be OUTCOME_UNKNOWN. Not a read in SQL: a
// function that it calls may write.
bool MayMove(const absl::Status& status, const plan::Plan& plan,
             const Caller& caller) {
  return (plan.verb == plan::Verb::kSelect ||
          plan.effect != plan::Effect::kRead) &&
         errors::ReasonOf(status) == errors::kConnectionLost &&
         errors::MetadataOf(status, "phase") == "EXECUTE" &&
         !caller.lease->dirty() && !caller.cancellation->cancelled();
}

}  // namespace

runtime::Task<absl::Status> Run(const plan::Plan& plan, Caller& caller,
                                mariadb::RowSink& sink) {
  CO_RETURN_IF_ERROR(co_await EnsureLease(caller));
  // Asked before it runs: a connection that is lost forgets it.
  const bool alone =
      !caller.lease->in_transaction() && caller.lease->autocommit();
  absl::Status status = co_await RunOnce(plan, caller, sink);
  if (alone && MayMove(status, plan, caller)) {
    caller.lease = pool::Lease();
    CO_RETURN_IF_ERROR(co_await EnsureLease(caller));
    status = co_await RunOnce(plan, caller, sink);
  }
  co_return NameTable(status, plan);
}

}  // namespace berth::exec
