// One call of gRPC that streams messages, whose caller does the work of the
// network.
#ifndef BERTH_CLIENT_SRC_RPC_STREAM_H_
#define BERTH_CLIENT_SRC_RPC_STREAM_H_

#include <google/protobuf/message_lite.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/status.h>

#include <memory>
#include <string>

#include "absl/time/time.h"

namespace berth::client::internal {

// Moves messages of any type: at most one of each direction at a time.
//
// Used by one thread at a time.
class RpcStream {
 public:
  enum class Event { kRead, kWritten, kTimeout, kEnded };

  // Does no I/O yet. After `deadline` the stream ends with DEADLINE_EXCEEDED;
  // the service is told of it.
  RpcStream(std::shared_ptr<grpc::Channel> channel, const std::string& method,
            const std::string& authorization, absl::Time deadline);
  RpcStream(const RpcStream&) = delete;
  RpcStream& operator=(const RpcStream&) = delete;
  // Cancels what has not ended; does not wait for the network.
  ~RpcStream();

  // Starts to send `message`, after which there are no others if `last`. Must
  // not be called while `writing`, nor after the last one.
  void Write(const google::protobuf::MessageLite& message, bool last);
  // Starts to receive into `message`, which must live until `kRead` or the
  // end. Must not be called before the first `Write`, nor while `reading`.
  void Read(google::protobuf::MessageLite* message);

  bool writing() const { return writing_; }
  // Until a message has come, or the stream has ended.
  bool reading() const { return reading_; }
  bool ended() const { return ended_; }

  // Waits for what was started. `kEnded` comes once nothing more can be read,
  // so it needs a `Read`; it must not be called after it.
  Event Next(absl::Time deadline);

  // How it ended; after `kEnded` only.
  const grpc::Status& end_status() const { return end_status_; }

  // Ends the stream on this side; `Next` then comes to `kEnded`.
  void Cancel();

 private:
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<google::protobuf::MessageLite,
                                                google::protobuf::MessageLite>>
      stream_;
  bool started_ = false;
  bool writing_ = false;
  bool reading_ = false;
  bool ended_ = false;
  grpc::Status end_status_;
};

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_RPC_STREAM_H_
