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

#include "absl/strings/cord.h"
#include "absl/time/clock.h"
#include "google/rpc/status.pb.h"

namespace berth::test {
namespace {

using google::protobuf::MessageLite;
using grpc::internal::RpcMethod;

std::shared_ptr<grpc::Channel> Connect(const std::string& endpoint) {
  grpc::ChannelArguments arguments;
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

struct RawSession::Stream {
  std::shared_ptr<grpc::Channel> channel;
  RpcMethod method{"/berth.v1.Database/Session", nullptr,
                   RpcMethod::BIDI_STREAMING};
  grpc::ClientContext context;
  std::unique_ptr<
      grpc::ClientReaderWriter<v1::SessionRequest, v1::SessionResponse>>
      stream;
  bool finished = false;
};

RawSession::RawSession(const std::string& endpoint)
    : stream_(std::make_unique<Stream>()) {
  stream_->channel = Connect(endpoint);
  stream_->context.set_deadline(std::chrono::system_clock::now() +
                                std::chrono::minutes(2));
  stream_->stream.reset(grpc::internal::ClientReaderWriterFactory<
                        v1::SessionRequest,
                        v1::SessionResponse>::Create(stream_->channel.get(),
                                                     stream_->method,
                                                     &stream_->context));
}

RawSession::~RawSession() {
  if (stream_->finished) return;
  Cancel();
  Finish().IgnoreError();
}

bool RawSession::Send(const v1::SessionRequest& request) {
  return stream_->stream->Write(request);
}

std::optional<v1::SessionResponse> RawSession::Receive() {
  v1::SessionResponse response;
  if (!stream_->stream->Read(&response)) return std::nullopt;
  return response;
}

void RawSession::HalfClose() { stream_->stream->WritesDone(); }

void RawSession::Cancel() { stream_->context.TryCancel(); }

absl::Status RawSession::Finish() {
  stream_->finished = true;
  while (Receive().has_value()) {
  }
  return ToStatus(stream_->stream->Finish());
}

}  // namespace berth::test
