#include "server/exec/run.h"

#include <utility>

#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/exec/killer.h"
#include "server/runtime/cancel_error.h"

namespace berth::exec {
namespace {

using mariadb::ErrorContext;

// MariaDB's number for a statement that was killed.
constexpr char kInterrupted[] = "1317";

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

// What became of a statement whose caller left while it ran. A read that was
// killed may answer as if nothing had been, as SLEEP does, and comes too late
// in any case; a write that succeeded has happened.
absl::Status Judge(absl::Status status, const plan::Plan& plan,
                   const Caller& caller) {
  const bool late = status.ok() && plan.effect == plan::Effect::kRead &&
                    caller.cancellation->cancelled();
  if (!late && !WasCutShort(status, caller)) return status;
  const absl::Status error = runtime::CancelError(caller.cancellation->cause(),
                                                  errors::kDeadlineExecute);
  // A function that a statement in SQL calls may have written.
  if (late && plan.verb == plan::Verb::kExecute) {
    return errors::WithMetadata(error, "outcome", "UNKNOWN");
  }
  return error;
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

runtime::Task<absl::Status> Send(const plan::Plan& plan,
                                 mariadb::Connection& connection,
                                 mariadb::RowSink& sink,
                                 mariadb::PreparedStatement* prepared) {
  if (prepared != nullptr) {
    return prepared->Execute(plan.parameters, EffectOf(plan), sink);
  }
  return connection.Execute(plan.sql, plan.parameters, EffectOf(plan), sink);
}

// Runs the plan on the connection that the caller has.
runtime::Task<absl::Status> RunOnce(const plan::Plan& plan, Caller& caller,
                                    mariadb::RowSink& sink,
                                    mariadb::PreparedStatement* prepared) {
  if (caller.cancellation->cancelled()) {
    co_return runtime::CancelError(caller.cancellation->cause(),
                                   errors::kDeadlineQueue);
  }
  mariadb::Connection& connection = *caller.lease;
  if (plan.may_dirty_session) connection.MarkDirty();
  if (plan.commits) {
    // A kill could not undo it, only hide how it ended.
    co_return co_await Send(plan, connection, sink, prepared);
  }
  KillOnCancel kill(caller.environment->killer, caller.cancellation,
                    &connection);
  caller.running = &kill;
  const absl::Status status = co_await Send(plan, connection, sink, prepared);
  caller.running = nullptr;
  if (kill.killed()) co_await kill.Finish();
  co_return Judge(status, plan, caller);
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
         errors::MetadataOf(status, "phase") == "EXECUTE" && MayLeave(caller);
}

}  // namespace

bool WasCutShort(const absl::Status& status, const Caller& caller) {
  return caller.cancellation->cancelled() &&
         errors::MetadataOf(status, "errno") == kInterrupted;
}

runtime::Task<absl::Status> RunOwn(Caller& caller, std::string sql,
                                   ErrorContext::Effect effect) {
  CO_RETURN_IF_ERROR(co_await EnsureLease(caller));
  if (caller.cancellation->cancelled()) {
    co_return runtime::CancelError(caller.cancellation->cause(),
                                   errors::kDeadlineQueue);
  }
  // A kill could not undo a COMMIT, only hide how it ended.
  if (effect == ErrorContext::Effect::kCommit) {
    co_return co_await caller.lease->Run(std::move(sql), effect);
  }
  absl::Status status =
      co_await Killable(caller, caller.lease->Run(std::move(sql), effect));
  if (WasCutShort(status, caller)) {
    caller.lease->MarkBroken();
    status = runtime::CancelError(caller.cancellation->cause(),
                                  errors::kDeadlineExecute);
  }
  co_return status;
}

bool MayLeave(const Caller& caller) {
  return !caller.pinned && !caller.lease->dirty() &&
         !caller.lease->in_transaction() && caller.lease->autocommit() &&
         !caller.cancellation->cancelled();
}

runtime::Task<absl::Status> Run(const plan::Plan& plan, Caller& caller,
                                mariadb::RowSink& sink,
                                mariadb::PreparedStatement* prepared) {
  CO_RETURN_IF_ERROR(co_await EnsureLease(caller));
  // Asked before it runs: a connection that is lost forgets it.
  const bool alone =
      !caller.lease->in_transaction() && caller.lease->autocommit();
  absl::Status status = co_await RunOnce(plan, caller, sink, prepared);
  if (alone && MayMove(status, plan, caller)) {
    caller.lease = pool::Lease();
    CO_RETURN_IF_ERROR(co_await EnsureLease(caller));
    status = co_await RunOnce(plan, caller, sink, prepared);
  }
  co_return NameTable(status, plan);
}

}  // namespace berth::exec
