#include "client/src/stream_pool.h"

#include "absl/status/status.h"
#include "client/src/polled_stream.h"
#include "client/src/pumped_stream.h"

namespace berth::client::internal {
namespace {

// Opens a session. The answer to the `end` of the session before comes first;
// a stream where that failed carries no other session.
absl::Status OpenOn(SessionStream& stream, const v1::OpenSession& open,
                    absl::Time deadline) {
  v1::SessionRequest request;
  *request.mutable_open() = open;
  absl::StatusOr<uint32_t> id = stream.Send(request, deadline);
  if (!id.ok()) return id.status();
  absl::Status ended = stream.ReceiveEnd(deadline);
  if (!ended.ok()) return ended;
  return stream.Receive(*id, deadline).status();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SessionStream>> StreamPool::Open(
    const v1::OpenSession& open, OnEvent on_event, absl::Time deadline) {
  if (std::unique_ptr<SessionStream> kept = TakeIdle(on_event)) {
    absl::Status opened = OpenOn(*kept, open, deadline);
    if (opened.ok()) return kept;
    // The service refuses this session, and would on any stream.
    if (kept->Alive() && kept->idle() && !kept->end_failed()) return opened;
    if (absl::IsDeadlineExceeded(opened)) return opened;
    // The service has dropped the kept stream, or could not end the session
    // before; opening changes nothing, so a new stream may be tried.
  }
  std::unique_ptr<SessionStream> stream = Make(std::move(on_event));
  absl::Status opened = OpenOn(*stream, open, deadline);
  if (!opened.ok()) return opened;
  return stream;
}

std::unique_ptr<SessionStream> StreamPool::Take(OnEvent on_event) {
  std::unique_ptr<SessionStream> kept = TakeIdle(on_event);
  return kept != nullptr ? std::move(kept) : Make(std::move(on_event));
}

void StreamPool::Keep(std::unique_ptr<SessionStream> stream) {
  if (stream->polled() != nullptr) stream->polled()->SetOnEvent(nullptr);
  // A stream that finds no room is cancelled here, outside of the lock.
  absl::MutexLock lock(&mu_);
  Streams& idle = stream->polled() != nullptr ? idle_polled_ : idle_;
  if (static_cast<int>(idle.size()) < max_idle_) {
    idle.push_back(std::move(stream));
  }
}

std::unique_ptr<SessionStream> StreamPool::Make(OnEvent on_event) {
  if (on_event == nullptr) {
    return std::make_unique<SessionStream>(
        std::make_unique<PumpedStream>(channel_, authorization_));
  }
  auto wire = std::make_unique<PolledStream>(channel_, authorization_);
  wire->SetOnEvent(std::move(on_event));
  PolledStream* polled = wire.get();
  return std::make_unique<SessionStream>(std::move(wire), polled);
}

std::unique_ptr<SessionStream> StreamPool::TakeIdle(OnEvent on_event) {
  while (true) {
    std::unique_ptr<SessionStream> stream;
    {
      absl::MutexLock lock(&mu_);
      Streams& idle = on_event != nullptr ? idle_polled_ : idle_;
      if (idle.empty()) return nullptr;
      stream = std::move(idle.back());
      idle.pop_back();
    }
    if (!stream->Alive()) continue;
    if (on_event != nullptr) stream->polled()->SetOnEvent(std::move(on_event));
    return stream;
  }
}

}  // namespace berth::client::internal
