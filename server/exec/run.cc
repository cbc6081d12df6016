#include "server/exec/run.h"

#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"

namespace berth::exec {
namespace {

using mariadb::ErrorContext;

ErrorContext::Effect EffectOf(const plan::Plan& plan) {
  return plan.verb == plan::Verb::kSelect ? ErrorContext::Effect::kNone
                                          : ErrorContext::Effect::kWrite;
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

}  // namespace

runtime::Task<absl::Status> Run(const plan::Plan& plan, Caller& caller,
                                mariadb::RowSink& sink) {
  CO_RETURN_IF_ERROR(co_await EnsureLease(caller));
  if (caller.cancellation->cancelled()) co_return Cancelled();
  mariadb::Connection& connection = *caller.lease;
  if (plan.may_dirty_session) connection.MarkDirty();
  absl::Status status;
  {
    KillOnCancel kill(caller.environment->killer, caller.cancellation,
                      &connection);
    status = co_await connection.Execute(plan.sql, plan.parameters,
                                         EffectOf(plan), sink);
    co_await kill.Finish();
  }
  co_return NameTable(status, plan);
}

}  // namespace berth::exec
