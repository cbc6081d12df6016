// Results that are sent while they are read.
#ifndef BERTH_SERVER_SESSION_STREAMING_ENCODER_H_
#define BERTH_SERVER_SESSION_STREAMING_ENCODER_H_

#include <cstddef>
#include <cstdint>

#include "server/base/limits.h"
#include "server/exec/result_encoder.h"
#include "server/session/answers.h"

namespace berth::session {

// Cuts results into chunks by bytes, the first early, and reads on only when a
// chunk has been taken: a slow client holds its own session up, and memory
// stays flat.
class StreamingEncoder final : public exec::ResultEncoder {
 public:
  // `max_rows` caps each result; 0: no cap.
  StreamingEncoder(Answers* answers, uint64_t max_rows)
      : answers_(answers), max_rows_(max_rows) {}

  Next EndRow() override;
  runtime::Task<absl::Status> Flush() override;
  runtime::Task<absl::Status> EndResult(
      const mariadb::ResultSummary& summary) override;

 private:
  Answers* answers_;
  const uint64_t max_rows_;
  uint64_t rows_seen_ = 0;
  size_t chunk_bytes_ = limits::kFirstChunkBytes;
};

}  // namespace berth::session

#endif  // BERTH_SERVER_SESSION_STREAMING_ENCODER_H_
