// The service as gRPC has it, for what berth::client does not let one do:
// fields that are not alive, half-closed streams, wrong request ids.
#ifndef BERTH_TESTS_SUPPORT_RAW_RPC_H_
#define BERTH_TESTS_SUPPORT_RAW_RPC_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "berth/v1/session.pb.h"
#include "google/protobuf/message_lite.h"

namespace berth::test {

// A unary call of `/berth.v1.<method>`. The status has the details as
// berth::client gives them. On a connection of its own.
absl::Status RawCall(const std::string& endpoint, const std::string& method,
                     const google::protobuf::MessageLite& request,
                     google::protobuf::MessageLite* response,
                     absl::Duration timeout = absl::InfiniteDuration());

// Unary calls on one connection, which may be cancelled in the middle.
// Thread-safe.
class RawChannel {
 public:
  explicit RawChannel(const std::string& endpoint);
  ~RawChannel();

  // As RawCall. Cancelled after `cancel_after`, unless it has ended by then.
  absl::Status Call(const std::string& method,
                    const google::protobuf::MessageLite& request,
                    google::protobuf::MessageLite* response,
                    absl::Duration cancel_after = absl::InfiniteDuration());

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A stream of `/berth.v1.<method>` on a connection of its own, with gRPC's
// limits for messages. A method that begins with `/` is a full path; a unary
// one is a stream of one message, too. `authorization`, unless it is empty, is
// sent as metadata. The client takes in as many bytes as gRPC thinks fit before
// they are read, which may be megabytes; with `window`, only so many.
class RawStream {
 public:
  RawStream(const std::string& endpoint, const std::string& method,
            absl::Duration timeout = absl::Minutes(2),
            const std::string& authorization = "", int window = 0);
  // Cancels what has not ended.
  ~RawStream();

  // False if the stream has ended.
  bool Send(const google::protobuf::MessageLite& message);
  bool Receive(google::protobuf::MessageLite* message);
  // Says that no more messages follow.
  void HalfClose();
  void Cancel();
  // The status that the stream ended with. Once Receive was false, or after
  // Cancel.
  absl::Status Finish();

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

// A stream of the method Session. Gives up after two minutes.
class RawSession {
 public:
  explicit RawSession(const std::string& endpoint);

  // False if the stream has ended.
  bool Send(const v1::SessionRequest& request);
  // Nothing if the stream has ended.
  std::optional<v1::SessionResponse> Receive();
  // Says that no more requests follow.
  void HalfClose();
  void Cancel();
  // The status that the stream ended with.
  absl::Status Finish();

 private:
  RawStream stream_;
};

}  // namespace berth::test

#endif  // BERTH_TESTS_SUPPORT_RAW_RPC_H_
