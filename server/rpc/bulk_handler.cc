#include "server/rpc/bulk_handler.h"

#include <google/protobuf/arena.h>

#include <chrono>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "berth/v1/bulk.pb.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/exec/bulk_insert.h"
#include "server/rpc/make_caller.h"
#include "server/rpc/request_options.h"
#include "server/rpc/typed_handler.h"
#include "server/runtime/cancel_error.h"
#include "server/runtime/shard.h"
#include "server/runtime/sleep_or_cancel.h"

namespace berth::rpc {
namespace {

using runtime::Task;

absl::Status Misplaced(absl::string_view field, absl::string_view message) {
  return errors::Error(absl::StatusCode::kInvalidArgument,
                       errors::kInvalidField)
      .Message(message)
      .Field(field, message);
}

absl::Status Idle() {
  return errors::Error(absl::StatusCode::kAborted, errors::kTxIdleTimeout)
      .Message(absl::StrCat("no message came for ", limits::kBulkIdleSeconds,
                            " s; the bulk insert is rolled back"))
      .Is(errors::Retry::kTransaction)
      .With("limit_value", absl::StrCat(limits::kBulkIdleSeconds, "s"));
}

absl::Status CancelError(runtime::CancelCause cause) {
  return runtime::CancelError(cause, errors::kDeadlineQueue);
}

// The next message. With `bounded`, waits so long only, and then sets `*idle`.
Task<std::optional<std::string>> Read(ByteStream& bytes, bool bounded,
                                      bool* idle) {
  if (!bounded) co_return co_await bytes.Read();
  runtime::Timers& timers = runtime::Shard::Current().timers();
  const auto timer =
      timers.Add(std::chrono::steady_clock::now() +
                     std::chrono::seconds(limits::kBulkIdleSeconds),
                 [&bytes, idle] {
                   *idle = true;
                   bytes.StopReading();
                 });
  std::optional<std::string> message = co_await bytes.Read();
  if (!*idle) timers.Cancel(timer);
  co_return std::move(message);
}

// Stores the rows until the client has no more.
Task<absl::Status> Serve(Call& call, ByteStream& bytes,
                         exec::BulkInsert& bulk) {
  while (true) {
    bool idle = false;
    const std::optional<std::string> message =
        co_await Read(bytes, bulk.holds_transaction(), &idle);
    if (idle) co_return Idle();
    if (!message.has_value()) break;
    google::protobuf::Arena arena;
    auto* request =
        google::protobuf::Arena::CreateMessage<v1::BulkInsertRequest>(&arena);
    if (!request->ParseFromString(*message)) {
      co_return Unreadable(request->GetDescriptor()->full_name());
    }
    if (!request->has_rows()) {
      co_return Misplaced("part", "rows must follow the header");
    }
    v1::BulkInsertResponse response;
    CO_RETURN_IF_ERROR(co_await bulk.Add(request->rows(), &response));
    const bool sent = co_await bytes.Write(response.SerializeAsString());
    if (!sent) co_return CancelError(runtime::CancelCause::kClientGone);
  }
  // gRPC tells the end of the messages and that of the client in the same way;
  // the notice of the latter is a completion of its own.
  if (bulk.holds_transaction()) {
    co_await runtime::SleepOrCancel(
        std::chrono::milliseconds(limits::kBulkEndMilliseconds),
        &call.cancellation);
  }
  if (call.cancellation.cancelled()) {
    co_return CancelError(call.cancellation.cause());
  }
  if (bulk.commits_each_batch()) co_return absl::OkStatus();
  v1::BulkInsertResponse response;
  CO_RETURN_IF_ERROR(co_await bulk.Finish(&response));
  co_await bytes.Write(response.SerializeAsString());
  co_return absl::OkStatus();
}

}  // namespace

Task<absl::Status> BulkInsert(const exec::Environment* environment, Call& call,
                              ByteStream& bytes) {
  CO_ASSIGN_OR_RETURN(const v1::BulkInsertRequest request,
                      co_await ReadRequest<v1::BulkInsertRequest>(bytes));
  if (!request.has_header()) co_return Missing("header");
  const v1::BulkInsertHeader& header = request.header();
  CO_ASSIGN_OR_RETURN(exec::Caller caller, CallerOf(environment, call, header));
  // A transaction holds its connection as long as the client likes.
  if (header.commit() != v1::BULK_COMMIT_EACH_BATCH) {
    caller.kind = pool::LeaseKind::kSession;
  }
  exec::BulkInsert bulk(&caller);
  const absl::Status opened = co_await bulk.Open(header);
  if (!opened.ok()) co_return errors::WithFieldPrefix(opened, "header.");
  const absl::Status status = co_await Serve(call, bytes, bulk);
  if (!status.ok() && bulk.holds_transaction()) co_await bulk.Rollback();
  co_return status;
}

}  // namespace berth::rpc
