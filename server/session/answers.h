// The answers of a session, in their order.
#ifndef BERTH_SERVER_SESSION_ANSWERS_H_
#define BERTH_SERVER_SESSION_ANSWERS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "berth/v1/result.pb.h"
#include "berth/v1/session.pb.h"
#include "server/exec/chunk_writer.h"
#include "server/pool/lease.h"
#include "server/runtime/task.h"
#include "server/session/stream.h"

namespace berth::session {

// Writes the answers to one request. The last message of each carries the
// session's state as MariaDB reported it. A false result means that the client
// is gone.
class Answers final : public exec::ChunkWriter {
 public:
  explicit Answers(Stream* stream) : stream_(stream) {}

  // Says which request is answered, and whose connection tells the state; that
  // may be another one by the answer's end. nullptr: none is held.
  void Begin(uint32_t request_id, const pool::Lease* lease);

  runtime::Task<bool> WriteChunk(std::string chunk, bool more) override;
  runtime::Task<bool> Write(const v1::WriteResult& result);
  runtime::Task<bool> Opened(const v1::Opened& opened);
  runtime::Task<bool> Done();
  runtime::Task<bool> Error(absl::Status status);

 private:
  // The state after the last answer of MariaDB.
  v1::SessionState State() const;
  runtime::Task<bool> Send(v1::SessionResponse response);

  Stream* stream_;
  uint32_t request_id_ = 0;
  const pool::Lease* lease_ = nullptr;
};

}  // namespace berth::session

#endif  // BERTH_SERVER_SESSION_ANSWERS_H_
