#include "tests/unit/client/fake_service.h"

#include <grpcpp/impl/codegen/method_handler.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <thread>

#include "google/rpc/error_details.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "tests/unit/client/fake_answers.h"

namespace berth::testing {
namespace {

using google::protobuf::MessageLite;
using grpc::internal::RpcMethod;
using grpc::internal::RpcServiceMethod;

template <typename Request, typename Response, typename F>
RpcServiceMethod* Unary(const char* name, FakeService* service, F answer) {
  return new RpcServiceMethod(
      name, RpcMethod::NORMAL_RPC,
      new grpc::internal::RpcMethodHandler<FakeService, Request, Response,
                                           MessageLite, MessageLite>(
          [answer](FakeService*, grpc::ServerContext* context,
                   const Request* request, Response* response) {
            return answer(context, *request, *response);
          },
          service));
}

}  // namespace

FakeService::FakeService() {
  AddMethod(new RpcServiceMethod(
      "/berth.v1.Database/Session", RpcMethod::BIDI_STREAMING,
      new grpc::internal::BidiStreamingHandler<FakeService, v1::SessionRequest,
                                               v1::SessionResponse>(
          [](FakeService* service, grpc::ServerContext* context,
             Stream* stream) { return service->Session(context, stream); },
          this)));
  AddMethod(Unary<v1::SelectRequest, v1::SelectResponse>(
      "/berth.v1.Database/Select", this,
      [this](grpc::ServerContext* context, const v1::SelectRequest& request,
             v1::SelectResponse& response) {
        grpc::Status failure = UnaryFailure(request.select().table());
        if (!failure.ok()) return failure;
        if (request.select().table() == "hang") {
          while (!context->IsCancelled()) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
          }
        }
        *response.mutable_result() = FirstUser();
        // What the call was given, for the tests to see.
        auto& values =
            *response.mutable_result()->mutable_rows()->mutable_rows(0);
        values.mutable_values(1)->set_text(request.database());
        auto entry = context->client_metadata().find("authorization");
        if (entry != context->client_metadata().end()) {
          values.mutable_values(1)->set_text(
              std::string(entry->second.data(), entry->second.size()));
        }
        return grpc::Status::OK;
      }));
  AddMethod(Unary<v1::InsertRequest, v1::InsertResponse>(
      "/berth.v1.Database/Insert", this,
      [this](grpc::ServerContext* context, const v1::InsertRequest& request,
             v1::InsertResponse& response) {
        while (request.insert().table() == "hang" && !context->IsCancelled()) {
          std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        grpc::Status failure = UnaryFailure(request.insert().table());
        if (!failure.ok()) return failure;
        if (request.insert().table() == "taken") return ToGrpc(DuplicateKey());
        response.mutable_result()->set_affected_rows(
            request.insert().rows_size());
        response.mutable_result()->add_generated_ids(7);
        return grpc::Status::OK;
      }));
  AddStreams();
  AddMethod(Unary<v1::TransactionRequest, v1::TransactionResponse>(
      "/berth.v1.Database/Transaction", this,
      [this](grpc::ServerContext*, const v1::TransactionRequest& request,
             v1::TransactionResponse& response) {
        grpc::Status failure = UnaryFailure(request.steps(0).insert().table());
        if (!failure.ok()) return failure;
        for (const v1::Step& step : request.steps()) {
          v1::StepResult* result = response.add_results();
          result->set_id(step.id());
          result->mutable_write()->set_affected_rows(1);
        }
        return grpc::Status::OK;
      }));
  namespace health = grpc::health::v1;
  AddMethod(Unary<health::HealthCheckRequest, health::HealthCheckResponse>(
      "/grpc.health.v1.Health/Check", this,
      [this](grpc::ServerContext*, const health::HealthCheckRequest&,
             health::HealthCheckResponse& response) {
        response.set_status(serving ? health::HealthCheckResponse::SERVING
                                    : health::HealthCheckResponse::NOT_SERVING);
        return grpc::Status::OK;
      }));
  AddMethod(Unary<v1::RegisterRequest, v1::RegisterResponse>(
      "/berth.v1.SchemaRegistry/Register", this,
      [](grpc::ServerContext*, const v1::RegisterRequest& request,
         v1::RegisterResponse& response) {
        for (const v1::TableDefinition& definition : request.tables()) {
          v1::Table* table = response.add_tables();
          table->set_name(definition.name());
          for (const v1::TableElement& element : definition.elements()) {
            v1::TableColumn* column = table->add_columns();
            column->set_name(element.name());
            column->set_sql_type(element.definition());
            column->set_type(v1::COLUMN_TYPE_INT);
          }
          table->add_primary_key("id");
        }
        if (request.on_conflict() == v1::CONFLICT_POLICY_WARN) {
          response.add_conflicts()->set_table("users");
        }
        return grpc::Status::OK;
      }));
}

grpc::Status FakeService::UnaryFailure(const std::string& table) {
  ++calls;
  if (table != "busy" && table != "away" && table != "doubt" &&
      table != "lost" && table != "deadlock") {
    return grpc::Status::OK;
  }
  if (--failures < 0) return grpc::Status::OK;
  if (table == "lost" || table == "deadlock") {
    return ToGrpc(Error(grpc::StatusCode::ABORTED,
                        Info(table == "lost" ? "TRANSACTION_LOST" : "DEADLOCK",
                             "NOT_DONE", "TRANSACTION")));
  }
  if (table == "away") {
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "away");
  }
  if (table == "doubt") {
    return ToGrpc(Error(grpc::StatusCode::UNKNOWN,
                        Info("OUTCOME_UNKNOWN", "UNKNOWN", "NEVER")));
  }
  google::rpc::Status error = Error(grpc::StatusCode::RESOURCE_EXHAUSTED,
                                    Info("POOL_WAIT", "NOT_DONE", "LATER"));
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_nanos(300'000'000);
  error.add_details()->PackFrom(retry);
  return ToGrpc(error);
}

FakeService::~FakeService() { Stop(); }

void FakeService::Start(int port) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:" + std::to_string(port),
                           grpc::InsecureServerCredentials(), &port_);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
}

void FakeService::Stop() {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
  server_ = nullptr;
}

std::string FakeService::endpoint() const {
  return "127.0.0.1:" + std::to_string(port_);
}

int FakeService::Await(const std::atomic<int>& counter, int value) {
  for (int i = 0; i < 400 && counter < value; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return counter;
}

grpc::Status FakeService::Session(grpc::ServerContext* context,
                                  Stream* stream) {
  ++streams;
  v1::SessionState state;
  v1::SessionRequest request;
  Late late;
  while (stream->Read(&request)) {
    if (late.set) stream->Write(late.response);
    late.set = false;
    if (request.execute().sql() == "DROP" ||
        request.insert().table() == "drop" ||
        request.select().table() == "drop" ||
        (request.has_commit() && lose_commit)) {
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "dropped");
    }
    if (!Answer(request, state, late, context, stream)) break;
  }
  if (context->IsCancelled()) ++cancelled;
  return grpc::Status::OK;
}

bool FakeService::Answer(const v1::SessionRequest& request,
                         v1::SessionState& state, Late& late,
                         grpc::ServerContext* context, Stream* stream) {
  v1::SessionResponse response;
  response.set_request_id(request.request_id());
  // Sends a message that is not the last one.
  auto send_more = [&](v1::ResultChunk chunk) {
    v1::SessionResponse more;
    more.set_request_id(request.request_id());
    more.set_more(true);
    *more.mutable_result() = std::move(chunk);
    stream->Write(more);
  };
  if (request.has_open() || request.has_open_before()) {
    ++sessions;
    state.Clear();
    state.set_autocommit(true);
  }
  if (request.open_before().database() == "closed") {
    *response.mutable_error() =
        Error(grpc::StatusCode::NOT_FOUND,
              Info("UNKNOWN_DATABASE", "NOT_DONE", "NEVER"));
    response.set_not_open(true);
    return stream->Write(response);
  }
  switch (request.request_case()) {
    case v1::SessionRequest::kOpen:
      response.mutable_opened()->set_database(request.open().database());
      break;
    case v1::SessionRequest::kSelect:
      if (request.select().table() == "echo") {
        *response.mutable_result() = Echo(request.select());
      } else if (request.select().table() == "cut") {
        std::vector<v1::ResultChunk> chunks = CutUsers();
        send_more(chunks[0]);
        send_more(chunks[1]);
        *response.mutable_result() = chunks[2];
      } else {
        send_more(FirstUser());
        *response.mutable_result() = SecondUser();
      }
      break;
    case v1::SessionRequest::kInsert:
      if (request.insert().table() == "taken") {
        *response.mutable_error() = DuplicateKey();
        break;
      }
      state.set_last_insert_id(7);
      response.mutable_write()->add_generated_ids(7);
      [[fallthrough]];
    case v1::SessionRequest::kUpdate:
    case v1::SessionRequest::kDelete:
      response.mutable_write()->set_affected_rows(1);
      break;
    case v1::SessionRequest::kPrepare:
      response.mutable_prepared()->set_handle(5);
      response.mutable_prepared()->set_parameter_count(2);
      response.mutable_prepared()->add_columns()->set_name("id");
      break;
    case v1::SessionRequest::kFetch:
      send_more(FirstUser());
      *response.mutable_result() = SecondUser();
      break;
    case v1::SessionRequest::kExecute:
      if (request.execute().cursor()) {
        response.mutable_cursor()->set_cursor(6);
        response.mutable_cursor()->add_columns()->set_name("id");
        break;
      }
      if (request.execute().sql() == "HANG") {
        while (!context->IsCancelled()) {
          std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return false;
      }
      if (request.execute().sql() == "DEADLOCK" && --failures >= 0) {
        state.set_in_transaction(false);
        *response.mutable_error() =
            Error(grpc::StatusCode::ABORTED,
                  Info("DEADLOCK", "NOT_DONE", "TRANSACTION"));
        break;
      }
      if (request.execute().sql() == "CALL") {
        v1::ResultChunk first = FirstUser();
        first.mutable_end()->set_row_count(1);
        send_more(first);
        first.set_result_index(1);
        send_more(first);
        response.mutable_result()->set_result_index(2);
      }
      response.mutable_result()->mutable_end()->mutable_write();
      break;
    case v1::SessionRequest::kBegin:
      state.set_in_transaction(true);
      response.mutable_done();
      break;
    case v1::SessionRequest::kCommit:
    case v1::SessionRequest::kRollback:
      state.set_in_transaction(false);
      response.mutable_done();
      break;
    case v1::SessionRequest::kEnd:
      if (fail_end) {
        *response.mutable_error() = Error(grpc::StatusCode::INTERNAL,
                                          Info("INTERNAL", "UNKNOWN", "NEVER"));
        break;
      }
      [[fallthrough]];
    default:
      response.mutable_done();
  }
  *response.mutable_state() = state;
  if (answer_late && (request.has_open() || request.has_end())) {
    late.set = true;
    late.response = response;
    return true;
  }
  return stream->Write(response);
}

}  // namespace berth::testing
