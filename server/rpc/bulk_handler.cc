#include "server/rpc/bulk_handler.h"

#include <google/protobuf/arena.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>

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

namespace berth::rpc {
namespace {

using runtime::Task;

absl::Status Misplaced(absl::string_view field, absl::string_view message) {
  return errors::Error(absl::StatusCode::kInvalidArgument,
                       errors::kInvalidField)
      .Message(message)
      .Field(field, message);
}

absl::Status Idle(absl::string_view what) {
  return errors::Error(absl::StatusCode::kAborted, errors::kTxIdleTimeout)
      .Message(absl::StrCat(what, " for ", limits::kBulkIdleSeconds,
                            " s; the bulk insert is rolled back"))
      .Is(errors::Retry::kTransaction)
      .With("limit_value", absl::StrCat(limits::kBulkIdleSeconds, "s"));
}

// gRPC tells the end of the messages and the loss of the client in the same
// way, so the end alone commits nothing.
absl::Status Unfinished() {
  return Misplaced("finish",
                   "the stream ended without `finish`; what was not committed "
                   "is rolled back");
}

// The wait for a client that holds a transaction. When it lasts too long,
// `give_up` is called, which must end it.
class BoundedWait {
 public:
  BoundedWait(bool bounded, std::function<void()> give_up) {
    if (!bounded) return;
    timer_ = timers_.Add(std::chrono::steady_clock::now() +
                             std::chrono::seconds(limits::kBulkIdleSeconds),
                         [this, give_up = std::move(give_up)] {
                           timer_.reset();
                           over_ = true;
                           give_up();
                         });
  }
  ~BoundedWait() {
    if (timer_.has_value()) timers_.Cancel(*timer_);
  }
  BoundedWait(const BoundedWait&) = delete;
  BoundedWait& operator=(const BoundedWait&) = delete;

  // Whether it lasted too long.
  bool over() const { return over_; }

 private:
  runtime::Timers& timers_ = runtime::Shard::Current().timers();
  std::optional<runtime::Timers::Id> timer_;
  bool over_ = false;
};

// The next message, or nothing where there is none.
Task<absl::StatusOr<std::optional<std::string>>> NextMessage(
    Call& call, bool holds_transaction, ByteStream& bytes) {
  BoundedWait wait(holds_transaction, [&bytes] { bytes.StopReading(); });
  std::optional<std::string> message = co_await bytes.Read();
  if (wait.over()) co_return Idle("no message came");
  if (call.cancellation.cancelled()) {
    co_return runtime::CancelError(call.cancellation.cause(),
                                   errors::kDeadlineQueue);
  }
  co_return std::move(message);
}

// Sends an answer, and waits until there is room for it.
Task<absl::Status> Answer(const v1::BulkInsertResponse& response,
                          bool holds_transaction, ByteStream& bytes) {
  BoundedWait wait(holds_transaction, [&bytes] { bytes.Abort(); });
  const bool sent = co_await bytes.Write(response.SerializeAsString());
  if (wait.over()) co_return Idle("the client took no answer");
  if (!sent) {
    co_return runtime::CancelError(runtime::CancelCause::kClientGone,
                                   errors::kDeadlineQueue);
  }
  co_return absl::OkStatus();
}

// Stores the rows until the client has no more.
Task<absl::Status> Serve(Call& call, ByteStream& bytes,
                         exec::BulkInsert& bulk) {
  while (true) {
    CO_ASSIGN_OR_RETURN(
        const std::optional<std::string> message,
        co_await NextMessage(call, bulk.holds_transaction(), bytes));
    if (!message.has_value()) {
      co_return bulk.commits_each_batch() ? absl::OkStatus() : Unfinished();
    }
    google::protobuf::Arena arena;
    auto* request =
        google::protobuf::Arena::CreateMessage<v1::BulkInsertRequest>(&arena);
    if (!request->ParseFromString(*message)) {
      co_return Unreadable(request->GetDescriptor()->full_name());
    }
    v1::BulkInsertResponse response;
    if (request->has_finish()) {
      CO_RETURN_IF_ERROR(co_await bulk.Finish(&response));
      co_await bytes.Write(response.SerializeAsString());
      co_return absl::OkStatus();
    }
    if (!request->has_rows()) {
      co_return Misplaced("part", "rows or finish must follow the header");
    }
    CO_RETURN_IF_ERROR(co_await bulk.Add(request->rows(), &response));
    CO_RETURN_IF_ERROR(
        co_await Answer(response, bulk.holds_transaction(), bytes));
  }
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
