// What the copies of a client share.
#ifndef BERTH_CLIENT_SRC_CLIENT_IMPL_H_
#define BERTH_CLIENT_SRC_CLIENT_IMPL_H_

#include <google/protobuf/message_lite.h>
#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "berth/client/options.h"
#include "berth/client/session.h"
#include "client/src/session_stream.h"

namespace berth::client::internal {

class ClientImpl : public std::enable_shared_from_this<ClientImpl> {
 public:
  ClientImpl(std::shared_ptr<grpc::Channel> channel, Options options);

  const Options& options() const { return options_; }

  // Makes one unary call on the calling thread. `effect` is what is lost if no
  // answer comes.
  absl::Status Unary(const char* method,
                     const google::protobuf::MessageLite& request,
                     google::protobuf::MessageLite& response, Effect effect,
                     const CallOptions& options) const;

  absl::StatusOr<Session> OpenSession(const SessionOptions& options);

  // Keeps a stream whose session has ended for the next session.
  void Keep(std::unique_ptr<SessionStream> stream);

 private:
  // The stream that was kept last and is still alive, or null.
  std::unique_ptr<SessionStream> TakeIdle();

  const std::shared_ptr<grpc::Channel> channel_;
  const Options options_;
  const std::string authorization_;

  absl::Mutex mu_;
  // Last in, first out, so that streams beyond the need fall idle for good.
  std::vector<std::unique_ptr<SessionStream>> idle_ ABSL_GUARDED_BY(mu_);
};

// What a session consists of.
class SessionImpl {
 public:
  SessionImpl(std::shared_ptr<ClientImpl> client,
              std::unique_ptr<SessionStream> stream,
              absl::Duration request_timeout)
      : client(std::move(client)),
        stream(std::move(stream)),
        request_timeout(request_timeout) {}

  std::shared_ptr<ClientImpl> client;
  // Null once the session has ended.
  std::unique_ptr<SessionStream> stream;
  absl::Duration request_timeout;
  // The state when the session ended.
  v1::SessionState last_state;
};

// Now plus `timeout`, where values <= 0 mean no limit.
absl::Time DeadlineIn(absl::Duration timeout);

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_CLIENT_IMPL_H_
