// One gRPC stream of the method Session: requests out, messages in.
#ifndef BERTH_CLIENT_SRC_MESSAGE_STREAM_H_
#define BERTH_CLIENT_SRC_MESSAGE_STREAM_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "berth/client/wire_message.h"
#include "berth/v1/session.pb.h"

namespace berth::client::internal {

// Moves messages; what they mean is `SessionStream`'s business.
//
// Used by one thread at a time.
class MessageStream {
 public:
  enum class Event { kMessage, kProgress, kTimeout, kEnded };

  virtual ~MessageStream() = default;

  // Whether `Write` may be called.
  virtual bool CanWrite() = 0;

  // Sends a request. `more_follows`: the next one comes at once, so that both
  // may travel together.
  virtual void Write(const v1::SessionRequest& request, bool more_follows) = 0;

  // Waits for what happens next; `kMessage` fills `message`. Must not be called
  // after `kEnded`, nor before the first `Write`.
  virtual Event Next(absl::Time deadline, WireMessage* message) = 0;

  // Whether the stream is about to end; `kEnded` follows.
  virtual bool Ending() = 0;

  // How it ended; after `kEnded` only.
  virtual const grpc::Status& end_status() const = 0;

  // Ends the stream on this side; `Next` then comes to `kEnded`.
  virtual void Cancel() = 0;
};

// What both kinds of stream are made of.
using GrpcStream =
    grpc::ClientAsyncReaderWriter<v1::SessionRequest, grpc::ByteBuffer>;

// Starts a stream on `queue`. Nothing is sent, and no event comes, before the
// first write.
std::unique_ptr<GrpcStream> StartGrpcStream(
    std::shared_ptr<grpc::Channel> channel, const std::string& authorization,
    grpc::ClientContext* context, grpc::CompletionQueue* queue);

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_MESSAGE_STREAM_H_
