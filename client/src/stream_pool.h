// The session streams of a client.
#ifndef BERTH_CLIENT_SRC_STREAM_POOL_H_
#define BERTH_CLIENT_SRC_STREAM_POOL_H_

#include <grpcpp/channel.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "client/src/session_stream.h"

namespace berth::client::internal {

// Opens sessions on streams, and keeps the streams of ended sessions for the
// next ones, which then cost one message instead of a stream.
//
// Thread safety: all functions may be called from any number of threads.
class StreamPool {
 public:
  // Called when something has come; see `SessionOptions::on_event`. Empty: the
  // caller receives by itself.
  using OnEvent = std::function<void()>;

  StreamPool(std::shared_ptr<grpc::Channel> channel, std::string authorization,
             int max_idle)
      : channel_(std::move(channel)),
        authorization_(std::move(authorization)),
        max_idle_(max_idle) {}

  // A stream on which `open` has succeeded.
  absl::StatusOr<std::unique_ptr<SessionStream>> Open(
      const v1::OpenSession& open, OnEvent on_event, absl::Time deadline);

  // A stream on which a session may be opened: a kept one, or a new one.
  std::unique_ptr<SessionStream> Take(OnEvent on_event);

  // Keeps a stream on which `end` was sent for the next session.
  void Keep(std::unique_ptr<SessionStream> stream);

 private:
  using Streams = std::vector<std::unique_ptr<SessionStream>>;

  std::unique_ptr<SessionStream> Make(OnEvent on_event);
  // The stream that was kept last and is still alive, or null.
  std::unique_ptr<SessionStream> TakeIdle(OnEvent on_event);

  const std::shared_ptr<grpc::Channel> channel_;
  const std::string authorization_;
  const int max_idle_;

  absl::Mutex mu_;
  // Last in, first out, so that streams beyond the need fall idle for good.
  Streams idle_ ABSL_GUARDED_BY(mu_);
  // Those of sessions with `on_event`.
  Streams idle_polled_ ABSL_GUARDED_BY(mu_);
};

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_STREAM_POOL_H_
