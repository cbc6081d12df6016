#include "server/session/streaming_encoder.h"

#include <string>
#include <utility>

#include "server/base/error.h"
#include "server/base/error_reason.h"

namespace berth::session {
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
  return FinishRow() >= chunk_bytes_ ? Next::kFlush : Next::kContinue;
}

runtime::Task<absl::Status> StreamingEncoder::Flush() {
  chunk_bytes_ = limits::kChunkBytes;
  const bool sent = co_await answers_->Chunk(TakeChunk(), /*more=*/true);
  if (!sent) co_return ClientGone();
  co_return absl::OkStatus();
}

runtime::Task<absl::Status> StreamingEncoder::EndResult(
    const mariadb::ResultSummary& summary) {
  std::string chunk = TakeChunk();
  v1::ResultEnd end = exec::ToResultEnd(summary);
  end.set_row_count(rows_seen_);
  chunk += EncodeEnd(end);
  rows_seen_ = 0;
  NextResult();
  const bool sent = co_await answers_->Chunk(std::move(chunk), summary.more);
  if (!sent) co_return ClientGone();
  co_return absl::OkStatus();
}

}  // namespace berth::session
