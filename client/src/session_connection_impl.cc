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
  if (stream_ == nullptr) return EndedError();
  absl::Time deadline = DeadlineOf(timeout);
  absl::StatusOr<uint32_t> id = stream_->Send(request, deadline);
  if (!id.ok()) return id.status();
  return stream_->Receive(*id, deadline);
}

absl::StatusOr<uint32_t> SessionConnectionImpl::Send(
    v1::SessionRequest request, std::optional<absl::Duration> timeout) {
  if (stream_ == nullptr) return EndedError();
  return stream_->Send(request, DeadlineOf(timeout));
}

absl::StatusOr<std::vector<v1::SessionResponse>> SessionConnectionImpl::Receive(
    uint32_t request_id, std::optional<absl::Duration> timeout) {
  if (stream_ == nullptr) return EndedError();
  return stream_->Receive(request_id, DeadlineOf(timeout));
}

absl::Status SessionConnectionImpl::End() {
  if (stream_ == nullptr) return absl::OkStatus();
  // What a transaction held is free for others when this returns.
  bool wait = stream_->state().in_transaction() || !stream_->idle();
  std::unique_ptr<SessionStream> stream = TakeStream();
  // Answers that nobody fetched would meet the next session.
  bool clean = stream->idle();
  absl::Time deadline = DeadlineOf(kEndTimeout);
  absl::Status status = stream->SendEnd(deadline);
  if (status.ok() && wait) status = stream->ReceiveEnd(deadline);
  if (status.ok() && clean) pool_->Keep(std::move(stream));
  return status;
}

void SessionConnectionImpl::Cancel() {
  if (stream_ != nullptr) TakeStream();
}

bool SessionConnectionImpl::Alive() {
  return stream_ != nullptr && stream_->Alive();
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
