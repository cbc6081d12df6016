#include "server/mariadb/client_prepared_statement.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/mariadb/column_metadata.h"

namespace berth::mariadb {
namespace {

using runtime::Task;

// Rows of a batch at most: what follows small rows may be large.
constexpr uint64_t kBatchRows = 256;

absl::Status InvalidParameter(size_t parameter, absl::string_view message) {
  return errors::Error(absl::StatusCode::kInvalidArgument,
                       errors::kInvalidField)
      .Message(message)
      .Field(absl::StrCat("parameters[", parameter, "]"), message);
}

absl::Status NoCursor() {
  return errors::Error(absl::StatusCode::kInvalidArgument,
                       errors::kInvalidField)
      .Message("MariaDB has cursors only for a SELECT that returns rows")
      .Field("cursor", "the statement has no cursor");
}

}  // namespace

uint64_t ClientPreparedStatement::Batch::Next(uint64_t wanted) {
  if (flushes == 0) {
    rows = std::clamp<uint64_t>(2 * rows, 1, kBatchRows);
  } else {
    rows = std::max<uint64_t>(1, rows / flushes);
  }
  flushes = 0;
  return wanted == 0 ? rows : std::min(rows, wanted);
}

ClientPreparedStatement::ClientPreparedStatement(
    ClientConnection* connection, std::string sql,
    std::unique_ptr<Statement> statement)
    : connection_(connection),
      sql_(std::move(sql)),
      statement_(std::move(statement)) {
  MYSQL_STMT* handle = statement_->handle();
  parameter_count_ = mysql_stmt_param_count(handle);
  columns_ =
      DescribeColumns(handle->fields, mysql_stmt_field_count(handle)).columns;
  if (!statement_->keep()) Drop();
}

// A broken connection would have to be waited for: it closes what it can
// itself, off this thread.
void ClientPreparedStatement::Drop() {
  if (statement_ != nullptr && connection_->broken()) {
    connection_->Abandon(std::move(statement_));
  }
  statement_.reset();
  pieces_.clear();
  cursor_ = false;
}

Task<absl::Status> ClientPreparedStatement::EnsurePrepared() {
  if (statement_ != nullptr) co_return absl::OkStatus();
  CO_ASSIGN_OR_RETURN(statement_, co_await connection_->PrepareStatement(sql_));
  co_return absl::OkStatus();
}

absl::Status ClientPreparedStatement::CheckPieces(
    absl::Span<const v1::Value* const> parameters) const {
  for (size_t i = 0; i < parameters.size(); ++i) {
    const bool sent = pieces_.count(i) > 0;
    if (parameters[i]->has_long_data() == sent) continue;
    return InvalidParameter(
        i, sent ? "pieces were sent for this parameter, and are dropped now: "
                  "give `long_data` instead of a value"
                : "no pieces were sent for this parameter: send `long_data` "
                  "requests before");
  }
  return absl::OkStatus();
}

Task<absl::Status> ClientPreparedStatement::Execute(
    absl::Span<const v1::Value* const> parameters, ErrorContext::Effect effect,
    RowSink& sink) {
  CloseCursor();
  const absl::Status fits = CheckPieces(parameters);
  if (!fits.ok()) {
    if (!pieces_.empty()) Drop();
    co_return fits;
  }
  CO_RETURN_IF_ERROR(co_await EnsurePrepared());
  const absl::Status status =
      co_await connection_->RunStatement(*statement_, parameters, effect, sink);
  // Nothing may be left of pieces that were not executed.
  if (!statement_->keep() || (!status.ok() && !pieces_.empty())) Drop();
  pieces_.clear();
  co_return status;
}

Task<absl::Status> ClientPreparedStatement::SendLongData(
    uint32_t parameter, absl::string_view data) {
  if (parameter >= parameter_count_) {
    co_return errors::Error(absl::StatusCode::kInvalidArgument,
                            errors::kInvalidField)
        .Message(absl::StrCat("the statement has ", parameter_count_,
                              " parameters; they are counted from 0"))
        .Field("parameter", "no such parameter");
  }
  CloseCursor();
  CO_RETURN_IF_ERROR(co_await EnsurePrepared());
  uint64_t& bytes = pieces_[parameter];
  bytes += data.size();
  const absl::Status fits =
      connection_->CheckSize("the pieces of the parameter have", bytes);
  if (!fits.ok()) {
    Drop();
    co_return fits;
  }
  MYSQL_STMT* handle = statement_->handle();
  my_bool failed = 0;
  for (int wait = mysql_stmt_send_long_data_start(&failed, handle, parameter,
                                                  data.data(), data.size());
       wait != 0;
       wait = mysql_stmt_send_long_data_cont(&failed, handle, wait)) {
    co_await connection_->Ready(wait);
  }
  if (failed == 0) co_return absl::OkStatus();
  const absl::Status status = connection_->StatementFailure(
      handle, connection_->Context(ErrorContext::Effect::kNone));
  Drop();
  co_return status;
}

Task<absl::Status> ClientPreparedStatement::OpenCursor(
    absl::Span<const v1::Value* const> parameters) {
  CloseCursor();
  if (columns_.empty()) co_return NoCursor();
  const absl::Status fits = CheckPieces(parameters);
  if (!fits.ok()) {
    if (!pieces_.empty()) Drop();
    co_return fits;
  }
  CO_RETURN_IF_ERROR(co_await EnsurePrepared());
  absl::Status status =
      co_await connection_->OpenCursor(*statement_, parameters);
  pieces_.clear();
  if (!status.ok()) {
    Drop();
    co_return status;
  }
  // Told by MariaDB. Without a cursor libmariadb has stored the rows, but
  // believes that they are still to be read.
  MYSQL_STMT* handle = statement_->handle();
  if ((handle->upsert_status.server_status & SERVER_STATUS_CURSOR_EXISTS) ==
      0) {
    handle->mysql->status = MYSQL_STATUS_READY;
    handle->state = MYSQL_STMT_FETCH_DONE;
    Drop();
    co_return NoCursor();
  }
  columns_ = statement_->Columns().columns;
  cursor_ = true;
  batch_ = Batch();
  co_return absl::OkStatus();
}

Task<absl::Status> ClientPreparedStatement::Fetch(uint64_t max_rows,
                                                  RowSink& sink) {
  MYSQL_STMT* handle = statement_->handle();
  ErrorContext context = connection_->Context(ErrorContext::Effect::kNone);
  context.phase = "FETCH";
  ResultSummary summary;
  summary.has_columns = true;
  sink.BeginResult(statement_->Columns());
  statement_->decoder().set_sink(&sink);
  while (true) {
    if (max_rows != 0 && summary.row_count == max_rows) {
      summary.truncated = true;
      break;
    }
    if (handle->result_cursor == nullptr) {
      unsigned long rows =
          batch_.Next(max_rows == 0 ? 0 : max_rows - summary.row_count);
      mysql_stmt_attr_set(handle, STMT_ATTR_PREFETCH_ROWS, &rows);
    }
    int result = 0;
    for (int wait = mysql_stmt_fetch_start(&result, handle); wait != 0;
         wait = mysql_stmt_fetch_cont(&result, handle, wait)) {
      co_await connection_->Ready(wait);
    }
    if (result == MYSQL_NO_DATA) break;
    if (result != 0) {
      const absl::Status status =
          connection_->StatementFailure(handle, context);
      Drop();
      co_return status;
    }
    ++summary.row_count;
    if (sink.EndRow() == RowSink::Next::kFlush) {
      ++batch_.flushes;
      CO_RETURN_IF_ERROR(co_await sink.Flush());
    }
  }
  summary.warning_count = mysql_stmt_warning_count(handle);
  connection_->NoteCounts(/*affected_rows=*/0, summary.warning_count);
  co_return co_await sink.EndResult(summary);
}

}  // namespace berth::mariadb
