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
  chunk += EncodeEnd(exec::ToResultEnd(summary));
  NextResult();
  finished_ = !summary.more;
  const bool sent = co_await answers_->Chunk(std::move(chunk), summary.more);
  if (!sent) co_return ClientGone();
  co_return absl::OkStatus();
}

}  // namespace berth::session
