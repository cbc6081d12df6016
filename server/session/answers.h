// The answers of a session, in their order.
#ifndef BERTH_SERVER_SESSION_ANSWERS_H_
#define BERTH_SERVER_SESSION_ANSWERS_H_

#include <coroutine>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "berth/v1/result.pb.h"
#include "berth/v1/session.pb.h"
#include "server/exec/chunk_writer.h"
#include "server/pool/lease.h"
#include "server/runtime/task.h"
#include "server/session/stream.h"

namespace berth::session {

// Writes the answers to one request after the other, and notices between them.
// The last message of each answer carries the session's state as MariaDB
// reported it. A false result means that the client is gone.
class Answers final : public exec::ChunkWriter {
 public:
  // Before anything else.
  void Use(Stream* stream) { stream_ = stream; }

  // Says which request is answered, and whose connection tells the state; that
  // may be another one by the answer's end. nullptr: none is held.
  void Begin(uint32_t request_id, const pool::Lease* lease);

  // A chunk of a result, serialised; `more` messages of this answer follow. The
  // last one is kept until Finish: only then it is sure that the request
  // succeeded.
  runtime::Task<bool> WriteChunk(std::string chunk, bool more) override;
  runtime::Task<bool> Write(const v1::WriteResult& result);
  runtime::Task<bool> Opened(const v1::Opened& opened);
  runtime::Task<bool> Prepared(const v1::Prepared& prepared);
  runtime::Task<bool> Cursor(const v1::CursorOpened& cursor);
  runtime::Task<bool> Done();
  // `open`: whether there is a session.
  runtime::Task<bool> Error(absl::Status status, bool open);
  // Sends what was kept: the request has succeeded.
  runtime::Task<bool> Finish();

  // Whether the last message of the answer has been handed to the stream.
  bool answered() const { return answered_; }
  // The messages of this answer so far, the last one apart.
  int chunks() const { return chunks_; }

  // Sends a notice, beside the answers.
  runtime::Task<bool> Notice(v1::Notice notice);
  // Whether a message waits for the client to take it.
  bool writing() const { return turn_.taken(); }

 private:
  // Lets one of two writers wait for the other: a stream takes one message at
  // a time.
  class Turn {
   public:
    bool taken() const { return taken_; }
    bool await_ready() noexcept { return !std::exchange(taken_, true); }
    void await_suspend(std::coroutine_handle<> waiter) noexcept {
      waiter_ = waiter;
    }
    void await_resume() const noexcept {}
    // The other one, if it waits, has the turn.
    void Leave() {
      if (waiter_) {
        std::exchange(waiter_, {}).resume();
      } else {
        taken_ = false;
      }
    }

   private:
    bool taken_ = false;
    std::coroutine_handle<> waiter_;
  };

  // The state after the last answer of MariaDB.
  v1::SessionState State() const;
  runtime::Task<bool> Send(v1::SessionResponse response);

  Stream* stream_ = nullptr;
  Turn turn_;
  std::string last_;  // Kept for Finish.
  bool answered_ = false;
  int chunks_ = 0;
  uint32_t request_id_ = 0;
  const pool::Lease* lease_ = nullptr;
};

}  // namespace berth::session

#endif  // BERTH_SERVER_SESSION_ANSWERS_H_
