#include "server/session/operations.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/catalog/sql_quote.h"
#include "server/exec/run.h"
#include "server/exec/transaction.h"

namespace berth::session {
namespace {

using mariadb::ErrorContext;
using runtime::Task;

absl::Status WrongState(absl::string_view message) {
  return errors::Error(absl::StatusCode::kFailedPrecondition,
                       errors::kSessionState)
      .Message(message);
}

// Whether COMMIT and savepoints have something to act on.
bool CanCommit(const exec::Caller& caller) {
  return caller.lease &&
         (caller.lease->in_transaction() || !caller.lease->autocommit());
}

}  // namespace

Task<absl::Status> Begin(exec::Caller& caller, const v1::Begin& begin) {
  if (caller.lease && caller.lease->in_transaction()) {
    co_return WrongState(
        "a transaction is open already; commit or roll it back first, or set "
        "a savepoint");
  }
  if (!v1::Isolation_IsValid(begin.isolation())) {
    co_return errors::Error(absl::StatusCode::kInvalidArgument,
                            errors::kInvalidField)
        .Message("begin.isolation has an unknown value")
        .Field("begin.isolation", "unknown value");
  }
  co_return co_await exec::StartTransaction(caller, begin.isolation(),
                                            begin.read_only());
}

Task<absl::Status> Commit(exec::Caller& caller) {
  if (!CanCommit(caller)) {
    co_return WrongState(
        "there is no transaction to commit: begin one, or switch autocommit "
        "off");
  }
  co_return co_await exec::RunOwn(caller, "COMMIT",
                                  ErrorContext::Effect::kCommit);
}

Task<absl::Status> Rollback(exec::Caller& caller) {
  if (!caller.lease) co_return absl::OkStatus();
  co_return co_await exec::RunOwn(caller, "ROLLBACK",
                                  ErrorContext::Effect::kNone);
}

Task<absl::Status> Savepoint(exec::Caller& caller,
                             const v1::Savepoint& savepoint) {
  if (savepoint.name().empty() ||
      savepoint.name().size() > limits::kIdentifierCharacters) {
    co_return errors::Error(absl::StatusCode::kInvalidArgument,
                            errors::kInvalidField)
        .Message("a savepoint needs a name of 1 to 64 bytes")
        .Field("savepoint.name", "empty or too long");
  }
  if (!CanCommit(caller)) {
    co_return WrongState("a savepoint needs an open transaction");
  }
  std::string sql;
  switch (savepoint.action()) {
    case v1::Savepoint::ROLLBACK_TO:
      sql = "ROLLBACK TO SAVEPOINT ";
      break;
    case v1::Savepoint::RELEASE:
      sql = "RELEASE SAVEPOINT ";
      break;
    default:
      sql = "SAVEPOINT ";
  }
  catalog::AppendIdentifier(sql, savepoint.name());
  co_return co_await exec::RunOwn(caller, std::move(sql),
                                  ErrorContext::Effect::kNone);
}

Task<absl::Status> SetAutocommit(exec::Caller& caller, bool enabled) {
  std::string sql = absl::StrCat("SET autocommit=", enabled ? 1 : 0);
  // Switching on commits what is open.
  const auto effect = enabled && CanCommit(caller)
                          ? ErrorContext::Effect::kCommit
                          : ErrorContext::Effect::kNone;
  co_return co_await exec::RunOwn(caller, std::move(sql), effect);
}

Task<absl::Status> Ping(exec::Caller& caller) {
  CO_RETURN_IF_ERROR(co_await exec::EnsureLease(caller));
  // A MariaDB that does not answer does not take the kill either: then the
  // connection is cut.
  co_return co_await exec::Killable(caller, caller.lease->Ping());
}

}  // namespace berth::session
