// Results that are sent while they are read.
#ifndef BERTH_SERVER_SESSION_STREAMING_ENCODER_H_
#define BERTH_SERVER_SESSION_STREAMING_ENCODER_H_

#include <cstddef>

#include "server/base/limits.h"
#include "server/exec/result_encoder.h"
#include "server/session/answers.h"

namespace berth::session {

// Cuts results into chunks by bytes, the first early, and reads on only when a
// chunk has been taken: a slow client holds its own session up, and memory
// stays flat.
class StreamingEncoder final : public exec::ResultEncoder {
 public:
  explicit StreamingEncoder(Answers* answers) : answers_(answers) {}

  Next EndRow() override;
  runtime::Task<absl::Status> Flush() override;
  runtime::Task<absl::Status> EndResult(
      const mariadb::ResultSummary& summary) override;

  // Whether the last message of the answer has been sent.
  bool finished() const { return finished_; }

 private:
  Answers* answers_;
  size_t chunk_bytes_ = limits::kFirstChunkBytes;
  bool finished_ = false;
};

}  // namespace berth::session

#endif  // BERTH_SERVER_SESSION_STREAMING_ENCODER_H_
