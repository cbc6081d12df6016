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
  SessionConnectionImpl(std::shared_ptr<StreamPool> pool,
                        std::unique_ptr<SessionStream> stream,
                        absl::Duration request_timeout)
      : pool_(std::move(pool)),
        stream_(std::move(stream)),
        request_timeout_(request_timeout) {}

  absl::StatusOr<std::vector<v1::SessionResponse>> Call(
      v1::SessionRequest request,
      std::optional<absl::Duration> timeout) override;
  absl::StatusOr<uint32_t> Send(v1::SessionRequest request,
                                std::optional<absl::Duration> timeout) override;
  absl::StatusOr<std::vector<v1::SessionResponse>> Receive(
      uint32_t request_id, std::optional<absl::Duration> timeout) override;
  absl::Status End() override;
  void Cancel() override;
  bool Alive() override;
  const v1::SessionState& state() const override;

 private:
  // When a request with `timeout` that starts now must be done.
  absl::Time DeadlineOf(std::optional<absl::Duration> timeout) const;
  // Takes the stream away, which ends the session on this side.
  std::unique_ptr<SessionStream> TakeStream();

  const std::shared_ptr<StreamPool> pool_;
  // Null once the session has ended.
  std::unique_ptr<SessionStream> stream_;
  const absl::Duration request_timeout_;
  // The state when the session ended.
  v1::SessionState last_state_;
};

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_SESSION_CONNECTION_IMPL_H_
