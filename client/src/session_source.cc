#include "client/src/session_source.h"

#include <optional>

#include "client/src/results.h"

namespace berth::client::internal {

bool SessionSource::Receive() {
  if (done_) return false;
  auto message = connection_->ReceiveMessage(request_id_, std::nullopt);
  if (!message.ok()) {
    done_ = true;
    status_ = message.status();
    on_error_(status_);
    return false;
  }
  message_ = *std::move(message);
  done_ = !message_.more();
  return true;
}

absl::StatusOr<v1::ResultChunk*> SessionSource::Next() {
  if (!Receive()) {
    if (!status_.ok()) return status_;
    return nullptr;
  }
  if (!message_.has_result()) return UnexpectedAnswer();
  return message_.mutable_result();
}

void SessionSource::Cancel() {
  if (done_) return;
  v1::SessionRequest cancel;
  cancel.mutable_cancel()->set_request_id(request_id_);
  // Where it cannot be sent, the session is over, and the answer as well.
  connection_->Send(std::move(cancel), std::nullopt).IgnoreError();
  while (Receive()) {
  }
}

}  // namespace berth::client::internal
