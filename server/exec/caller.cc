#include "server/exec/caller.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/runtime/cancel_error.h"

namespace berth::exec {
namespace {

constexpr char kUnknownTimeZone[] = "1298";

}  // namespace

runtime::Task<absl::Status> EnsureLease(Caller& caller) {
  if (caller.lease) co_return absl::OkStatus();
  // The pool might have one at hand before it hears of it.
  if (caller.cancellation->cancelled()) {
    co_return runtime::CancelError(caller.cancellation->cause(),
                                   errors::kDeadlineQueue);
  }
  pool::Demand demand;
  demand.kind = caller.kind;
  demand.database = caller.database;
  demand.deadline = caller.deadline;
  demand.wait = caller.wait;
  demand.cancellation = caller.cancellation;
  CO_ASSIGN_OR_RETURN(
      pool::Lease lease,
      co_await caller.environment->pool->Acquire(std::move(demand)));
  if (lease->database() != caller.database) {
    CO_RETURN_IF_ERROR(
        co_await caller.environment->databases->Use(*lease, caller.database));
  }
  if (!caller.setup.empty()) CO_RETURN_IF_ERROR(co_await SetUp(caller, lease));
  caller.lease = std::move(lease);
  co_return absl::OkStatus();
}

runtime::Task<absl::Status> SetUp(const Caller& caller, pool::Lease& lease) {
  if (caller.setup.empty()) co_return absl::OkStatus();
  lease.ResetAtEnd();
  const absl::Status status =
      co_await lease->Run(caller.setup, mariadb::ErrorContext::Effect::kNone);
  if (errors::MetadataOf(status, "errno") != kUnknownTimeZone) {
    co_return status;
  }
  co_return errors::Error(absl::StatusCode::kInvalidArgument,
                          errors::kInvalidField)
      .Message(absl::StrCat(status.message(),
                            "; named zones need MariaDB's time zone tables, "
                            "offsets such as +02:00 do not"))
      .Field("open.time_zone", "MariaDB does not know it");
}

}  // namespace berth::exec
