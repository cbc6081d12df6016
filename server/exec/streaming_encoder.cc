#include "server/exec/streaming_encoder.h"

#include <string>
#include <utility>

#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/exec/cut_row.h"

namespace berth::exec {
namespace {

absl::Status ClientGone() {
  return errors::Error(absl::StatusCode::kCancelled, errors::kCancelled)
      .Message("the client left while its result was sent")
      .With("phase", "FETCH");
}

}  // namespace

mariadb::RowSink::Next StreamingEncoder::EndRow() {
  if (max_rows_ != 0 && rows_seen_ == max_rows_) {
    DropRow();
    return Next::kStop;
  }
  ++rows_seen_;
  // A row that is to be cut waits for Flush, which may await.
  if (row_bytes() > limits::kStreamRowBytes) return Next::kFlush;
  return FinishRow() >= chunk_bytes_ ? Next::kFlush : Next::kContinue;
}

runtime::Task<absl::Status> StreamingEncoder::Flush() {
  if (row_bytes() > 0) {
    CutRow cut(TakeRow());
    while (true) {
      const bool last = cut.Next(limits::kStreamRowBytes, rows_bytes());
      AppendRow(cut.piece());
      if (last) break;
      CO_RETURN_IF_ERROR(
          co_await Send(TakeChunk(/*cell_continues=*/true), /*more=*/true));
    }
    if (rows_bytes() < chunk_bytes_) co_return absl::OkStatus();
  }
  chunk_bytes_ = limits::kChunkBytes;
  co_return co_await Send(TakeChunk(), /*more=*/true);
}

runtime::Task<absl::Status> StreamingEncoder::EndResult(
    const mariadb::ResultSummary& summary) {
  std::string chunk = TakeChunk();
  v1::ResultEnd end = ToResultEnd(summary);
  end.set_row_count(rows_seen_);
  chunk += EncodeEnd(end);
  rows_seen_ = 0;
  NextResult();
  co_return co_await Send(std::move(chunk), summary.more);
}

runtime::Task<absl::Status> StreamingEncoder::Send(std::string chunk,
                                                   bool more) {
  const bool sent = co_await writer_->WriteChunk(std::move(chunk), more);
  if (sent) co_return absl::OkStatus();
  if (caller_->running != nullptr) co_await caller_->running->KillNow();
  co_return ClientGone();
}

}  // namespace berth::exec
