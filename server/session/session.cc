#include "server/session/session.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/exec/streaming_encoder.h"
#include "server/exec/verbs.h"
#include "server/plan/execute_planner.h"
#include "server/runtime/cancel_error.h"
#include "server/session/operations.h"
#include "server/session/settings.h"

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

Session::Session(const exec::Environment* environment, Sessions* sessions,
                 auth::Principal principal, absl::Time deadline,
                 runtime::Cancellation* cancellation)
    : environment_(environment),
      sessions_(sessions),
      principal_(std::move(principal)),
      deadline_(deadline),
      cancellation_(cancellation),
      inbox_(sessions->options().pipeline_depth),
      limits_(sessions->options().limits) {}

Task<absl::Status> Session::Serve(Stream& stream) {
  stream_ = &stream;
  answers_.Use(&stream);
  runtime::Cancellation::Listener gone(
      cancellation_, [this] { Interrupt(cancellation_->cause()); });
  sessions_->Add(this);
  runtime::Spawn(ReadRequests());
  absl::Status status = co_await ServeRequests();
  over_ = true;
  sessions_->Remove(this);
  StopTimers();
  Close();
  stream.StopReading();
  co_await reader_over_;
  if (notices_ > 0) {
    // A client that has not taken the notice by now takes nothing.
    StartAbort();
    co_await notices_over_;
    StopTimers();
  }
  co_return status;
}

Task<void> Session::ReadRequests() {
  while (!over_) {
    std::optional<std::string> bytes = co_await stream_->Read();
    if (!bytes.has_value() || over_ || !Receive(*bytes)) break;
  }
  InputEnded();
  wake_.Signal();
  // Resumes whoever waits for the end, last: nothing is left afterwards.
  reader_over_.Signal();
}

bool Session::Receive(const std::string& bytes) {
  Incoming incoming;
  if (!incoming.request.ParseFromString(bytes)) {
    after_input_ = Unreadable();
    return false;
  }
  if (incoming.request.has_cancel()) {
    Cancel(incoming.request.cancel().request_id());
    return true;
  }
  incoming.bytes = bytes.size();
  if (incoming.request.has_timeout()) {
    const auto timeout =
        PositiveDuration(incoming.request.timeout(), "timeout");
    // One that is none is refused in its turn.
    if (timeout.ok()) incoming.deadline = absl::Now() + *timeout;
  }
  const size_t unanswered = running_ && !answers_.answered() ? 1 : 0;
  absl::Status taken = inbox_.Push(std::move(incoming), unanswered);
  if (!taken.ok()) {
    EndNow(std::move(taken));
    return false;
  }
  wake_.Signal();
  return true;
}

void Session::Cancel(uint32_t request_id) {
  if (running_ && running_id_ == request_id) {
    request_.Cancel(runtime::CancelCause::kRequest);
  } else {
    inbox_.Cancel(request_id);
  }
}

void Session::Interrupt(runtime::CancelCause cause) {
  gone_ = true;
  request_.Cancel(cause);
  wake_.Signal();
}

void Session::EndNow(absl::Status why) {
  end_ = std::move(why);
  request_.Cancel(runtime::CancelCause::kSession);
  wake_.Signal();
}

Task<absl::Status> Session::ServeRequests() {
  while (!gone_) {
    if (!end_.ok()) co_return end_;
    if (!inbox_.empty()) {
      const Incoming incoming = inbox_.Take();
      const bool sent = co_await ServeRequest(incoming);
      if (!sent) break;
      continue;
    }
    if (input_ended_) co_return after_input_;
    if (holding_.drain != runtime::TimePoint::max() &&
        !holding_.in_transaction) {
      co_return ErrorOf(Ending::kDraining);
    }
    co_await wake_;
  }
  co_return absl::OkStatus();
}

Task<bool> Session::ServeRequest(const Incoming& incoming) {
  const uint32_t id = incoming.request.request_id();
  running_ = true;
  running_id_ = id;
  request_.Renew();
  Resume();
  StartTimer(incoming);
  answers_.Begin(id, nullptr);
  absl::Status status = co_await Handle(incoming, answers_);
  status = Explain(std::move(status));
  StopTimer();
  last_failed_ = !status.ok();
  last_id_ = std::max(last_id_, id);
  bool sent = false;
  if (status.ok()) {
    sent = co_await answers_.Finish();
  } else {
    const bool open = caller_.has_value();
    answers_.Begin(id, open ? &caller_->lease : nullptr);
    sent = co_await answers_.Error(status, open);
  }
  running_ = false;
  if (!sent) co_return false;
  if (caller_.has_value() && caller_->lease && caller_->lease->broken()) {
    // The transaction and every other state of the session are gone.
    if (status.ok()) co_return false;
    if (end_.ok()) end_ = status;
    Close();
  }
  Look();
  co_return true;
}

absl::Status Session::Check(const Incoming& incoming) const {
  const v1::SessionRequest& request = incoming.request;
  if (request.request_id() == 0 || request.request_id() <= last_id_) {
    return InvalidRequest(
        "request_id",
        absl::StrCat("request_id must rise from 1; ", request.request_id(),
                     " came after ", last_id_));
  }
  if (request.has_timeout()) {
    RETURN_IF_ERROR(PositiveDuration(request.timeout(), "timeout").status());
  }
  if (request.chained() && last_failed_) {
    return errors::Error(absl::StatusCode::kAborted, errors::kChainSkipped)
        .Message("skipped: the request before this one failed");
  }
  if (incoming.cancelled) {
    return runtime::CancelError(runtime::CancelCause::kRequest,
                                errors::kDeadlineQueue);
  }
  if (grace_over_) {
    return runtime::CancelError(runtime::CancelCause::kHalfClosed,
                                errors::kDeadlineQueue);
  }
  if (incoming.deadline != absl::InfiniteFuture() && !request.has_commit() &&
      incoming.deadline <= absl::Now()) {
    return runtime::CancelError(runtime::CancelCause::kDeadline,
                                errors::kDeadlineQueue);
  }
  const bool opens = request.has_open() || request.has_open_before();
  if (opens == caller_.has_value()) {
    return errors::Error(absl::StatusCode::kFailedPrecondition,
                         errors::kSessionState)
        .Message(opens ? "the session is open already"
                       : "the session is not open: send `open` first");
  }
  if (request.request_case() == v1::SessionRequest::REQUEST_NOT_SET) {
    return InvalidRequest("request", "the request says nothing to do");
  }
  if (request.has_open_before() && (request.has_open() || request.has_end())) {
    return InvalidRequest("open_before",
                          "open_before goes with a request of its session");
  }
  Ending ending = Ending::kDraining;
  if (BeginsTransaction(request) && RefusesTransactions(holding_, &ending)) {
    return ErrorOf(ending);
  }
  return absl::OkStatus();
}

bool Session::BeginsTransaction(const v1::SessionRequest& request) const {
  if (!caller_.has_value() || holding_.in_transaction) return false;
  if (request.has_begin()) return true;
  if (caller_->lease && !caller_->lease->autocommit()) {
    return !request.has_end() && !request.has_autocommit();
  }
  return request.has_execute() &&
         plan::BeginsTransaction(request.execute().sql());
}

Task<absl::Status> Session::Handle(const Incoming& incoming, Answers& answers) {
  const v1::SessionRequest& request = incoming.request;
  if (request.has_open_before()) Close();
  CO_RETURN_IF_ERROR(Check(incoming));
  if (request.has_open()) {
    CO_RETURN_IF_ERROR(errors::WithFieldPrefix(Open(request.open()), "open."));
    v1::Opened opened;
    opened.set_database(caller_->database);
    opened.set_server_version(environment_->pool->ServerVersion());
    co_await answers.Opened(opened);
    co_return absl::OkStatus();
  }
  if (request.has_open_before()) {
    CO_RETURN_IF_ERROR(
        errors::WithFieldPrefix(Open(request.open_before()), "open_before."));
  }
  if (request.has_end()) {
    Close();
    co_await answers.Done();
    co_return absl::OkStatus();
  }
  caller_->deadline =
      request.has_commit() ? deadline_ : std::min(deadline_, incoming.deadline);
  absl::Status status = co_await Run(request, answers);
  if (!status.ok() && caller_->lease && !caller_->lease->broken() &&
      caller_->lease->transaction_ended()) {
    // MariaDB has rolled back, but its next answer would not say so.
    const absl::Status synced = co_await Rollback(*caller_);
    if (!synced.ok()) caller_->lease->MarkBroken();
  }
  co_return status;
}

absl::Status Session::Explain(absl::Status status) const {
  if (status.ok() || !request_.cancelled()) return status;
  const std::string reason = errors::ReasonOf(status);
  if (reason == errors::kCancelled &&
      request_.cause() == runtime::CancelCause::kSession) {
    return end_.ok() ? ErrorOf(cut_by_) : end_;
  }
  if (reason == errors::kDeadlineExecute && answers_.chunks() > 0) {
    return runtime::CancelError(request_.cause(), errors::kDeadlineFetch);
  }
  return status;
}

absl::Status Session::Open(const v1::OpenSession& open) {
  exec::Caller caller;
  ASSIGN_OR_RETURN(caller.database,
                   environment_->databases->Resolve(open.database()));
  caller.environment = environment_;
  caller.principal = principal_;
  caller.cancellation = &request_;
  caller.kind = pool::LeaseKind::kSession;
  if (open.has_wait()) {
    ASSIGN_OR_RETURN(caller.wait, PositiveDuration(open.wait(), "wait"));
  }
  ASSIGN_OR_RETURN(caller.setup, SetupOf(open));
  limits_.lease_idle = sessions_->options().limits.lease_idle;
  if (open.has_lease_idle()) {
    ASSIGN_OR_RETURN(limits_.lease_idle,
                     PositiveDuration(open.lease_idle(), "lease_idle"));
    if (limits_.lease_idle > absl::Hours(limits::kLeaseIdleHours)) {
      return InvalidRequest("lease_idle", "lease_idle is at most 8 hours");
    }
  }
  caller_.emplace(std::move(caller));
  return absl::OkStatus();
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
      const v1::Statement& statement = request.execute();
      if (statement.cursor()) {
        v1::CursorOpened opened;
        status = co_await prepared_.OpenCursor(caller, statement, &opened);
        if (status.ok()) co_await answers.Cursor(opened);
        co_return errors::WithFieldPrefix(status, "execute.");
      }
      exec::StreamingEncoder encoder(&caller, &answers, /*max_rows=*/0);
      if (statement.text_case() == v1::Statement::kPrepared) {
        status = co_await prepared_.Execute(caller, statement, encoder);
      } else {
        status = co_await exec::Execute(caller, statement, encoder);
      }
      co_return errors::WithFieldPrefix(status, "execute.");
    }
    case v1::SessionRequest::kPrepare: {
      v1::Prepared prepared;
      status = co_await prepared_.Prepare(caller, request.prepare(), &prepared);
      if (status.ok()) co_await answers.Prepared(prepared);
      co_return errors::WithFieldPrefix(status, "prepare.");
    }
    case v1::SessionRequest::kFetch: {
      exec::StreamingEncoder encoder(&caller, &answers, /*max_rows=*/0);
      co_return co_await prepared_.Fetch(request.fetch(), encoder);
    }
    case v1::SessionRequest::kClosePrepared:
      status = prepared_.Close(caller, request.close_prepared().handle());
      break;
    case v1::SessionRequest::kCloseCursor:
      status = prepared_.CloseCursor(caller, request.close_cursor().cursor());
      break;
    case v1::SessionRequest::kLongData:
      status = co_await prepared_.SendLongData(request.long_data());
      status = errors::WithFieldPrefix(status, "long_data.");
      break;
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
    case v1::SessionRequest::kReset:
      status = co_await Reset();
      break;
    case v1::SessionRequest::kOpen:
    case v1::SessionRequest::kCancel:
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

Task<absl::Status> Session::Reset() {
  ForgetState();
  CO_RETURN_IF_ERROR(co_await caller_->lease->Reset());
  const absl::Status set_up = co_await exec::SetUp(*caller_, caller_->lease);
  // Another connection will be set up with the next request.
  if (!set_up.ok()) caller_->lease = pool::Lease();
  co_return set_up;
}

void Session::ForgetState() {
  prepared_.Clear();
  if (caller_.has_value()) caller_->pinned = false;
}

void Session::Close() {
  ForgetState();
  caller_.reset();
  holding_.leased = false;
  holding_.offered = false;
  holding_.in_transaction = false;
  holding_.has_state = false;
}

}  // namespace berth::session
