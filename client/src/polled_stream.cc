#include "client/src/polled_stream.h"

#include <grpcpp/impl/codegen/proto_utils.h>

#include <thread>
#include <utility>

#include "client/src/blocked_signals.h"
#include "client/src/wire.h"

namespace berth::client::internal {
namespace {

// How many messages are read ahead, and how many requests may wait to be sent.
constexpr size_t kInboxSize = 8;
constexpr size_t kOutboxSize = 64;

void Receive(grpc::CompletionQueue* queue) {
  void* tag;
  bool ok;
  while (queue->Next(&tag, &ok)) {
    auto* event = static_cast<PolledStream::Tag*>(tag);
    event->stream->OnEvent(event->kind, ok);
  }
}

// The queue of all polled streams. Never destroyed: the thread lives as long as
// the process, as gRPC's own do.
grpc::CompletionQueue* SharedQueue() {
  static grpc::CompletionQueue* const queue = [] {
    auto* made = new grpc::CompletionQueue;
    BlockedSignals blocked;
    std::thread(Receive, made).detach();
    return made;
  }();
  return queue;
}

}  // namespace

PolledStream::PolledStream(std::shared_ptr<grpc::Channel> channel,
                           const std::string& authorization)
    : stream_(StartGrpcStream(std::move(channel), authorization, &context_,
                              SharedQueue())) {}

PolledStream::~PolledStream() {
  context_.TryCancel();
  if (Close()) StartRead();
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(
      +[](PolledStream* self)
           ABSL_SHARED_LOCKS_REQUIRED(self->mu_) { return self->IsIdle(); },
      this));
}

bool PolledStream::Close() {
  absl::MutexLock lock(&mu_);
  closing_ = true;
  on_event_ = nullptr;
  outbox_.clear();
  // The thread may have stopped reading because of what nobody took.
  return started_ && ClaimRead();
}

void PolledStream::SetOnEvent(std::function<void()> on_event) {
  absl::MutexLock lock(&mu_);
  on_event_ = std::move(on_event);
  watching_ = false;
}

bool PolledStream::CanWrite() {
  absl::MutexLock lock(&mu_);
  return outbox_.size() < kOutboxSize;
}

void PolledStream::Write(const v1::SessionRequest& request, bool more_follows) {
  bool start_read;
  {
    absl::MutexLock lock(&mu_);
    if (writing_) {
      outbox_.push_back({request, more_follows});
      return;
    }
    writing_ = true;
    start_read = !started_ && ClaimRead();
    started_ = true;
  }
  StartWrite(request, more_follows);
  if (start_read) StartRead();
}

MessageStream::Event PolledStream::Next(absl::Time deadline,
                                        WireMessage* message) {
  {
    absl::MutexLock lock(&mu_);
    watching_ = false;
    auto has_news = [this]()
                        ABSL_SHARED_LOCKS_REQUIRED(mu_) { return HasNews(); };
    if (!has_news() &&
        (deadline == absl::InfinitePast() ||
         !mu_.AwaitWithDeadline(absl::Condition(&has_news), deadline))) {
      return Event::kTimeout;
    }
    if (inbox_.empty()) return Event::kEnded;
    std::swap(*message, inbox_.front());
    inbox_.pop_front();
    if (!ClaimRead()) return Event::kMessage;
  }
  StartRead();
  return Event::kMessage;
}

bool PolledStream::Ending() {
  absl::MutexLock lock(&mu_);
  return finishing_;
}

bool PolledStream::Watch(uint32_t request_id, bool each_message) {
  absl::MutexLock lock(&mu_);
  if (HasNews()) return false;
  if (request_id == 0 && outbox_.size() < kOutboxSize) return false;
  watching_ = true;
  watched_id_ = request_id;
  each_message_ = each_message;
  return true;
}

void PolledStream::Cancel() { context_.TryCancel(); }

void PolledStream::OnEvent(Tag::Kind kind, bool ok) {
  switch (kind) {
    case Tag::Kind::kRead:
      ok ? OnRead() : OnReadEnd();
      break;
    case Tag::Kind::kWrite:
      OnWritten(ok);
      break;
    case Tag::Kind::kFinish:
      absl::MutexLock lock(&mu_);
      ended_ = true;
      Signal();
      break;
  }
}

bool PolledStream::ClaimRead() {
  if (reading_ || finishing_) return false;
  reading_ = true;
  return true;
}

void PolledStream::StartWrite(const v1::SessionRequest& request,
                              bool more_follows) {
  grpc::WriteOptions options;
  if (more_follows) options.set_buffer_hint();
  stream_->Write(request, options, &write_);
}

void PolledStream::StartRead() {
  incoming_.Clear();
  stream_->Read(&incoming_, &read_);
}

void PolledStream::OnRead() {
  WireMessage message;
  const bool good = ReadWireMessage(incoming_, &message);
  if (!good) context_.TryCancel();
  if (Take(good ? &message : nullptr)) StartRead();
}

bool PolledStream::Take(WireMessage* message) {
  absl::MutexLock lock(&mu_);
  reading_ = false;
  if (message == nullptr || closing_) return ClaimRead();
  bool wanted = watching_ && message->head.request_id() == watched_id_ &&
                (each_message_ || !message->head.more());
  inbox_.push_back(std::move(*message));
  const bool full = inbox_.size() >= kInboxSize;
  wanted = wanted || (full && watching_);  // somebody must make room
  if (wanted) Signal();
  return !full && ClaimRead();
}

void PolledStream::OnReadEnd() {
  {
    absl::MutexLock lock(&mu_);
    reading_ = false;
    finishing_ = true;
  }
  stream_->Finish(&end_status_, &finish_);
}

void PolledStream::OnWritten(bool ok) {
  Outgoing next;
  {
    absl::MutexLock lock(&mu_);
    // A failed write is followed by a failed read, which ends the stream.
    if (!ok) outbox_.clear();
    writing_ = !outbox_.empty();
    if (!writing_) return;
    next = std::move(outbox_.front());
    outbox_.pop_front();
    if (watching_ && watched_id_ == 0) Signal();
  }
  StartWrite(next.request, next.more_follows);
}

void PolledStream::Signal() {
  watching_ = false;
  if (on_event_) on_event_();
}

}  // namespace berth::client::internal
