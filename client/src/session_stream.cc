#include "client/src/session_stream.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "berth/client/retry_policy.h"
#include "client/src/polled_stream.h"
#include "client/src/results.h"

namespace berth::client::internal {
namespace {

// How long a stream is taken to be alive without looking. Looking costs system
// calls; what it saves is an unknown outcome where the stream has just ended.
constexpr absl::Duration kPollInterval = absl::Milliseconds(10);

bool MayBegin(const v1::SessionRequest& request) {
  return request.has_begin() || request.has_execute() ||
         (request.has_autocommit() && !request.autocommit().enabled());
}

}  // namespace

absl::StatusOr<uint32_t> SessionStream::Send(v1::SessionRequest& request,
                                             absl::Time deadline,
                                             bool more_follows) {
  // See first whether the service has ended the stream: what is not sent is
  // known to be not done.
  if (started_ && absl::Now() - polled_ >= kPollInterval) Alive();
  while (!ended_ && !cancelled_ && (!wire_->CanWrite() || wire_->Ending())) {
    if (Pump(deadline) == Event::kTimeout) {
      Cancel();
      return DeadlineError(Effect::kNone);
    }
  }
  if (cancelled_) return EndedError();
  if (loss_reported_) return EndedError();
  if (ended_) {
    loss_reported_ = true;
    return EndError(MayBeInTransaction() ? Effect::kInTransaction
                                         : Effect::kNone);
  }
  started_ = true;
  if (request.has_cancel()) {
    request.clear_request_id();
    wire_->Write(request, more_follows);
    return 0;
  }
  request.set_request_id(++last_id_);
  if (request.has_open() || request.has_open_before()) {
    state_.Clear();
    state_.set_autocommit(true);
    opened_ = false;
    open_error_ = absl::OkStatus();
    open_id_ = last_id_;
    if (request.has_open()) bare_open_id_ = last_id_;
  }
  pending_.emplace_back(last_id_, EffectOf(request), MayBegin(request));
  wire_->Write(request, more_follows);
  return last_id_;
}

bool SessionStream::CanSend() {
  if (polled_stream_ == nullptr) return true;
  while (!ended_ && !cancelled_ && (!wire_->CanWrite() || wire_->Ending())) {
    if (polled_stream_->Watch(0, false)) return false;
    Pump(absl::InfinitePast());
  }
  return true;
}

SessionStream::Pendings::iterator SessionStream::Find(uint32_t id) {
  return std::find_if(pending_.begin(), pending_.end(),
                      [id](const Pending& p) { return p.id == id; });
}

absl::Status SessionStream::UnknownRequest(uint32_t id) const {
  if (cancelled_) return EndedError();
  return MakeError(absl::StatusCode::kInvalidArgument, kInvalidField,
                   absl::StrCat("no answer is expected for request ", id),
                   Outcome::kNotDone, Retry::kNever);
}

absl::Status SessionStream::Await(Pendings::iterator entry,
                                  absl::FunctionRef<bool(const Pending&)> done,
                                  absl::Time deadline) {
  // Nothing else changes pending_ while this waits, so `entry` stays valid.
  while (!done(*entry) && !ended_ && !cancelled_) {
    if (Pump(deadline) == Event::kTimeout) {
      Effect effect = entry->effect;
      Cancel();
      return DeadlineError(effect);
    }
  }
  return absl::OkStatus();
}

absl::Status SessionStream::Lost(const Pending& entry) {
  loss_reported_ = true;
  if (cancelled_) return EndedError();
  // Where not even `open` was answered there was no service, as far as is
  // known.
  const bool opening = open_id_ != 0 && open_id_ == bare_open_id_;
  return EndError(opening ? Effect::kNone : entry.effect);
}

absl::StatusOr<std::vector<WireMessage>> SessionStream::Receive(
    uint32_t id, absl::Time deadline) {
  auto entry = Find(id);
  if (entry == pending_.end()) return UnknownRequest(id);
  absl::Status awaited = Await(
      entry, [](const Pending& p) { return p.complete; }, deadline);
  if (!awaited.ok()) return awaited;
  Pending done = std::move(*entry);
  pending_.erase(entry);
  if (!done.complete) return Lost(done);
  if (!done.messages.empty() && done.messages.back().head.has_error()) {
    return FromProto(done.messages.back().head.error());
  }
  for (WireMessage& message : done.messages) Seal(message);
  return std::move(done.messages);
}

absl::StatusOr<WireMessage> SessionStream::ReceiveMessage(uint32_t id,
                                                          absl::Time deadline) {
  auto entry = Find(id);
  if (entry == pending_.end()) return UnknownRequest(id);
  absl::Status awaited = Await(
      entry, [](const Pending& p) { return p.HasMessage(); }, deadline);
  if (!awaited.ok()) return awaited;
  if (!entry->HasMessage()) {
    Pending lost = std::move(*entry);
    pending_.erase(entry);
    return Lost(lost);
  }
  WireMessage message = std::move(entry->messages.front());
  Seal(message);
  entry->messages.erase(entry->messages.begin());
  if (!message.head.more()) pending_.erase(entry);
  if (message.head.has_error()) return FromProto(message.head.error());
  return message;
}

bool SessionStream::Ready(uint32_t id, bool one_message) {
  if (polled_stream_ == nullptr) return true;
  auto entry = Find(id);
  while (entry != pending_.end() && !entry->complete && !ended_ &&
         !cancelled_ && !(one_message && entry->HasMessage())) {
    if (polled_stream_->Watch(id, one_message)) return false;
    Pump(absl::InfinitePast());
  }
  return true;
}

absl::Status SessionStream::SendEnd(absl::Time deadline) {
  v1::SessionRequest request;
  request.mutable_end();
  absl::StatusOr<uint32_t> id = Send(request, deadline);
  if (id.ok()) end_id_ = *id;
  return id.status();
}

absl::Status SessionStream::ReceiveEnd(absl::Time deadline) {
  if (end_id_ == 0) return absl::OkStatus();
  absl::Status ended = Receive(end_id_, deadline).status();
  end_id_ = 0;
  end_failed_ = !ended.ok();
  return ended;
}

void SessionStream::DropAnswers() {
  for (uint32_t* id : {&end_id_, &bare_open_id_}) {
    auto entry = *id == 0 ? pending_.end() : Find(*id);
    if (entry == pending_.end() || !entry->complete) continue;
    pending_.erase(entry);
    *id = 0;
  }
}

void SessionStream::Cancel() {
  if (ended_ || cancelled_) return;
  cancelled_ = true;
  wire_->Cancel();
}

bool SessionStream::Alive() {
  while (started_ && !ended_ && !cancelled_ &&
         Pump(absl::InfinitePast()) == Event::kProgress) {
  }
  return !ended_ && !cancelled_ && !wire_->Ending();
}

SessionStream::Event SessionStream::Pump(absl::Time deadline) {
  switch (wire_->Next(deadline, &incoming_)) {
    case MessageStream::Event::kTimeout:
      polled_ = absl::Now();
      return Event::kTimeout;
    case MessageStream::Event::kMessage:
      OnMessage();
      break;
    case MessageStream::Event::kEnded:
      ended_ = true;
      break;
    case MessageStream::Event::kProgress:
      break;
  }
  return Event::kProgress;
}

void SessionStream::OnMessage() {
  if (incoming_.head.has_notice()) notice_ = incoming_.head.notice();
  if (incoming_.head.request_id() == 0) return;
  for (Pending& pending : pending_) {
    if (pending.id != incoming_.head.request_id()) continue;
    pending.complete = !incoming_.head.more();
    if (pending.id == open_id_) NoteOpening();
    if (incoming_.head.has_state()) state_ = incoming_.head.state();
    if (pending.complete) polled_ = absl::Now();
    AddMessage(std::move(incoming_), pending.messages);
    return;
  }
}

void SessionStream::NoteOpening() {
  open_id_ = 0;
  opened_ = !incoming_.head.not_open();
  if (!opened_) open_error_ = FromProto(incoming_.head.error());
}

Effect SessionStream::EffectOf(const v1::SessionRequest& request) const {
  switch (request.request_case()) {
    case v1::SessionRequest::kInsert:
    case v1::SessionRequest::kUpdate:
    case v1::SessionRequest::kDelete:
      // The state is known only when nothing that may change it is under way.
      return pending_.empty() && state_.in_transaction()
                 ? Effect::kInTransaction
                 : Effect::kMayBeDone;
    case v1::SessionRequest::kExecute:
      // Any SQL: even in a transaction it may commit, as DDL does.
    case v1::SessionRequest::kCommit:
    case v1::SessionRequest::kAutocommit:
      return Effect::kMayBeDone;
    default:
      return MayBeInTransaction() ? Effect::kInTransaction : Effect::kNone;
  }
}

bool SessionStream::MayBeInTransaction() const {
  return state_.in_transaction() ||
         std::any_of(pending_.begin(), pending_.end(),
                     [](const Pending& p) { return p.may_begin; });
}

absl::Status SessionStream::EndError(Effect effect) const {
  const grpc::Status& end_status = wire_->end_status();
  if (!end_status.ok() && !end_status.error_details().empty()) {
    absl::Status told = FromRpc(end_status, effect);
    // What may be repeated without a transaction means its start within one.
    if (effect == Effect::kInTransaction && IsSafeToRepeat(told)) {
      return UnreachableError(told.message(), effect);
    }
    return told;
  }
  if (!notice_.reason().empty() && effect == Effect::kNone) {
    return MakeError(absl::StatusCode::kUnavailable, notice_.reason(),
                     notice_.message(), Outcome::kNotDone, Retry::kStatement);
  }
  return FromRpc(end_status, effect);
}

}  // namespace berth::client::internal
