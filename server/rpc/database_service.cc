#include "server/rpc/database_service.h"

#include <algorithm>
#include <string>
#include <utility>

#include "berth/v1/database.pb.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/exec/result_encoder.h"
#include "server/exec/verbs.h"
#include "server/exec/wire.h"
#include "server/rpc/bulk_handler.h"
#include "server/rpc/make_caller.h"
#include "server/rpc/request_options.h"
#include "server/rpc/response_info.h"
#include "server/rpc/session_stream.h"
#include "server/rpc/stream_handlers.h"
#include "server/rpc/transaction_handler.h"
#include "server/rpc/typed_handler.h"
#include "server/session/session.h"

namespace berth::rpc {
namespace {

using runtime::Task;

Task<absl::Status> Select(const exec::Environment* environment, Call& call,
                          v1::SelectRequest& request, std::string* response) {
  if (!request.has_select()) co_return Missing("select");
  CO_ASSIGN_OR_RETURN(exec::Caller caller,
                      CallerOf(environment, call, request));
  v1::SelectSpec& spec = *request.mutable_select();
  uint64_t rows = environment->unary_rows;
  if (spec.max_rows() != 0) rows = std::min(rows, spec.max_rows());
  // One row more tells whether there are more, and keeps MariaDB from sending
  // what nobody will see.
  spec.set_max_rows(rows + 1);
  exec::UnaryEncoder encoder(rows, environment->unary_bytes);
  const absl::Status status = co_await exec::Select(caller, spec, encoder);
  if (!status.ok()) co_return errors::WithFieldPrefix(status, "select.");
  const absl::string_view info = InfoBytes();
  const std::string& chunk = encoder.chunks().front();
  response->reserve(info.size() + chunk.size() + 6);
  response->append(info.data(), info.size());
  exec::wire::AppendBytes(
      *response, exec::wire::LengthTag(v1::SelectResponse::kResultFieldNumber),
      chunk);
  co_return absl::OkStatus();
}

template <typename Response>
void Answer(const v1::WriteResult& result, std::string* response) {
  Response message;
  message.mutable_info()->set_attempts(1);
  *message.mutable_result() = result;
  *response = message.SerializeAsString();
}

Task<absl::Status> Insert(const exec::Environment* environment, Call& call,
                          v1::InsertRequest& request, std::string* response) {
  if (!request.has_insert()) co_return Missing("insert");
  CO_ASSIGN_OR_RETURN(exec::Caller caller,
                      CallerOf(environment, call, request));
  v1::WriteResult result;
  const absl::Status status =
      co_await exec::Insert(caller, request.insert(), &result);
  if (!status.ok()) co_return errors::WithFieldPrefix(status, "insert.");
  Answer<v1::InsertResponse>(result, response);
  co_return absl::OkStatus();
}

Task<absl::Status> Update(const exec::Environment* environment, Call& call,
                          v1::UpdateRequest& request, std::string* response) {
  if (!request.has_update()) co_return Missing("update");
  CO_ASSIGN_OR_RETURN(exec::Caller caller,
                      CallerOf(environment, call, request));
  v1::WriteResult result;
  const absl::Status status =
      co_await exec::Update(caller, request.update(), &result);
  if (!status.ok()) co_return errors::WithFieldPrefix(status, "update.");
  Answer<v1::UpdateResponse>(result, response);
  co_return absl::OkStatus();
}

Task<absl::Status> Delete(const exec::Environment* environment, Call& call,
                          v1::DeleteRequest& request, std::string* response) {
  if (!request.has_delete_()) co_return Missing("delete");
  CO_ASSIGN_OR_RETURN(exec::Caller caller,
                      CallerOf(environment, call, request));
  v1::WriteResult result;
  const absl::Status status =
      co_await exec::Delete(caller, request.delete_(), &result);
  if (!status.ok()) co_return errors::WithFieldPrefix(status, "delete.");
  Answer<v1::DeleteResponse>(result, response);
  co_return absl::OkStatus();
}

Task<absl::Status> Execute(const exec::Environment* environment, Call& call,
                           v1::ExecuteRequest& request, std::string* response) {
  if (!request.has_statement()) co_return Missing("statement");
  CO_ASSIGN_OR_RETURN(exec::Caller caller,
                      CallerOf(environment, call, request));
  exec::UnaryEncoder encoder(environment->unary_rows, environment->unary_bytes);
  const absl::Status status =
      co_await exec::Execute(caller, request.statement(), encoder);
  if (!status.ok()) co_return errors::WithFieldPrefix(status, "statement.");
  const absl::string_view info = InfoBytes();
  response->append(info.data(), info.size());
  for (const std::string& chunk : encoder.chunks()) {
    exec::wire::AppendBytes(
        *response,
        exec::wire::LengthTag(v1::ExecuteResponse::kResultsFieldNumber), chunk);
  }
  co_return absl::OkStatus();
}

Task<absl::Status> Session(const exec::Environment* environment,
                           session::Sessions* sessions, Call& call,
                           ByteStream& bytes) {
  SessionStream stream(&bytes);
  session::Session session(environment, sessions, call.principal, call.deadline,
                           &call.cancellation);
  co_return co_await session.Serve(stream);
}

}  // namespace

void ServeDatabase(const exec::Environment* environment,
                   session::Sessions* sessions, Server& server) {
  server.Handle("/berth.v1.Database/Select",
                TypedHandler(environment, &Select));
  server.Handle("/berth.v1.Database/Insert",
                TypedHandler(environment, &Insert));
  server.Handle("/berth.v1.Database/Update",
                TypedHandler(environment, &Update));
  server.Handle("/berth.v1.Database/Delete",
                TypedHandler(environment, &Delete));
  server.Handle("/berth.v1.Database/Execute",
                TypedHandler(environment, &Execute));
  server.HandleStream("/berth.v1.Database/SelectStream",
                      [environment](Call& call, ByteStream& bytes) {
                        return SelectStream(environment, call, bytes);
                      });
  server.HandleStream("/berth.v1.Database/ExecuteStream",
                      [environment](Call& call, ByteStream& bytes) {
                        return ExecuteStream(environment, call, bytes);
                      });
  server.HandleStream("/berth.v1.Database/BulkInsert",
                      [environment](Call& call, ByteStream& bytes) {
                        return BulkInsert(environment, call, bytes);
                      });
  server.Handle("/berth.v1.Database/Transaction",
                TypedHandler(environment, &Transaction));
  server.HandleStream("/berth.v1.Database/Session",
                      [environment, sessions](Call& call, ByteStream& bytes) {
                        return Session(environment, sessions, call, bytes);
                      });
}

}  // namespace berth::rpc
