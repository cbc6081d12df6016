// A streamed answer within a session.
#ifndef BERTH_CLIENT_SRC_SESSION_SOURCE_H_
#define BERTH_CLIENT_SRC_SESSION_SOURCE_H_

#include <cstdint>
#include <functional>
#include <utility>

#include "berth/client/result_source.h"
#include "berth/client/session_connection.h"
#include "berth/v1/session.pb.h"

namespace berth::client::internal {

// Reads the messages of one request that was sent. The connection must outlive
// it.
class SessionSource : public ResultSource {
 public:
  using OnError = std::function<void(const absl::Status&)>;

  SessionSource(SessionConnection* connection, uint32_t request_id,
                OnError on_error)
      : connection_(connection),
        request_id_(request_id),
        on_error_(std::move(on_error)) {}
  SessionSource(const SessionSource&) = delete;
  SessionSource& operator=(const SessionSource&) = delete;
  ~SessionSource() override { Cancel(); }

  absl::StatusOr<v1::ResultChunk*> Next() override;

  // Takes the request back and reads what is left of its answer, so that the
  // session can go on.
  void Cancel() override;

 private:
  // Receives the next message. False after the last one and an error.
  bool Receive();

  SessionConnection* const connection_;
  const uint32_t request_id_;
  const OnError on_error_;
  v1::SessionResponse message_;
  bool done_ = false;
  absl::Status status_;
};

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_SESSION_SOURCE_H_
