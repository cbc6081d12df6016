#include "server/rpc/raw_service.h"

#include <grpcpp/impl/codegen/rpc_service_method.h>

#include "absl/strings/str_cat.h"

namespace berth::rpc {

RawService::RawService(const google::protobuf::ServiceDescriptor* descriptor) {
  using grpc::internal::RpcMethod;
  for (int i = 0; i < descriptor->method_count(); ++i) {
    const auto* method = descriptor->method(i);
    paths_.push_back(
        absl::StrCat("/", descriptor->full_name(), "/", method->name()));
    streams_.push_back(method->client_streaming() ||
                       method->server_streaming());
  }
  for (int i = 0; i < descriptor->method_count(); ++i) {
    AddMethod(new grpc::internal::RpcServiceMethod(
        paths_[i].c_str(),
        streams_[i] ? RpcMethod::BIDI_STREAMING : RpcMethod::NORMAL_RPC,
        /*handler=*/nullptr));
    MarkMethodRaw(i);
  }
}

}  // namespace berth::rpc
