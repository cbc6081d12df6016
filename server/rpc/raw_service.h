// A gRPC service of raw bytes, made from its descriptor.
#ifndef BERTH_SERVER_RPC_RAW_SERVICE_H_
#define BERTH_SERVER_RPC_RAW_SERVICE_H_

#include <google/protobuf/descriptor.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/async_unary_call.h>

#include <string>
#include <vector>

namespace berth::rpc {

// Registers every method of a service as asynchronous and raw: requests and
// replies are byte buffers, parsed and encoded here rather than by generated
// classes. Ordinary clients see no difference.
//
// Methods that stream in either direction are all taken as bidirectional,
// which is the same on the wire.
class RawService final : public grpc::Service {
 public:
  explicit RawService(const google::protobuf::ServiceDescriptor* descriptor);

  int method_count() const { return static_cast<int>(paths_.size()); }
  // Such as `/berth.v1.Database/Select`.
  const std::string& path(int method) const { return paths_[method]; }
  bool is_stream(int method) const { return streams_[method]; }

  // Asks for the next call of a method; `tag` comes back with it.
  void RequestUnary(int method, grpc::ServerContext* context,
                    grpc::ByteBuffer* request,
                    grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>* writer,
                    grpc::ServerCompletionQueue* queue, void* tag) {
    RequestAsyncUnary(method, context, request, writer, queue, queue, tag);
  }
  void RequestStream(
      int method, grpc::ServerContext* context,
      grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>* stream,
      grpc::ServerCompletionQueue* queue, void* tag) {
    RequestAsyncBidiStreaming(method, context, stream, queue, queue, tag);
  }

 private:
  std::vector<std::string> paths_;  // gRPC keeps pointers to these.
  std::vector<bool> streams_;
};

}  // namespace berth::rpc

#endif  // BERTH_SERVER_RPC_RAW_SERVICE_H_
