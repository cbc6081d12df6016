// Whether a channel has a connection at the moment.
#ifndef BERTH_CLIENT_SRC_LINK_H_
#define BERTH_CLIENT_SRC_LINK_H_

#include <grpcpp/channel.h>
#include <grpcpp/completion_queue.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace berth::client::internal {

// Makes certain that a call that changes something starts on a connection.
//
// Nothing in gRPC 1.51 tells after a failure whether the request had left: the
// peer of a call is known only once the service has answered.
//
// Thread safety: all functions may be called from any number of threads.
class Link {
 public:
  explicit Link(std::shared_ptr<grpc::Channel> channel);
  ~Link();

  // Connects unless there is a connection. A failure means that nothing was
  // sent: `SERVICE_UNREACHABLE` or `DEADLINE`, outcome NOT_DONE.
  absl::Status Connect(absl::Time deadline);

  // The service has just answered, so the connection stands.
  void NoteAnswer();

 private:
  // Lets gRPC see what has happened to the connection meanwhile.
  void Poll();

  const std::shared_ptr<grpc::Channel> channel_;
  // Empty for good; polling it makes gRPC look at its sockets.
  grpc::CompletionQueue queue_;
  // When the service has last answered, in nanoseconds.
  std::atomic<int64_t> answered_ = 0;
};

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_LINK_H_
