#include "server/program/attempt.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/exec/transaction.h"
#include "server/exec/verbs.h"

namespace berth::program {
namespace {

using mariadb::ErrorContext;
using runtime::Task;
using State = StepOutcome::State;

constexpr char kSavepoint[] = "SAVEPOINT berth_step";
constexpr char kRelease[] = "RELEASE SAVEPOINT berth_step";
constexpr char kBackToSavepoint[] = "ROLLBACK TO SAVEPOINT berth_step";
// The greatest that MariaDB takes, in seconds.
constexpr int64_t kLongestLockWait = 100'000'000;

absl::Status Cancelled() {
  return errors::Error(absl::StatusCode::kCancelled, errors::kCancelled)
      .Message("the call ended before its transaction was committed");
}

// A statement has ended the transaction by a way that its text does not show.
absl::Status TransactionEnded() {
  return errors::Error(absl::StatusCode::kUnknown, errors::kOutcomeUnknown)
      .Message(
          "the statement ended the transaction of its program, so what it and "
          "the steps before it did may be committed; procedures that are "
          "called by a program must not commit")
      .Is(errors::Outcome::kUnknown);
}

// Whole seconds, rounded up.
int64_t LockWaitSeconds(absl::Duration wanted, absl::Duration left) {
  const absl::Duration wait =
      std::max(std::min(wanted, left), absl::ZeroDuration());
  return std::min(absl::ToInt64Seconds(absl::Ceil(wait, absl::Seconds(1))),
                  kLongestLockWait);
}

}  // namespace

Task<absl::Status> Attempt::Send(std::string sql) {
  co_return co_await caller_.lease->Run(std::move(sql),
                                        ErrorContext::Effect::kNone);
}

Task<absl::Status> Attempt::Begin(absl::Time now) {
  CO_RETURN_IF_ERROR(co_await exec::EnsureLease(caller_));
  if (caller_.cancellation->cancelled()) co_return Cancelled();
  if (program_.lock_wait.has_value()) {
    caller_.lease->MarkDirty();
    CO_RETURN_IF_ERROR(co_await Send(absl::StrCat(
        "SET innodb_lock_wait_timeout=",
        LockWaitSeconds(*program_.lock_wait, caller_.deadline - now))));
  }
  co_return co_await exec::StartTransaction(caller_, program_.isolation,
                                            program_.read_only);
}

Task<absl::Status> Attempt::Run(absl::Time now) {
  absl::Status status = co_await Begin(now);
  if (errors::ReasonOf(status) == errors::kConnectionLost) {
    // It had died while it was idle; another one may not have.
    caller_.lease = pool::Lease();
    status = co_await Begin(now);
  }
  if (status.ok()) status = co_await RunSteps();
  if (status.ok()) status = co_await Commit();
  if (!status.ok()) co_await RollBack();
  co_return status;
}

Task<absl::Status> Attempt::RunSteps() {
  for (int i = 0; i < static_cast<int>(program_.steps.size()); ++i) {
    const absl::Status status = co_await RunStep(i);
    if (!status.ok()) co_return NameStep(status, i, *program_.steps[i].step);
  }
  co_return absl::OkStatus();
}

Task<absl::Status> Attempt::RunStep(int index) {
  const CheckedStep& checked = program_.steps[index];
  const v1::Step* step = checked.step;
  if (step->has_condition()) {
    CO_ASSIGN_OR_RETURN(const bool holds,
                        outcomes_.Holds(step->condition(), index));
    if (!holds) {
      outcomes_[index].state = State::kSkipped;
      answer_.Skipped(step->id());
      co_return absl::OkStatus();
    }
  }
  v1::Step with_values;
  if (checked.has_refs) {
    with_values = *step;
    CO_RETURN_IF_ERROR(outcomes_.Substitute(index, with_values));
    step = &with_values;
  }
  caller_.lease->set_last_insert_id(0);
  if (checked.needs_savepoint) CO_RETURN_IF_ERROR(co_await Send(kSavepoint));
  outcomes_[index].state = State::kDone;
  const absl::Status status = co_await Operate(index, *step);
  if (!status.ok()) {
    CO_RETURN_IF_ERROR(co_await Undo(index, status));
    outcomes_[index] = StepOutcome();
    outcomes_[index].state = State::kFailed;
    answer_.Failed(step->id(), NameStep(status, index, *step));
  }
  co_return outcomes_.CheckAssertions(index);
}

Task<absl::Status> Attempt::Operate(int index, const v1::Step& step) {
  v1::WriteResult result;
  absl::Status status;
  switch (step.operation_case()) {
    case v1::Step::kSelect: {
      StepEncoder encoder(program_.steps[index], answer_.room(),
                          !answer_.has_rows(), &outcomes_[index]);
      status = co_await exec::Select(caller_, step.select(), encoder);
      if (status.ok()) answer_.Results(step.id(), encoder);
      co_return errors::WithFieldPrefix(status, "select.");
    }
    case v1::Step::kStatement:
      status = co_await Execute(index, step);
      co_return errors::WithFieldPrefix(status, "statement.");
    case v1::Step::kInsert:
      status = co_await exec::Insert(caller_, step.insert(), &result);
      status = errors::WithFieldPrefix(status, "insert.");
      break;
    case v1::Step::kUpdate:
      status = co_await exec::Update(caller_, step.update(), &result);
      status = errors::WithFieldPrefix(status, "update.");
      break;
    case v1::Step::kDelete:
      status = co_await exec::Delete(caller_, step.delete_(), &result);
      status = errors::WithFieldPrefix(status, "delete.");
      break;
    case v1::Step::OPERATION_NOT_SET:
      break;  // Refused before.
  }
  CO_RETURN_IF_ERROR(status);
  CutReturnedRows(answer_.room(), &result);
  Note(result, index);
  answer_.Wrote(step.id(), result);
  co_return absl::OkStatus();
}

Task<absl::Status> Attempt::Execute(int index, const v1::Step& step) {
  const CheckedStep& checked = program_.steps[index];
  StepOutcome& outcome = outcomes_[index];
  StepEncoder encoder(checked, answer_.room(), !answer_.has_rows(), &outcome);
  CO_RETURN_IF_ERROR(
      co_await exec::Execute(caller_, step.statement(), encoder));
  if (!caller_.lease->in_transaction()) co_return TransactionEnded();
  if (checked.needs_savepoint) {
    // Gone if a procedure has committed and begun anew.
    const absl::Status released = co_await Send(kRelease);
    if (!released.ok() && !caller_.lease->broken()) {
      co_return TransactionEnded();
    }
    CO_RETURN_IF_ERROR(released);
  }
  outcome.last_insert_id = caller_.lease->last_insert_id();
  answer_.Results(step.id(), encoder);
  co_return absl::OkStatus();
}

void Attempt::Note(const v1::WriteResult& result, int index) {
  StepOutcome& outcome = outcomes_[index];
  const v1::ResultChunk& returned = result.returned();
  outcome.affected_rows = result.affected_rows();
  outcome.last_insert_id = caller_.lease->last_insert_id();
  outcome.row_count = static_cast<uint64_t>(returned.rows().rows_size());
  if (program_.steps[index].kept_rows.empty()) return;
  for (const v1::Column& column : returned.columns()) {
    outcome.columns.push_back(column.name());
  }
  for (const uint32_t row : program_.steps[index].kept_rows) {
    if (row >= outcome.row_count) break;
    outcome.rows[row] = returned.rows().rows(static_cast<int>(row));
  }
}

Task<absl::Status> Attempt::Undo(int index, absl::Status status) {
  const CheckedStep& checked = program_.steps[index];
  mariadb::Connection& connection = *caller_.lease;
  if (errors::MetadataOf(status, "outcome") != "NOT_DONE" ||
      connection.broken() || connection.transaction_ended() ||
      caller_.cancellation->cancelled() ||
      (!checked.needs_savepoint &&
       checked.step->on_error() != v1::ON_ERROR_CONTINUE)) {
    co_return status;
  }
  if (checked.needs_savepoint) {
    const absl::Status undone = co_await Send(kBackToSavepoint);
    if (!undone.ok() && !connection.broken()) co_return TransactionEnded();
    CO_RETURN_IF_ERROR(undone);
  } else {
    // After an error only the next answer tells whether the transaction lives:
    // with innodb_rollback_on_timeout it may not.
    CO_RETURN_IF_ERROR(co_await Send("DO 0"));
  }
  if (!connection.in_transaction() ||
      checked.step->on_error() != v1::ON_ERROR_CONTINUE) {
    co_return status;
  }
  co_return absl::OkStatus();
}

// Awaited whatever happens to the caller: a kill could only hide its end.
Task<absl::Status> Attempt::Commit() {
  if (caller_.cancellation->cancelled()) co_return Cancelled();
  auto effect = ErrorContext::Effect::kCommit;
  if (program_.only_reads) effect = ErrorContext::Effect::kNone;
  co_return co_await caller_.lease->Run("COMMIT", effect);
}

Task<void> Attempt::RollBack() {
  if (!caller_.lease || caller_.lease->broken()) co_return;
  const absl::Status status = co_await Send("ROLLBACK");
  // What it left is not known; closing it ends the transaction.
  if (!status.ok()) caller_.lease->MarkBroken();
}

}  // namespace berth::program
