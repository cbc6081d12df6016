#include "tests/support/raw_rpc.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/impl/client_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/rpc_method.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/sync_stream.h>

#include <chrono>
#include <thread>

#include "absl/strings/cord.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "google/rpc/status.pb.h"

namespace berth::test {
namespace {

using google::protobuf::MessageLite;
using grpc::internal::RpcMethod;

std::shared_ptr<grpc::Channel> Connect(const std::string& endpoint,
                                       int window = 0) {
  grpc::ChannelArguments arguments;
  if (window != 0) {
    arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, window);
  }
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(endpoint, grpc::InsecureChannelCredentials(),
                                   arguments);
}

absl::Status ToStatus(const grpc::Status& status) {
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()),
                      status.error_message());
  google::rpc::Status details;
  if (details.ParseFromString(status.error_details())) {
    for (const auto& detail : details.details()) {
      result.SetPayload(detail.type_url(), absl::Cord(detail.value()));
    }
  }
  return result;
}

}  // namespace

struct RawChannel::State {
  std::shared_ptr<grpc::Channel> channel;
};

RawChannel::RawChannel(const std::string& endpoint)
    : state_(std::make_unique<State>()) {
  state_->channel = Connect(endpoint);
}

RawChannel::~RawChannel() = default;

absl::Status RawChannel::Call(const std::string& method,
                              const MessageLite& request, MessageLite* response,
                              absl::Duration cancel_after) {
  const std::string path = "/berth.v1." + method;
  RpcMethod rpc(path.c_str(), nullptr, RpcMethod::NORMAL_RPC);
  grpc::ClientContext context;
  absl::Notification ended;
  std::thread canceller;
  if (cancel_after != absl::InfiniteDuration()) {
    canceller = std::thread([&] {
      if (!ended.WaitForNotificationWithTimeout(cancel_after)) {
        context.TryCancel();
      }
    });
  }
  const grpc::Status status =
      grpc::internal::BlockingUnaryCall<MessageLite, MessageLite>(
          state_->channel.get(), rpc, &context, request, response);
  ended.Notify();
  if (canceller.joinable()) canceller.join();
  return ToStatus(status);
}

absl::Status RawCall(const std::string& endpoint, const std::string& method,
                     const MessageLite& request, MessageLite* response,
                     absl::Duration timeout) {
  const std::string path = "/berth.v1." + method;
  RpcMethod rpc(path.c_str(), nullptr, RpcMethod::NORMAL_RPC);
  grpc::ClientContext context;
  if (timeout < absl::InfiniteDuration()) {
    context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  }
  auto channel = Connect(endpoint);
  return ToStatus(grpc::internal::BlockingUnaryCall<MessageLite, MessageLite>(
      channel.get(), rpc, &context, request, response));
}

struct RawStream::Stream {
  explicit Stream(const std::string& name)
      : path(name[0] == '/' ? name : "/berth.v1." + name),
        method(path.c_str(), nullptr, RpcMethod::BIDI_STREAMING) {}

  const std::string path;
  RpcMethod method;
  std::shared_ptr<grpc::Channel> channel;
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReaderWriter<MessageLite, MessageLite>> stream;
  bool finished = false;
};

RawStream::RawStream(const std::string& endpoint, const std::string& method,
                     absl::Duration timeout, const std::string& authorization,
                     int window)
    : stream_(std::make_unique<Stream>(method)) {
  if (!authorization.empty()) {
    stream_->context.AddMetadata("authorization", authorization);
  }
  stream_->channel = Connect(endpoint, window);
  stream_->context.set_deadline(std::chrono::system_clock::now() +
                                absl::ToChronoMilliseconds(timeout));
  stream_->stream.reset(
      grpc::internal::ClientReaderWriterFactory<
          MessageLite, MessageLite>::Create(stream_->channel.get(),
                                            stream_->method,
                                            &stream_->context));
}

RawStream::~RawStream() {
  if (stream_->finished) return;
  Cancel();
  Finish().IgnoreError();
}

bool RawStream::Send(const MessageLite& message) {
  return stream_->stream->Write(message);
}

bool RawStream::Receive(MessageLite* message) {
  return stream_->stream->Read(message);
}

void RawStream::HalfClose() { stream_->stream->WritesDone(); }

void RawStream::Cancel() { stream_->context.TryCancel(); }

absl::Status RawStream::Finish() {
  stream_->finished = true;
  return ToStatus(stream_->stream->Finish());
}

RawSession::RawSession(const std::string& endpoint)
    : stream_(endpoint, "Database/Session") {}

bool RawSession::Send(const v1::SessionRequest& request) {
  return stream_.Send(request);
}

std::optional<v1::SessionResponse> RawSession::Receive() {
  v1::SessionResponse response;
  if (!stream_.Receive(&response)) return std::nullopt;
  return response;
}

void RawSession::HalfClose() { stream_.HalfClose(); }

void RawSession::Cancel() { stream_.Cancel(); }

absl::Status RawSession::Finish() {
  while (Receive().has_value()) {
  }
  return stream_.Finish();
}

}  // namespace berth::test
