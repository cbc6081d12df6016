// The fake service's methods that stream, but for sessions.
#include <grpcpp/impl/codegen/method_handler.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/rpc_service_method.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "tests/unit/client/fake_answers.h"
#include "tests/unit/client/fake_service.h"

namespace berth::testing {
namespace {

using grpc::internal::RpcMethod;
using grpc::internal::RpcServiceMethod;

bool Send(grpc::ServerWriter<v1::SelectChunk>* stream, v1::ResultChunk chunk) {
  v1::SelectChunk message;
  *message.mutable_result() = std::move(chunk);
  return stream->Write(message);
}

grpc::Status Dropped() {
  return grpc::Status(grpc::StatusCode::UNAVAILABLE, "dropped");
}

grpc::Status ExecuteStream(const v1::ExecuteRequest& request,
                           grpc::ServerWriter<v1::SelectChunk>* stream) {
  v1::ResultChunk last;
  if (request.statement().sql() == "DROP") return Dropped();
  if (request.statement().sql() == "CALL") {
    v1::ResultChunk result = FirstUser();
    Send(stream, result);
    Send(stream, SecondUser());
    result.set_result_index(1);
    result.mutable_end()->set_row_count(1);
    Send(stream, result);
    last.set_result_index(2);
  }
  last.mutable_end()->mutable_write()->set_affected_rows(3);
  Send(stream, last);
  return grpc::Status::OK;
}

}  // namespace

void FakeService::AddStreams() {
  AddMethod(new RpcServiceMethod(
      "/berth.v1.Database/SelectStream", RpcMethod::SERVER_STREAMING,
      new grpc::internal::ServerStreamingHandler<FakeService, v1::SelectRequest,
                                                 v1::SelectChunk>(
          [](FakeService* self, grpc::ServerContext* context,
             const v1::SelectRequest* request,
             grpc::ServerWriter<v1::SelectChunk>* stream) {
            return self->SelectStream(context, *request, stream);
          },
          this)));
  AddMethod(new RpcServiceMethod(
      "/berth.v1.Database/ExecuteStream", RpcMethod::SERVER_STREAMING,
      new grpc::internal::ServerStreamingHandler<
          FakeService, v1::ExecuteRequest, v1::SelectChunk>(
          [](FakeService*, grpc::ServerContext*,
             const v1::ExecuteRequest* request,
             grpc::ServerWriter<v1::SelectChunk>* stream) {
            return ExecuteStream(*request, stream);
          },
          this)));
  AddMethod(new RpcServiceMethod(
      "/berth.v1.Database/BulkInsert", RpcMethod::BIDI_STREAMING,
      new grpc::internal::BidiStreamingHandler<
          FakeService, v1::BulkInsertRequest, v1::BulkInsertResponse>(
          [](FakeService* self, grpc::ServerContext* context,
             grpc::ServerReaderWriter<v1::BulkInsertResponse,
                                      v1::BulkInsertRequest>* stream) {
            return self->BulkInsert(context, stream);
          },
          this)));
}

void FakeService::Hang(grpc::ServerContext* context) {
  while (!context->IsCancelled()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ++cancelled;
}

grpc::Status FakeService::SelectStream(
    grpc::ServerContext* context, const v1::SelectRequest& request,
    grpc::ServerWriter<v1::SelectChunk>* stream) {
  const std::string& table = request.select().table();
  grpc::Status failure = UnaryFailure(table);
  if (!failure.ok()) return failure;
  if (table == "hang") {
    Hang(context);
    return grpc::Status::OK;
  }
  if (table == "cut") {
    for (const v1::ResultChunk& chunk : CutUsers()) Send(stream, chunk);
    return grpc::Status::OK;
  }
  Send(stream, FirstUser());
  if (table == "torn") return Dropped();
  if (table == "taken") return ToGrpc(DuplicateKey());
  if (table == "endless") {
    v1::ResultChunk chunk = FirstUser();
    chunk.clear_columns();
    while (Send(stream, chunk)) {
    }
    Hang(context);
    return grpc::Status::OK;
  }
  Send(stream, SecondUser());
  return grpc::Status::OK;
}

grpc::Status FakeService::BulkInsert(
    grpc::ServerContext* context,
    grpc::ServerReaderWriter<v1::BulkInsertResponse, v1::BulkInsertRequest>*
        stream) {
  v1::BulkInsertRequest request;
  if (!stream->Read(&request)) return grpc::Status::CANCELLED;
  const v1::BulkInsertHeader header = request.header();
  const bool each = header.commit() == v1::BULK_COMMIT_EACH_BATCH;
  uint64_t total = 0;
  for (int batch = 0; stream->Read(&request) && request.has_rows(); ++batch) {
    if (header.table() == "hang") {
      Hang(context);
      return grpc::Status::OK;
    }
    if (batch == 1 && header.table() == "drop") return Dropped();
    if (batch == 1 && header.table() == "taken") {
      google::rpc::ErrorInfo info = Info("DUPLICATE_KEY", "NOT_DONE", "NEVER");
      // Not by `=`: g++ 12 then warns of an overlap that cannot be.
      (*info.mutable_metadata())["row"].append("2");
      return ToGrpc(Error(grpc::StatusCode::ALREADY_EXISTS, info));
    }
    const int rows = request.rows().rows_size();
    bulk_rows += rows;
    total += static_cast<uint64_t>(rows);
    if (each) committed_rows += rows;
    v1::BulkInsertResponse response;
    response.set_row_count(static_cast<uint64_t>(rows));
    response.set_affected_rows(static_cast<uint64_t>(rows));
    response.set_total_rows(total);
    response.set_committed(each);
    stream->Write(response);
  }
  if (context->IsCancelled()) {
    ++cancelled;
    return grpc::Status::CANCELLED;
  }
  if (header.table() == "drop_end") return Dropped();
  if (!request.has_finish()) return grpc::Status::CANCELLED;
  if (!each) committed_rows += static_cast<int>(total);
  v1::BulkInsertResponse response;
  response.set_total_rows(total);
  response.set_committed(true);
  stream->Write(response);
  return grpc::Status::OK;
}

}  // namespace berth::testing
