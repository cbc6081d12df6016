// Results that are sent while they are read.
#ifndef BERTH_SERVER_EXEC_STREAMING_ENCODER_H_
#define BERTH_SERVER_EXEC_STREAMING_ENCODER_H_

#include <cstddef>
#include <cstdint>

#include "server/base/limits.h"
#include "server/exec/caller.h"
#include "server/exec/chunk_writer.h"
#include "server/exec/result_encoder.h"

namespace berth::exec {

// Cuts results into chunks by bytes, the first early, and reads on only when a
// chunk has been taken: a slow client holds its own stream up, and memory
// stays flat. A row of more than a message is cut within its values.
//
// When the client is gone, the caller's statement is killed before the rest of
// its rows is read: otherwise MariaDB would have to send them all.
class StreamingEncoder final : public ResultEncoder {
 public:
  // Both are borrowed. `max_rows` caps each result; 0: no cap.
  StreamingEncoder(Caller* caller, ChunkWriter* writer, uint64_t max_rows)
      : caller_(caller), writer_(writer), max_rows_(max_rows) {}

  Next EndRow() override;
  runtime::Task<absl::Status> Flush() override;
  runtime::Task<absl::Status> EndResult(
      const mariadb::ResultSummary& summary) override;

 private:
  runtime::Task<absl::Status> Send(std::string chunk, bool more);

  Caller* const caller_;
  ChunkWriter* const writer_;
  const uint64_t max_rows_;
  uint64_t rows_seen_ = 0;
  size_t chunk_bytes_ = limits::kFirstChunkBytes;
};

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_STREAMING_ENCODER_H_
