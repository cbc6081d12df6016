// A streamed answer over gRPC.
#ifndef BERTH_CLIENT_SRC_STREAM_SOURCE_H_
#define BERTH_CLIENT_SRC_STREAM_SOURCE_H_

#include <google/protobuf/message_lite.h>
#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "berth/client/result_source.h"
#include "berth/v1/database.pb.h"
#include "client/src/rpc_stream.h"
#include "client/src/status.h"

namespace berth::client::internal {

// Reads one message ahead.
class StreamSource : public ResultSource {
 public:
  // How long it may take. `whole`: the end of all; `wait`: the longest wait for
  // one message, values <= 0 mean no limit.
  struct Limits {
    absl::Time whole;
    absl::Duration wait;
  };

  // Sends `request`. `effect` is what is lost if the answer is.
  StreamSource(std::shared_ptr<grpc::Channel> channel,
               const std::string& method, const std::string& authorization,
               const google::protobuf::MessageLite& request, Effect effect,
               const Limits& limits);

  // Waits for the first message, which `Next` then returns: whether the
  // statement has begun to answer.
  absl::Status Open();

  absl::StatusOr<v1::ResultChunk*> Next() override;
  void Cancel() override { stream_.Cancel(); }

 private:
  // Waits until a message is in `incoming_`, or the stream has ended.
  absl::Status Await();

  // Before the stream, which writes into it until it is gone.
  std::unique_ptr<v1::SelectChunk> incoming_;
  std::unique_ptr<v1::SelectChunk> current_;
  RpcStream stream_;
  const Effect effect_;
  const absl::Duration wait_;
};

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_STREAM_SOURCE_H_
