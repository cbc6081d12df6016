#include "server/exec/bulk_insert.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/exec/killer.h"
#include "server/exec/planned.h"
#include "server/exec/run.h"
#include "server/exec/single_value.h"
#include "server/exec/transaction.h"
#include "server/plan/insert_planner.h"
#include "server/plan/refuse.h"
#include "server/plan/value_check.h"
#include "server/runtime/cancel_error.h"

namespace berth::exec {
namespace {

using mariadb::BatchResult;
using mariadb::ErrorContext;
using runtime::Task;

constexpr char kFindTransactional[] =
    "SELECT 1 FROM information_schema.TABLES t JOIN information_schema.ENGINES "
    "e ON e.ENGINE = t.ENGINE WHERE t.TABLE_SCHEMA = DATABASE() AND "
    "t.TABLE_NAME = ? AND e.TRANSACTIONS = 'YES'";

// Whether an error can be that of one row.
bool IsOfARow(const absl::Status& status) {
  const std::string reason = errors::ReasonOf(status);
  for (const char* each :
       {errors::kDuplicateKey, errors::kValueOutOfRange, errors::kValueTooLong,
        errors::kNullNotAllowed, errors::kForeignKey, errors::kCheckConstraint,
        errors::kStatementError, errors::kLimit}) {
    if (reason == each) return true;
  }
  return false;
}

// The text of an insert of one row.
v1::InsertSpec OneRow(const v1::BulkInsertHeader& header) {
  v1::InsertSpec spec;
  spec.set_table(header.table());
  *spec.mutable_columns() = header.columns();
  spec.set_on_conflict(header.on_conflict());
  *spec.mutable_update_columns() = header.update_columns();
  v1::Row* row = spec.add_rows();
  for (int i = 0; i < header.columns_size(); ++i) {
    row->add_values()->set_null_value(google::protobuf::NULL_VALUE);
  }
  return spec;
}

}  // namespace

Task<absl::Status> BulkInsert::Open(const v1::BulkInsertHeader& header) {
  if (header.table().empty()) co_return plan::Refuse("table", "missing");
  if (header.columns_size() == 0) co_return plan::Refuse("columns", "missing");
  if (!v1::BulkCommit_IsValid(header.commit())) {
    co_return plan::Refuse("commit", "not a way that this server knows");
  }
  each_batch_ = header.commit() == v1::BULK_COMMIT_EACH_BATCH;
  width_ = header.columns_size();
  const v1::InsertSpec spec = OneRow(header);
  const auto planner = [&spec](const catalog::Table& table) {
    return plan::PlanInsert(spec, table);
  };
  CO_ASSIGN_OR_RETURN(Planned planned,
                      co_await MakePlan(caller_, header.table(), planner));
  table_ = std::move(planned.table);
  sql_ = std::move(planned.plan.sql);
  // The look-up may have leased one; the first batch may take its time.
  caller_.lease = pool::Lease();
  co_return absl::OkStatus();
}

Task<absl::Status> BulkInsert::Add(const v1::Rows& rows,
                                   v1::BulkInsertResponse* response) {
  absl::Status status = CheckRows(rows);
  if (status.ok() && rows.rows_size() > 0) {
    status = co_await Store(rows, response);
  }
  if (!status.ok()) {
    co_await Rollback();
    co_return Explain(status);
  }
  total_ += static_cast<uint64_t>(rows.rows_size());
  response->set_row_count(static_cast<uint64_t>(rows.rows_size()));
  response->set_total_rows(total_);
  response->set_committed(each_batch_);
  co_return absl::OkStatus();
}

Task<absl::Status> BulkInsert::Finish(v1::BulkInsertResponse* response) {
  if (open_) CO_RETURN_IF_ERROR(co_await Commit());
  // The client may take its time to hear of it.
  caller_.lease = pool::Lease();
  response->set_total_rows(total_);
  response->set_committed(true);
  co_return absl::OkStatus();
}

Task<void> BulkInsert::Rollback() {
  open_ = false;
  if (!caller_.lease || caller_.lease->broken()) co_return;
  const absl::Status undone =
      co_await caller_.lease->Run("ROLLBACK", ErrorContext::Effect::kNone);
  if (!undone.ok()) caller_.lease->MarkBroken();
}

absl::Status BulkInsert::CheckRows(const v1::Rows& rows) const {
  for (int i = 0; i < rows.rows_size(); ++i) {
    const v1::Row& row = rows.rows(i);
    absl::Status status;
    if (row.values_size() != width_) {
      status = plan::Refuse(absl::StrCat("rows.rows[", i, "]"),
                            absl::StrCat("has ", row.values_size(),
                                         " values for ", width_, " columns"));
    }
    for (int j = 0; j < row.values_size() && status.ok(); ++j) {
      status = plan::CheckValue(row.values(j), plan::Besides::kDefault, [i, j] {
        return absl::StrCat("rows.rows[", i, "].values[", j, "]");
      });
    }
    if (!status.ok()) {
      return errors::WithMetadata(
          status, "row", absl::StrCat(total_ + static_cast<uint64_t>(i)));
    }
  }
  return absl::OkStatus();
}

// A connection that turns out lost here has nothing of ours.
Task<absl::Status> BulkInsert::Begin() {
  if (caller_.cancellation->cancelled()) {
    co_return runtime::CancelError(caller_.cancellation->cause(),
                                   errors::kDeadlineQueue);
  }
  absl::Status status = co_await StartTransaction(
      caller_, v1::ISOLATION_UNSPECIFIED, /*read_only=*/false);
  if (errors::ReasonOf(status) == errors::kConnectionLost && caller_.lease &&
      MayLeave(caller_)) {
    caller_.lease = pool::Lease();
    status = co_await StartTransaction(caller_, v1::ISOLATION_UNSPECIFIED,
                                       /*read_only=*/false);
  }
  open_ = status.ok();
  co_return status;
}

// Awaited, never killed: a kill could only hide how it ended.
Task<absl::Status> BulkInsert::Commit() {
  const absl::Status status =
      co_await caller_.lease->Run("COMMIT", ErrorContext::Effect::kCommit);
  if (status.ok()) open_ = false;
  co_return status;
}

Task<absl::Status> BulkInsert::Store(const v1::Rows& rows,
                                     v1::BulkInsertResponse* response) {
  if (!open_) CO_RETURN_IF_ERROR(co_await Begin());
  uint64_t affected = 0;
  uint32_t warnings = 0;
  for (int first = 0; first < rows.rows_size();) {
    BatchResult result =
        co_await Execute(rows, first, rows.rows_size() - first);
    if (!result.status.ok()) {
      co_return co_await FindBadRow(rows, first, std::move(result));
    }
    first += result.rows;
    affected += result.affected_rows;
    warnings += result.warning_count;
  }
  response->set_affected_rows(affected);
  response->set_warning_count(warnings);
  if (!each_batch_) co_return absl::OkStatus();
  CO_RETURN_IF_ERROR(co_await Commit());
  // Nothing is on the connection between two batches.
  caller_.lease = pool::Lease();
  co_return absl::OkStatus();
}

Task<BatchResult> BulkInsert::Execute(const v1::Rows& rows, int first,
                                      int count) {
  BatchResult result;
  if (caller_.cancellation->cancelled()) {
    result.status = runtime::CancelError(caller_.cancellation->cause(),
                                         errors::kDeadlineExecute);
    co_return std::move(result);
  }
  KillOnCancel kill(caller_.environment->killer, caller_.cancellation,
                    &*caller_.lease);
  result = co_await caller_.lease->ExecuteBatch(sql_, rows, first, count,
                                                ErrorContext::Effect::kWrite);
  co_await kill.Finish();
  if (WasCutShort(result.status, caller_)) {
    result.status = runtime::CancelError(caller_.cancellation->cause(),
                                         errors::kDeadlineExecute);
  }
  co_return std::move(result);
}

Task<absl::Status> BulkInsert::FindBadRow(const v1::Rows& rows, int first,
                                          BatchResult failed) {
  if (failed.rows == 0 || !IsOfARow(failed.status)) co_return failed.status;
  if (failed.rows == 1) co_return NameRow(failed.status, first);
  const bool transactional = co_await IsTransactional();
  if (!transactional) {
    // A part of the rows stays, nobody knows which.
    co_return errors::WithMetadata(failed.status, "outcome", "UNKNOWN");
  }
  int low = first;
  int high = first + failed.rows;
  while (true) {
    const int middle = low + (high - low + 1) / 2;
    const BatchResult half = co_await Execute(rows, low, middle - low);
    if (half.status.ok()) {
      // The last row alone was good: it was a matter of chance.
      if (middle == high) co_return failed.status;
      low = middle;
      continue;
    }
    if (!IsOfARow(half.status)) co_return half.status;
    if (middle - low == 1) co_return NameRow(half.status, low);
    high = middle;
  }
}

Task<bool> BulkInsert::IsTransactional() {
  v1::Value name;
  name.set_text(table_->name());
  const v1::Value* parameters[] = {&name};
  SingleValue found;
  const absl::Status status = co_await caller_.lease->Execute(
      kFindTransactional, parameters, ErrorContext::Effect::kNone, found);
  co_return status.ok() && found.value().has_value();
}

absl::Status BulkInsert::NameRow(const absl::Status& status, int index) const {
  const std::string row = absl::StrCat(total_ + static_cast<uint64_t>(index));
  const absl::Status named = errors::Reworded(
      status, status.code(),
      absl::StrCat("row ", row, " of the stream: ", status.message()));
  return errors::WithField(errors::WithMetadata(named, "row", row),
                           absl::StrCat("rows.rows[", index, "]"),
                           status.message());
}

absl::Status BulkInsert::Explain(const absl::Status& status) {
  const absl::Status explained = ExplainName(status, caller_, *table_);
  if (!errors::MetadataOf(explained, "table").empty()) return explained;
  return errors::WithMetadata(explained, "table", table_->name());
}

}  // namespace berth::exec
