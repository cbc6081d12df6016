// One session on a stream.
#ifndef BERTH_CLIENT_SRC_SESSION_CONNECTION_IMPL_H_
#define BERTH_CLIENT_SRC_SESSION_CONNECTION_IMPL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "berth/client/session_connection.h"
#include "client/src/session_stream.h"
#include "client/src/stream_pool.h"

namespace berth::client::internal {

// Owns its stream until the session ends; then the pool does, or nobody.
class SessionConnectionImpl : public SessionConnection {
 public:
  // A session that `open` has opened on `stream`.
  SessionConnectionImpl(std::shared_ptr<StreamPool> pool, v1::OpenSession open,
                        std::unique_ptr<SessionStream> stream,
                        absl::Duration request_timeout)
      : pool_(std::move(pool)),
        stream_(std::move(stream)),
        open_(std::move(open)),
        opened_(true),
        request_timeout_(request_timeout) {}

  // A session that opens with its first request, by `open`.
  SessionConnectionImpl(std::shared_ptr<StreamPool> pool, v1::OpenSession open,
                        StreamPool::OnEvent on_event,
                        absl::Duration request_timeout)
      : pool_(std::move(pool)),
        open_(std::move(open)),
        to_open_(true),
        on_event_(std::move(on_event)),
        request_timeout_(request_timeout) {
    last_state_.set_autocommit(true);
  }

  absl::StatusOr<std::vector<v1::SessionResponse>> Call(
      v1::SessionRequest request,
      std::optional<absl::Duration> timeout) override;
  absl::StatusOr<uint32_t> Send(v1::SessionRequest request,
                                std::optional<absl::Duration> timeout) override;
  absl::StatusOr<std::vector<v1::SessionResponse>> Receive(
      uint32_t request_id, std::optional<absl::Duration> timeout) override;
  absl::StatusOr<v1::SessionResponse> ReceiveMessage(
      uint32_t request_id, std::optional<absl::Duration> timeout) override;
  absl::StatusOr<std::vector<WireMessage>> ReceiveWire(
      uint32_t request_id, std::optional<absl::Duration> timeout) override;
  absl::StatusOr<WireMessage> ReceiveWireMessage(
      uint32_t request_id, std::optional<absl::Duration> timeout) override;
  bool CanSend() override;
  bool Ready(uint32_t request_id, bool one_message) override;
  bool Opened() const override {
    return opened_ || (stream_ != nullptr && !to_open_ && stream_->opened());
  }
  bool Renew() override;
  absl::Status End() override;
  void Cancel() override;
  bool Alive() override;
  const v1::SessionState& state() const override;

 private:
  // When a request with `timeout` that starts now must be done.
  absl::Time DeadlineOf(std::optional<absl::Duration> timeout) const;
  // Sends a request; the first one opens the session.
  absl::StatusOr<uint32_t> SendBy(v1::SessionRequest& request,
                                  absl::Time deadline);
  absl::StatusOr<std::vector<WireMessage>> ReceiveBy(uint32_t request_id,
                                                     absl::Time deadline);
  // Whether there is something to receive from; what opening the session has
  // failed with, otherwise.
  absl::Status Check() const;
  // What is told of an answer that failed with `status`.
  absl::Status Explain(absl::Status status);
  // Takes the stream away, which ends the session on this side.
  std::unique_ptr<SessionStream> TakeStream();

  const std::shared_ptr<StreamPool> pool_;
  // Null before the first request of a session that opens with it, and once the
  // session has ended.
  std::unique_ptr<SessionStream> stream_;
  const v1::OpenSession open_;
  // Whether the next request opens the session.
  bool to_open_ = false;
  StreamPool::OnEvent on_event_;
  bool opened_ = false;
  absl::Status open_error_;
  const absl::Duration request_timeout_;
  // The state when the session ended.
  v1::SessionState last_state_;
};

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_SESSION_CONNECTION_IMPL_H_
