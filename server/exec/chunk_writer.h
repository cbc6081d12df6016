// Where the chunks of a streamed result go.
#ifndef BERTH_SERVER_EXEC_CHUNK_WRITER_H_
#define BERTH_SERVER_EXEC_CHUNK_WRITER_H_

#include <string>

#include "server/runtime/task.h"

namespace berth::exec {

// Takes one chunk at a time, and is done with it when there is room for the
// next one: a slow client holds its own result up.
class ChunkWriter {
 public:
  virtual ~ChunkWriter() = default;

  // Sends a serialised v1.ResultChunk; `more` says whether others of the same
  // answer follow. False: the client is gone.
  virtual runtime::Task<bool> WriteChunk(std::string chunk, bool more) = 0;
};

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_CHUNK_WRITER_H_
