#include "client/src/session_connection_impl.h"

#include "absl/time/clock.h"
#include "client/src/status.h"
#include "client/src/wire.h"

namespace berth::client::internal {
namespace {

// Ending is cleaning up: nobody waits a statement's time for it.
constexpr absl::Duration kEndTimeout = absl::Seconds(10);

absl::StatusOr<std::vector<v1::SessionResponse>> Parsed(
    absl::StatusOr<std::vector<WireMessage>> answer) {
  if (!answer.ok()) return answer.status();
  std::vector<v1::SessionResponse> messages;
  messages.reserve(answer->size());
  for (WireMessage& message : *answer) {
    messages.push_back(FromWire(std::move(message)));
  }
  return messages;
}

}  // namespace

absl::StatusOr<std::vector<v1::SessionResponse>> SessionConnectionImpl::Call(
    v1::SessionRequest request, std::optional<absl::Duration> timeout) {
  absl::Time deadline = DeadlineOf(timeout);
  absl::StatusOr<uint32_t> id = SendBy(request, deadline);
  if (!id.ok()) return id.status();
  return Parsed(ReceiveBy(*id, deadline));
}

absl::StatusOr<uint32_t> SessionConnectionImpl::Send(
    v1::SessionRequest request, std::optional<absl::Duration> timeout) {
  return SendBy(request, DeadlineOf(timeout));
}

absl::StatusOr<uint32_t> SessionConnectionImpl::SendBy(
    v1::SessionRequest& request, absl::Time deadline) {
  if (!to_open_) {
    return stream_ == nullptr ? EndedError() : stream_->Send(request, deadline);
  }
  to_open_ = false;
  if (stream_ == nullptr) stream_ = pool_->Take(std::move(on_event_));
  absl::StatusOr<uint32_t> id = 0;
  if (stream_->started()) {
    *request.mutable_open_before() = open_;
  } else {
    // There may be no service at all. Its answer to `open` tells, so that a
    // write that was never sent is not taken for one that may be done.
    v1::SessionRequest open;
    *open.mutable_open() = open_;
    id = stream_->Send(open, deadline, /*more_follows=*/true);
    request.set_chained(true);
  }
  if (id.ok()) id = stream_->Send(request, deadline);
  if (!id.ok()) {
    TakeStream();
    opened_ = false;
  }
  return id;
}

absl::Status SessionConnectionImpl::Check() const {
  if (!open_error_.ok()) return open_error_;
  return stream_ == nullptr ? EndedError() : absl::OkStatus();
}

absl::Status SessionConnectionImpl::Explain(absl::Status status) {
  if (stream_->open_error().ok()) return status;
  open_error_ = stream_->open_error();
  TakeStream();
  return open_error_;
}

absl::StatusOr<std::vector<v1::SessionResponse>> SessionConnectionImpl::Receive(
    uint32_t request_id, std::optional<absl::Duration> timeout) {
  return Parsed(ReceiveBy(request_id, DeadlineOf(timeout)));
}

absl::StatusOr<std::vector<WireMessage>> SessionConnectionImpl::ReceiveWire(
    uint32_t request_id, std::optional<absl::Duration> timeout) {
  return ReceiveBy(request_id, DeadlineOf(timeout));
}

absl::StatusOr<v1::SessionResponse> SessionConnectionImpl::ReceiveMessage(
    uint32_t request_id, std::optional<absl::Duration> timeout) {
  auto message = ReceiveWireMessage(request_id, timeout);
  if (!message.ok()) return message.status();
  return FromWire(*std::move(message));
}

absl::StatusOr<std::vector<WireMessage>> SessionConnectionImpl::ReceiveBy(
    uint32_t request_id, absl::Time deadline) {
  absl::Status checked = Check();
  if (!checked.ok()) return checked;
  auto answer = stream_->Receive(request_id, deadline);
  stream_->DropAnswers();
  if (!answer.ok()) return Explain(answer.status());
  return answer;
}

absl::StatusOr<WireMessage> SessionConnectionImpl::ReceiveWireMessage(
    uint32_t request_id, std::optional<absl::Duration> timeout) {
  absl::Status checked = Check();
  if (!checked.ok()) return checked;
  auto message = stream_->ReceiveMessage(request_id, DeadlineOf(timeout));
  stream_->DropAnswers();
  if (!message.ok()) return Explain(message.status());
  return message;
}

bool SessionConnectionImpl::CanSend() {
  return stream_ == nullptr || stream_->CanSend();
}

bool SessionConnectionImpl::Ready(uint32_t request_id, bool one_message) {
  return stream_ == nullptr || stream_->Ready(request_id, one_message);
}

bool SessionConnectionImpl::Renew() {
  if (to_open_) return true;
  if (stream_ == nullptr || !Opened() || stream_->state().in_transaction() ||
      !stream_->idle() || !stream_->Alive()) {
    return false;
  }
  opened_ = false;
  to_open_ = true;
  return true;
}

absl::Status SessionConnectionImpl::End() {
  to_open_ = false;
  if (stream_ == nullptr) return absl::OkStatus();
  absl::Time deadline = DeadlineOf(kEndTimeout);
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
  to_open_ = false;
  if (stream_ != nullptr) TakeStream();
}

bool SessionConnectionImpl::Alive() {
  return stream_ == nullptr ? to_open_ : stream_->Alive();
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
  opened_ = Opened();
  return std::move(stream_);
}

}  // namespace berth::client::internal
