// What a session is made of: the place where tests put their own.
#ifndef BERTH_CLIENT_SESSION_CONNECTION_H_
#define BERTH_CLIENT_SESSION_CONNECTION_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "berth/client/export.h"
#include "berth/client/wire_message.h"
#include "berth/v1/session.pb.h"

namespace berth::client {

// The exchange of one session with the service. Programs use `Session`; this
// interface exists for mocks (`mocks/mock_connection.h`).
//
// Thread safety: none; used by one thread at a time.
class BERTH_CLIENT_EXPORT SessionConnection {
 public:
  virtual ~SessionConnection() = default;

  // Sends a request and waits for its answer. This one is `Send`, then
  // `Receive`, within one timeout.
  virtual absl::StatusOr<std::vector<v1::SessionResponse>> Call(
      v1::SessionRequest request, std::optional<absl::Duration> timeout);

  // Sends a request and returns the id that it was given.
  virtual absl::StatusOr<uint32_t> Send(
      v1::SessionRequest request, std::optional<absl::Duration> timeout) = 0;

  // Waits for the answer of a sent request, all messages of it. An error
  // answer is returned as a status.
  virtual absl::StatusOr<std::vector<v1::SessionResponse>> Receive(
      uint32_t request_id, std::optional<absl::Duration> timeout) = 0;

  // Waits for the next message of an answer; the last one has no `more`. This
  // one fails with UNIMPLEMENTED.
  virtual absl::StatusOr<v1::SessionResponse> ReceiveMessage(
      uint32_t request_id, std::optional<absl::Duration> timeout);

  // The same with the rows unparsed. These two do the work of the two above,
  // backwards.
  virtual absl::StatusOr<std::vector<WireMessage>> ReceiveWire(
      uint32_t request_id, std::optional<absl::Duration> timeout);
  virtual absl::StatusOr<WireMessage> ReceiveWireMessage(
      uint32_t request_id, std::optional<absl::Duration> timeout);

  // See the functions of `Session` with the same names. These say yes; it
  // cannot be renewed.
  virtual bool CanSend() { return true; }
  virtual bool Ready(uint32_t /*request_id*/, bool /*one_message*/) {
    return true;
  }
  virtual bool Opened() const { return true; }
  virtual bool Renew() { return false; }

  // Ends the session in good order. A second call does nothing.
  virtual absl::Status End() = 0;

  // Drops the session without an exchange with the service.
  virtual void Cancel() = 0;

  // Whether the session can still be used, as far as is known by now.
  virtual bool Alive() = 0;

  // The state that the last answer told; what it was when the session ended.
  virtual const v1::SessionState& state() const = 0;
};

}  // namespace berth::client

#endif  // BERTH_CLIENT_SESSION_CONNECTION_H_
