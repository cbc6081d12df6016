#include "client/src/session_stream.h"

#include <grpcpp/impl/codegen/proto_utils.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "berth/client/retry_policy.h"
#include "client/src/results.h"

namespace berth::client::internal {
namespace {

constexpr char kMethod[] = "/berth.v1.Database/Session";

// What an event of the queue is about.
void* const kRead = reinterpret_cast<void*>(1);
void* const kWrite = reinterpret_cast<void*>(2);
void* const kFinish = reinterpret_cast<void*>(3);

// How long a stream is taken to be alive without looking. Looking costs system
// calls; what it saves is an unknown outcome where the stream has just ended.
constexpr absl::Duration kPollInterval = absl::Milliseconds(10);

bool MayBegin(const v1::SessionRequest& request) {
  return request.has_begin() || request.has_execute() ||
         (request.has_autocommit() && !request.autocommit().enabled());
}

gpr_timespec ToGprTime(absl::Time deadline) {
  if (deadline == absl::InfinitePast()) return gpr_inf_past(GPR_CLOCK_REALTIME);
  if (deadline == absl::InfiniteFuture()) {
    return gpr_inf_future(GPR_CLOCK_REALTIME);
  }
  timespec spec = absl::ToTimespec(deadline);
  return {spec.tv_sec, static_cast<int32_t>(spec.tv_nsec), GPR_CLOCK_REALTIME};
}

}  // namespace

SessionStream::SessionStream(std::shared_ptr<grpc::Channel> channel,
                             const std::string& authorization) {
  if (!authorization.empty()) {
    context_.AddMetadata("authorization", authorization);
  }
  context_.set_initial_metadata_corked(true);
  grpc::TemplatedGenericStub<v1::SessionRequest, v1::SessionResponse> stub(
      std::move(channel));
  stream_ = stub.PrepareCall(&context_, kMethod, &queue_);
  // Corked: no event comes from this.
  stream_->StartCall(nullptr);
}

SessionStream::~SessionStream() {
  Cancel();
  while (started_ && !ended_) Pump(absl::InfiniteFuture());
  while (write_in_flight_) Pump(absl::InfiniteFuture());
  queue_.Shutdown();
  void* tag;
  bool ok;
  while (queue_.Next(&tag, &ok)) {
  }
}

absl::StatusOr<uint32_t> SessionStream::Send(v1::SessionRequest& request,
                                             absl::Time deadline) {
  // See first whether the service has ended the stream: what is not sent is
  // known to be not done.
  if (started_ && absl::Now() - polled_ >= kPollInterval) Alive();
  while ((write_in_flight_ || finishing_) && !ended_ && !cancelled_) {
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
  if (request.has_open()) {
    state_.Clear();
    state_.set_autocommit(true);
  }
  request.set_request_id(++last_id_);
  pending_.emplace_back(last_id_, EffectOf(request), MayBegin(request));
  write_in_flight_ = true;
  stream_->Write(request, kWrite);
  if (!started_) {
    started_ = true;
    StartRead();
  }
  return last_id_;
}

absl::StatusOr<std::vector<v1::SessionResponse>> SessionStream::Receive(
    uint32_t id, absl::Time deadline) {
  auto find = [&] {
    return std::find_if(pending_.begin(), pending_.end(),
                        [id](const Pending& p) { return p.id == id; });
  };
  if (find() == pending_.end()) {
    if (cancelled_) return EndedError();
    return MakeError(absl::StatusCode::kInvalidArgument, kInvalidField,
                     absl::StrCat("no answer is expected for request ", id),
                     Outcome::kNotDone, Retry::kNever);
  }
  // Nothing else changes pending_ while this waits, so `entry` stays valid.
  auto entry = find();
  while (!entry->complete && !ended_ && !cancelled_) {
    if (Pump(deadline) == Event::kTimeout) {
      Effect effect = entry->effect;
      Cancel();
      return DeadlineError(effect);
    }
  }
  Pending done = std::move(*entry);
  pending_.erase(entry);
  if (!done.complete) {
    loss_reported_ = true;
    return cancelled_ ? EndedError() : EndError(done.effect);
  }
  if (!done.messages.empty() && done.messages.back().has_error()) {
    return FromProto(done.messages.back().error());
  }
  return std::move(done.messages);
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

void SessionStream::Cancel() {
  if (ended_ || cancelled_) return;
  cancelled_ = true;
  context_.TryCancel();
}

bool SessionStream::Alive() {
  while (!ended_ && !cancelled_ &&
         Pump(absl::InfinitePast()) == Event::kProgress) {
  }
  return !ended_ && !finishing_ && !cancelled_;
}

SessionStream::Event SessionStream::Pump(absl::Time deadline) {
  void* tag = nullptr;
  bool ok = false;
  if (queue_.AsyncNext(&tag, &ok, ToGprTime(deadline)) !=
      grpc::CompletionQueue::GOT_EVENT) {
    polled_ = absl::Now();
    return Event::kTimeout;
  }
  if (tag == kWrite) {
    // A failed write is followed by a failed read, which ends the stream.
    write_in_flight_ = false;
  } else if (tag == kRead && ok) {
    OnMessage();
    StartRead();
  } else if (tag == kRead) {
    finishing_ = true;
    stream_->Finish(&end_status_, kFinish);
  } else if (tag == kFinish) {
    ended_ = true;
  }
  return Event::kProgress;
}

void SessionStream::OnMessage() {
  if (incoming_.has_notice()) notice_ = incoming_.notice();
  if (incoming_.request_id() == 0) return;
  for (Pending& pending : pending_) {
    if (pending.id != incoming_.request_id()) continue;
    pending.complete = !incoming_.more();
    if (incoming_.has_state()) state_ = incoming_.state();
    if (pending.complete) polled_ = absl::Now();
    AddMessage(std::move(incoming_), pending.messages);
    return;
  }
}

void SessionStream::StartRead() {
  incoming_.Clear();
  stream_->Read(&incoming_, kRead);
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
  if (!end_status_.ok() && !end_status_.error_details().empty()) {
    absl::Status told = FromRpc(end_status_, effect);
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
  return FromRpc(end_status_, effect);
}

}  // namespace berth::client::internal
