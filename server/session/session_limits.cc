// How long a session and its requests may take: the timers of Session.
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/runtime/shard.h"
#include "server/session/session.h"

namespace berth::session {
namespace {

using runtime::TimePoint;
using Clock = std::chrono::steady_clock;

runtime::Timers& ShardTimers() { return runtime::Shard::Current().timers(); }

void Stop(std::optional<runtime::Timers::Id>& timer) {
  if (timer.has_value()) ShardTimers().Cancel(*timer);
  timer.reset();
}

// So that sessions that were opened together do not end together.
double Jitter() {
  static thread_local absl::BitGen random;
  return absl::Uniform(random, 0.9, 1.0);
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  const int64_t nanos = absl::ToInt64Nanoseconds(duration);
  proto.set_seconds(nanos / 1'000'000'000);
  proto.set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
  return proto;
}

}  // namespace

void Session::StartTimer(const Incoming& incoming) {
  // A COMMIT is awaited, however long it takes.
  if (incoming.deadline == absl::InfiniteFuture() ||
      incoming.request.has_commit()) {
    return;
  }
  request_timer_ = ShardTimers().Add(
      Clock::now() + absl::ToChronoNanoseconds(incoming.deadline - absl::Now()),
      [this] {
        request_timer_.reset();
        request_.Cancel(runtime::CancelCause::kDeadline);
      });
}

void Session::StopTimer() { Stop(request_timer_); }

void Session::StopTimers() {
  Stop(request_timer_);
  Stop(grace_timer_);
  Stop(look_timer_);
}

void Session::StartAbort() {
  grace_timer_ =
      ShardTimers().Add(Clock::now() + std::chrono::seconds(1), [this] {
        grace_timer_.reset();
        stream_->Abort();
      });
}

void Session::InputEnded() {
  input_ended_ = true;
  if (over_ || (!running_ && inbox_.empty())) return;
  grace_timer_ = ShardTimers().Add(
      Clock::now() +
          absl::ToChronoNanoseconds(sessions_->options().half_close_grace),
      [this] {
        grace_timer_.reset();
        grace_over_ = true;
        request_.Cancel(runtime::CancelCause::kHalfClosed);
      });
}

bool Session::HasState() const {
  const pool::Lease& lease = caller_->lease;
  return caller_->pinned || lease->dirty() || !lease->autocommit() ||
         lease->last_insert_id() != 0;
}

void Session::Resume() {
  holding_.running = true;
  if (!std::exchange(holding_.offered, false)) return;
  if (!caller_->lease.Reclaim()) holding_.leased = false;
}

void Session::Look() {
  if (over_) return;
  const TimePoint now = Clock::now();
  if (std::exchange(holding_.running, running_) && !running_) {
    holding_.idle_since = now;
  }
  // An offered connection may be somebody else's by now, and one in use may be
  // used by a helper thread.
  if (!holding_.offered && !running_) {
    const bool leased = caller_.has_value() && caller_->lease;
    if (leased && !holding_.leased) {
      holding_.too_old =
          now + absl::ToChronoNanoseconds(limits_.lease_age * Jitter());
    }
    holding_.leased = leased;
    const bool transaction = leased && caller_->lease->in_transaction();
    if (transaction && !holding_.in_transaction) {
      holding_.transaction_since = now;
    }
    holding_.in_transaction = transaction;
    holding_.has_state = leased && HasState();
  }
  const Verdict verdict = Judge(holding_, limits_, now);
  if (verdict.step != Verdict::Step::kWait) return Act(verdict, now);
  // A timer that comes early looks again; only a late one is set anew.
  if (look_timer_.has_value() && look_at_ <= verdict.at) return;
  Stop(look_timer_);
  if (verdict.at == TimePoint::max()) return;
  look_at_ = verdict.at;
  look_timer_ = ShardTimers().Add(look_at_, [this] {
    look_timer_.reset();
    Look();
  });
}

// Each step changes what Judge says next, so that looking again ends.
void Session::Act(const Verdict& verdict, TimePoint now) {
  switch (verdict.step) {
    case Verdict::Step::kWait:
      return;
    case Verdict::Step::kOffer:
      holding_.offered = true;
      caller_->lease.Offer();
      break;
    case Verdict::Step::kGiveBack:
      ForgetState();
      caller_->lease = pool::Lease();
      holding_.offered = false;
      break;
    case Verdict::Step::kNotice:
      holding_.promises[static_cast<size_t>(verdict.ending)] =
          Promise(verdict.limit, verdict.at);
      Notify(verdict.ending, absl::FromChrono(verdict.at - now));
      break;
    case Verdict::Step::kEnd: {
      if (!running_) return EndNow(ErrorOf(verdict.ending));
      // The statement is killed and answered; then it is looked at again. A
      // client that takes no answers is cut off.
      cut_by_ = verdict.ending;
      const bool again = request_.cancelled();
      request_.Cancel(runtime::CancelCause::kSession);
      if (again && answers_.writing()) return stream_->Abort();
      Promise& promise = holding_.promises[static_cast<size_t>(verdict.ending)];
      promise.end = now + absl::ToChronoNanoseconds(limits_.notice);
      break;
    }
  }
  Look();
}

void Session::Drain(TimePoint when) {
  if (over_ || holding_.drain != TimePoint::max()) return;
  // A little before everything is cut off, so that the client is told why.
  const TimePoint now = Clock::now();
  holding_.drain = now + (when - now) / 10 * 9;
  holding_.promises[static_cast<size_t>(Ending::kDraining)] =
      Promise(holding_.drain, holding_.drain);
  if (!running_ && !holding_.in_transaction) {
    return EndNow(ErrorOf(Ending::kDraining));
  }
  Notify(Ending::kDraining, absl::FromChrono(holding_.drain - now));
  Look();
}

void Session::Notify(Ending ending, absl::Duration left) {
  v1::Notice notice;
  notice.set_reason(ReasonOf(ending));
  notice.set_message(std::string(ErrorOf(ending).message()));
  *notice.mutable_deadline() = ToProto(left);
  notice.set_finish_transaction(ending != Ending::kLeaseIdle);
  ++notices_;
  runtime::Spawn(SendNotice(std::move(notice)));
}

runtime::Task<void> Session::SendNotice(v1::Notice notice) {
  co_await answers_.Notice(notice);
  if (--notices_ == 0 && over_) notices_over_.Signal();
}

}  // namespace berth::session
