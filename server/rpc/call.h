// What a handler knows of its call.
#ifndef BERTH_SERVER_RPC_CALL_H_
#define BERTH_SERVER_RPC_CALL_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/auth/principal.h"
#include "server/runtime/cancellation.h"
#include "server/runtime/task.h"

namespace berth::rpc {

// One call, unary or streaming.
struct Call {
  Call() = default;

  auth::Principal principal;
  absl::Time deadline = absl::InfiniteFuture();
  runtime::Cancellation cancellation;
};

// Answers one request: bytes in, bytes out.
using UnaryHandler = std::function<runtime::Task<absl::Status>(
    Call& call, absl::string_view request, std::string* response)>;

// The two directions of a stream, one operation each at a time.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // The next message of the client; nullopt when it has no more or is gone.
  virtual runtime::Task<std::optional<std::string>> Read() = 0;
  // Lets a Read that waits return nullopt, and every further one.
  virtual void StopReading() = 0;
  // Sends a message. False when the client is gone.
  virtual runtime::Task<bool> Write(std::string message) = 0;
  // Ends the call as CANCELLED, for a client that takes no messages: a Write
  // that waits returns false soon.
  virtual void Abort() = 0;
};

// Serves a stream to its end.
using StreamHandler =
    std::function<runtime::Task<absl::Status>(Call& call, ByteStream& stream)>;

}  // namespace berth::rpc

#endif  // BERTH_SERVER_RPC_CALL_H_
