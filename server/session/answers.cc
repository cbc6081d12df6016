#include "server/session/answers.h"

#include <utility>

#include "server/base/rpc_status.h"
#include "server/exec/wire.h"

namespace berth::session {

void Answers::Begin(uint32_t request_id, const pool::Lease* lease) {
  if (request_id != request_id_) chunks_ = 0;
  request_id_ = request_id;
  lease_ = lease;
  answered_ = false;
  last_.clear();
}

v1::SessionState Answers::State() const {
  v1::SessionState state;
  const bool held = lease_ != nullptr && *lease_;
  state.set_autocommit(!held || (*lease_)->autocommit());
  if (held) {
    state.set_in_transaction((*lease_)->in_transaction());
    state.set_last_insert_id((*lease_)->last_insert_id());
    state.set_affected_rows((*lease_)->affected_rows());
    state.set_warning_count((*lease_)->warning_count());
  }
  return state;
}

runtime::Task<bool> Answers::Send(v1::SessionResponse response) {
  response.set_request_id(request_id_);
  *response.mutable_state() = State();
  co_await turn_;
  answered_ = true;
  const bool sent = co_await stream_->Write(response.SerializeAsString());
  turn_.Leave();
  co_return sent;
}

// The chunk is serialised already: the message around it is written by hand.
runtime::Task<bool> Answers::WriteChunk(std::string chunk, bool more) {
  v1::SessionResponse head;
  head.set_request_id(request_id_);
  head.set_more(more);
  if (!more) *head.mutable_state() = State();
  std::string message = head.SerializeAsString();
  message.reserve(message.size() + chunk.size() + 6);
  exec::wire::AppendBytes(
      message, exec::wire::LengthTag(v1::SessionResponse::kResultFieldNumber),
      chunk);
  if (!more) {
    last_ = std::move(message);
    co_return true;
  }
  ++chunks_;
  co_await turn_;
  const bool sent = co_await stream_->Write(std::move(message));
  turn_.Leave();
  co_return sent;
}

runtime::Task<bool> Answers::Finish() {
  if (last_.empty()) co_return true;
  co_await turn_;
  answered_ = true;
  const bool sent = co_await stream_->Write(std::move(last_));
  turn_.Leave();
  last_.clear();
  co_return sent;
}

runtime::Task<bool> Answers::Notice(v1::Notice notice) {
  v1::SessionResponse response;
  *response.mutable_notice() = std::move(notice);
  co_await turn_;
  const bool sent = co_await stream_->Write(response.SerializeAsString());
  turn_.Leave();
  co_return sent;
}

runtime::Task<bool> Answers::Write(const v1::WriteResult& result) {
  v1::SessionResponse response;
  *response.mutable_write() = result;
  return Send(std::move(response));
}

runtime::Task<bool> Answers::Opened(const v1::Opened& opened) {
  v1::SessionResponse response;
  *response.mutable_opened() = opened;
  return Send(std::move(response));
}

runtime::Task<bool> Answers::Prepared(const v1::Prepared& prepared) {
  v1::SessionResponse response;
  *response.mutable_prepared() = prepared;
  return Send(std::move(response));
}

runtime::Task<bool> Answers::Cursor(const v1::CursorOpened& cursor) {
  v1::SessionResponse response;
  *response.mutable_cursor() = cursor;
  return Send(std::move(response));
}

runtime::Task<bool> Answers::Done() {
  v1::SessionResponse response;
  response.mutable_done();
  return Send(std::move(response));
}

runtime::Task<bool> Answers::Error(absl::Status status, bool open) {
  v1::SessionResponse response;
  response.set_not_open(!open);
  *response.mutable_error() = errors::ToRpcStatus(status);
  return Send(std::move(response));
}

}  // namespace berth::session
