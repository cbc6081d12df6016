#include "client/src/session_connection_impl.h"

#include "absl/time/clock.h"
#include "client/src/status.h"

namespace berth::client::internal {
namespace {

// Ending is cleaning up: nobody waits a statement's time for it.
constexpr absl::Duration kEndTimeout = absl::Seconds(10);

}  // namespace

absl::StatusOr<std::vector<v1::SessionResponse>> SessionConnectionImpl::Call(
    v1::SessionRequest request, std::optional<absl::Duration> timeout) {
  absl::Time deadline = DeadlineOf(timeout);
  absl::StatusOr<uint32_t> id = SendBy(request, deadline);
  if (!id.ok()) return id.status();
  absl::Status opened = ReceiveOpen(deadline);
  if (!opened.ok()) return opened;
  return stream_->Receive(*id, deadline);
}

absl::StatusOr<uint32_t> SessionConnectionImpl::Send(
    v1::SessionRequest request, std::optional<absl::Duration> timeout) {
  return SendBy(request, DeadlineOf(timeout));
}

absl::StatusOr<uint32_t> SessionConnectionImpl::SendBy(
    v1::SessionRequest& request, absl::Time deadline) {
  if (open_.has_value()) {
    absl::Status sent = SendOpen(deadline);
    if (!sent.ok()) return sent;
    request.set_chained(true);
  }
  if (stream_ == nullptr) return EndedError();
  return stream_->Send(request, deadline);
}

absl::Status SessionConnectionImpl::SendOpen(absl::Time deadline) {
  stream_ = pool_->Take(std::move(on_event_));
  absl::StatusOr<uint32_t> id =
      stream_->Send(*open_, deadline, /*more_follows=*/true);
  open_.reset();
  if (!id.ok()) {
    TakeStream();
    return id.status();
  }
  open_id_ = *id;
  return absl::OkStatus();
}

absl::Status SessionConnectionImpl::ReceiveOpen(absl::Time deadline) {
  if (open_id_ != 0) {
    // The answer to the `end` of the session before comes first; a stream where
    // that failed carries no other session.
    open_error_ = stream_->ReceiveEnd(deadline);
    if (open_error_.ok()) {
      open_error_ = stream_->Receive(open_id_, deadline).status();
    }
    open_id_ = 0;
    opened_ = open_error_.ok();
    if (!opened_) TakeStream();
  }
  if (!open_error_.ok()) return open_error_;
  return stream_ == nullptr ? EndedError() : absl::OkStatus();
}

absl::StatusOr<std::vector<v1::SessionResponse>> SessionConnectionImpl::Receive(
    uint32_t request_id, std::optional<absl::Duration> timeout) {
  absl::Time deadline = DeadlineOf(timeout);
  absl::Status opened = ReceiveOpen(deadline);
  if (!opened.ok()) return opened;
  return stream_->Receive(request_id, deadline);
}

absl::StatusOr<v1::SessionResponse> SessionConnectionImpl::ReceiveMessage(
    uint32_t request_id, std::optional<absl::Duration> timeout) {
  absl::Time deadline = DeadlineOf(timeout);
  absl::Status opened = ReceiveOpen(deadline);
  if (!opened.ok()) return opened;
  return stream_->ReceiveMessage(request_id, deadline);
}

bool SessionConnectionImpl::CanSend() {
  return stream_ == nullptr || stream_->CanSend();
}

bool SessionConnectionImpl::Ready(uint32_t request_id, bool one_message) {
  // Answers come in order: that of `open` is there, too.
  return stream_ == nullptr || stream_->Ready(request_id, one_message);
}

absl::Status SessionConnectionImpl::End() {
  open_.reset();
  if (stream_ == nullptr) return absl::OkStatus();
  absl::Time deadline = DeadlineOf(kEndTimeout);
  if (open_id_ != 0 && !ReceiveOpen(deadline).ok()) return open_error_;
  // What a transaction held is free for others when this returns.
  bool wait = stream_->state().in_transaction() || !stream_->idle();
  std::unique_ptr<SessionStream> stream = TakeStream();
  // Answers that nobody fetched would meet the next session.
  bool clean = stream->idle();
  absl::Status status = stream->SendEnd(deadline);
  if (status.ok() && wait) status = stream->ReceiveEnd(deadline);
  if (status.ok() && clean) pool_->Keep(std::move(stream));
  return status;
}

void SessionConnectionImpl::Cancel() {
  open_.reset();
  if (stream_ != nullptr) TakeStream();
}

bool SessionConnectionImpl::Alive() {
  return open_.has_value() || (stream_ != nullptr && stream_->Alive());
}

const v1::SessionState& SessionConnectionImpl::state() const {
  return stream_ == nullptr ? last_state_ : stream_->state();
}

absl::Time SessionConnectionImpl::DeadlineOf(
    std::optional<absl::Duration> timeout) const {
  absl::Duration limit = timeout.value_or(request_timeout_);
  return limit <= absl::ZeroDuration() ? absl::InfiniteFuture()
                                       : absl::Now() + limit;
}

std::unique_ptr<SessionStream> SessionConnectionImpl::TakeStream() {
  last_state_ = stream_->state();
  return std::move(stream_);
}

}  // namespace berth::client::internal
