#include "server/session/session.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/exec/streaming_encoder.h"
#include "server/exec/verbs.h"
#include "server/session/operations.h"

namespace berth::session {
namespace {

using runtime::Task;

absl::Status InvalidRequest(absl::string_view field,
                            absl::string_view message) {
  return errors::Error(absl::StatusCode::kInvalidArgument,
                       errors::kInvalidField)
      .Message(message)
      .Field(field, "invalid");
}

// What a request that cannot even be read is answered with, before the stream
// ends: after it nobody knows which request an answer belongs to.
absl::Status Unreadable() {
  return InvalidRequest("request",
                        "the message is no valid berth.v1.SessionRequest");
}

}  // namespace

Session::Session(const exec::Environment* environment,
                 auth::Principal principal, absl::Time deadline,
                 runtime::Cancellation* cancellation)
    : environment_(environment),
      principal_(std::move(principal)),
      deadline_(deadline),
      cancellation_(cancellation) {}

Task<absl::Status> Session::Serve(Stream& stream) {
  Answers answers(&stream);
  while (true) {
    std::optional<std::string> bytes = co_await stream.Read();
    if (!bytes.has_value()) break;
    v1::SessionRequest request;
    if (!request.ParseFromString(*bytes)) co_return Unreadable();
    answers.Begin(request.request_id(), nullptr);
    absl::Status status = co_await Handle(request, answers);
    last_failed_ = !status.ok();
    last_id_ = std::max(last_id_, request.request_id());
    if (!status.ok()) {
      answers.Begin(request.request_id(),
                    caller_.has_value() ? &caller_->lease : nullptr);
      const bool sent = co_await answers.Error(status);
      if (!sent) break;
    }
    if (caller_.has_value() && caller_->lease && caller_->lease->broken()) {
      // The transaction and every other state of the session are gone.
      Close();
      co_return status;
    }
  }
  Close();
  co_return absl::OkStatus();
}

absl::Status Session::Check(const v1::SessionRequest& request) const {
  if (request.request_id() == 0 || request.request_id() <= last_id_) {
    return InvalidRequest(
        "request_id",
        absl::StrCat("request_id must rise from 1; ", request.request_id(),
                     " came after ", last_id_));
  }
  if (request.has_timeout()) {
    return errors::Error(absl::StatusCode::kUnimplemented,
                         errors::kNotImplemented)
        .Message("the field timeout is not alive in this version")
        .Field("timeout", "not alive yet");
  }
  if (request.chained() && last_failed_) {
    return errors::Error(absl::StatusCode::kAborted, errors::kChainSkipped)
        .Message("skipped: the request before this one failed");
  }
  const bool opens = request.request_case() == v1::SessionRequest::kOpen;
  if (opens == caller_.has_value()) {
    return errors::Error(absl::StatusCode::kFailedPrecondition,
                         errors::kSessionState)
        .Message(opens ? "the session is open already"
                       : "the session is not open: send `open` first");
  }
  if (request.request_case() == v1::SessionRequest::REQUEST_NOT_SET) {
    return InvalidRequest("request", "the request says nothing to do");
  }
  return absl::OkStatus();
}

Task<absl::Status> Session::Handle(const v1::SessionRequest& request,
                                   Answers& answers) {
  CO_RETURN_IF_ERROR(Check(request));
  if (request.has_open()) co_return co_await Open(request.open(), answers);
  if (request.has_end()) {
    Close();
    co_await answers.Done();
    co_return absl::OkStatus();
  }
  absl::Status status = co_await Run(request, answers);
  if (!status.ok() && caller_->lease && !caller_->lease->broken() &&
      caller_->lease->transaction_ended()) {
    // MariaDB has rolled back, but its next answer would not say so.
    const absl::Status synced = co_await Rollback(*caller_);
    if (!synced.ok()) caller_->lease->MarkBroken();
  }
  co_return status;
}

Task<absl::Status> Session::Open(const v1::OpenSession& open,
                                 Answers& answers) {
  exec::Caller caller;
  CO_ASSIGN_OR_RETURN(caller.database,
                      environment_->databases->Resolve(open.database()));
  caller.environment = environment_;
  caller.principal = principal_;
  caller.deadline = deadline_;
  caller.cancellation = cancellation_;
  caller.kind = pool::LeaseKind::kSession;
  if (open.has_wait()) {
    caller.wait = absl::Seconds(open.wait().seconds()) +
                  absl::Nanoseconds(open.wait().nanos());
    if (caller.wait <= absl::ZeroDuration()) {
      co_return InvalidRequest("open.wait", "open.wait must be positive");
    }
  }
  caller_.emplace(std::move(caller));
  v1::Opened opened;
  opened.set_database(caller_->database);
  opened.set_server_version(environment_->pool->ServerVersion());
  co_await answers.Opened(opened);
  co_return absl::OkStatus();
}

Task<absl::Status> Session::Run(const v1::SessionRequest& request,
                                Answers& answers) {
  exec::Caller& caller = *caller_;
  CO_RETURN_IF_ERROR(co_await exec::EnsureLease(caller));
  answers.Begin(request.request_id(), &caller.lease);
  absl::Status status;
  v1::WriteResult write;
  switch (request.request_case()) {
    case v1::SessionRequest::kSelect: {
      exec::StreamingEncoder encoder(&caller, &answers,
                                     request.select().max_rows());
      status = co_await exec::Select(caller, request.select(), encoder);
      co_return errors::WithFieldPrefix(status, "select.");
    }
    case v1::SessionRequest::kExecute: {
      exec::StreamingEncoder encoder(&caller, &answers, /*max_rows=*/0);
      status = co_await exec::Execute(caller, request.execute(), encoder);
      co_return errors::WithFieldPrefix(status, "execute.");
    }
    case v1::SessionRequest::kInsert:
      status = co_await exec::Insert(caller, request.insert(), &write);
      status = errors::WithFieldPrefix(status, "insert.");
      break;
    case v1::SessionRequest::kUpdate:
      status = co_await exec::Update(caller, request.update(), &write);
      status = errors::WithFieldPrefix(status, "update.");
      break;
    case v1::SessionRequest::kDelete:
      status = co_await exec::Delete(caller, request.delete_(), &write);
      status = errors::WithFieldPrefix(status, "delete.");
      break;
    case v1::SessionRequest::kBegin:
      status = co_await Begin(caller, request.begin());
      break;
    case v1::SessionRequest::kCommit:
      status = co_await Commit(caller);
      break;
    case v1::SessionRequest::kRollback:
      status = co_await Rollback(caller);
      break;
    case v1::SessionRequest::kSavepoint:
      status = co_await Savepoint(caller, request.savepoint());
      break;
    case v1::SessionRequest::kAutocommit:
      status = co_await SetAutocommit(caller, request.autocommit().enabled());
      break;
    case v1::SessionRequest::kPing:
      status = co_await Ping(caller);
      break;
    case v1::SessionRequest::kPrepare:
    case v1::SessionRequest::kClosePrepared:
    case v1::SessionRequest::kFetch:
    case v1::SessionRequest::kCloseCursor:
    case v1::SessionRequest::kLongData:
    case v1::SessionRequest::kCancel:
    case v1::SessionRequest::kReset:
      co_return errors::Error(absl::StatusCode::kUnimplemented,
                              errors::kNotImplemented)
          .Message("the request is not alive in this version");
    case v1::SessionRequest::kOpen:
    case v1::SessionRequest::kEnd:
    case v1::SessionRequest::REQUEST_NOT_SET:
      break;  // Handled before.
  }
  CO_RETURN_IF_ERROR(status);
  const bool writes =
      request.has_insert() || request.has_update() || request.has_delete_();
  if (writes) {
    co_await answers.Write(write);
  } else {
    co_await answers.Done();
  }
  co_return absl::OkStatus();
}

void Session::Close() { caller_.reset(); }

}  // namespace berth::session
