#include "client/src/stream_pool.h"

#include "absl/status/status.h"

namespace berth::client::internal {
namespace {

// Opens a session. The answer to the `end` of the session before comes first;
// a stream where that failed carries no other session.
absl::Status OpenOn(SessionStream& stream, v1::SessionRequest& open,
                    absl::Time deadline) {
  absl::StatusOr<uint32_t> id = stream.Send(open, deadline);
  if (!id.ok()) return id.status();
  absl::Status ended = stream.ReceiveEnd(deadline);
  if (!ended.ok()) return ended;
  return stream.Receive(*id, deadline).status();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SessionStream>> StreamPool::Open(
    v1::SessionRequest open, absl::Time deadline) {
  if (std::unique_ptr<SessionStream> kept = TakeIdle()) {
    absl::Status opened = OpenOn(*kept, open, deadline);
    if (opened.ok()) return kept;
    // The service refuses this session, and would on any stream.
    if (kept->Alive() && kept->idle() && !kept->end_failed()) return opened;
    if (absl::IsDeadlineExceeded(opened)) return opened;
    // The service has dropped the kept stream, or could not end the session
    // before; opening changes nothing, so a new stream may be tried.
  }
  auto stream = std::make_unique<SessionStream>(channel_, authorization_);
  absl::Status opened = OpenOn(*stream, open, deadline);
  if (!opened.ok()) return opened;
  return stream;
}

void StreamPool::Keep(std::unique_ptr<SessionStream> stream) {
  // A stream that finds no room is cancelled here, outside of the lock.
  absl::MutexLock lock(&mu_);
  if (static_cast<int>(idle_.size()) < max_idle_) {
    idle_.push_back(std::move(stream));
  }
}

std::unique_ptr<SessionStream> StreamPool::TakeIdle() {
  while (true) {
    std::unique_ptr<SessionStream> stream;
    {
      absl::MutexLock lock(&mu_);
      if (idle_.empty()) return nullptr;
      stream = std::move(idle_.back());
      idle_.pop_back();
    }
    if (stream->Alive()) return stream;
  }
}

}  // namespace berth::client::internal
