#include "server/rpc/reflection_service.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc/reflection/v1/reflection.pb.h"
#include "grpc/reflection/v1alpha/reflection.pb.h"
#include "server/rpc/typed_handler.h"

namespace berth::rpc {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using runtime::Task;

const DescriptorPool& Pool() { return *DescriptorPool::generated_pool(); }

// The file and everything it imports, each once.
template <typename Response>
void AddFiles(const FileDescriptor* file, std::set<std::string>& seen,
              Response* response) {
  if (!seen.insert(std::string(file->name())).second) return;
  google::protobuf::FileDescriptorProto proto;
  file->CopyTo(&proto);
  response->mutable_file_descriptor_response()->add_file_descriptor_proto(
      proto.SerializeAsString());
  for (int i = 0; i < file->dependency_count(); ++i) {
    AddFiles(file->dependency(i), seen, response);
  }
}

template <typename Response>
void AnswerFile(const FileDescriptor* file, const std::string& asked,
                Response* response) {
  if (file == nullptr) {
    auto* error = response->mutable_error_response();
    error->set_error_code(static_cast<int>(absl::StatusCode::kNotFound));
    error->set_error_message(absl::StrCat("not known here: ", asked));
    return;
  }
  std::set<std::string> seen;
  AddFiles(file, seen, response);
}

template <typename Request, typename Response>
Response Answer(const std::vector<std::string>& services,
                const Request& request) {
  Response response;
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case Request::kListServices:
      for (const std::string& service : services) {
        response.mutable_list_services_response()->add_service()->set_name(
            service);
      }
      break;
    case Request::kFileByFilename:
      AnswerFile(Pool().FindFileByName(request.file_by_filename()),
                 request.file_by_filename(), &response);
      break;
    case Request::kFileContainingSymbol:
      AnswerFile(
          Pool().FindFileContainingSymbol(request.file_containing_symbol()),
          request.file_containing_symbol(), &response);
      break;
    // None of the files has extensions.
    case Request::kFileContainingExtension:
      AnswerFile<Response>(
          nullptr, request.file_containing_extension().containing_type(),
          &response);
      break;
    case Request::kAllExtensionNumbersOfType:
      AnswerFile<Response>(nullptr, request.all_extension_numbers_of_type(),
                           &response);
      break;
    default: {
      auto* error = response.mutable_error_response();
      error->set_error_code(
          static_cast<int>(absl::StatusCode::kInvalidArgument));
      error->set_error_message("the request asks nothing");
    }
  }
  return response;
}

template <typename Request, typename Response>
Task<absl::Status> Reflect(const std::vector<std::string>* services,
                           ByteStream& stream) {
  while (true) {
    std::optional<std::string> bytes = co_await stream.Read();
    if (!bytes.has_value()) break;
    Request request;
    if (!request.ParseFromString(*bytes)) {
      co_return Unreadable(Request::descriptor()->full_name());
    }
    const Response response = Answer<Request, Response>(*services, request);
    const bool sent = co_await stream.Write(response.SerializeAsString());
    if (!sent) break;
  }
  co_return absl::OkStatus();
}

}  // namespace

void ServeReflection(const std::vector<std::string>* services, Server& server) {
  server.HandleStream(
      "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
      [services](Call& /*call*/, ByteStream& stream) {
        using namespace grpc::reflection::v1;  // NOLINT: one of two twins.
        return Reflect<ServerReflectionRequest, ServerReflectionResponse>(
            services, stream);
      });
  server.HandleStream(
      "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
      [services](Call& /*call*/, ByteStream& stream) {
        using namespace grpc::reflection::v1alpha;  // NOLINT: its twin.
        return Reflect<ServerReflectionRequest, ServerReflectionResponse>(
            services, stream);
      });
}

}  // namespace berth::rpc
