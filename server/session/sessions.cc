#include "server/session/sessions.h"

#include <chrono>

#include "server/session/session.h"

namespace berth::session {

void Sessions::Drain(absl::Duration grace) {
  MutexLock lock(&mutex_);
  drain_ = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(grace);
  for (const auto& [session, shard] : served_) {
    shard->Post([this, session = session] { Tell(session); });
  }
}

void Sessions::Tell(Session* session) {
  runtime::TimePoint drain;
  {
    MutexLock lock(&mutex_);
    if (served_.count(session) == 0) return;
    drain = drain_;
  }
  // It cannot go meanwhile: it belongs to this thread.
  session->Drain(drain);
}

void Sessions::Add(Session* session) {
  MutexLock lock(&mutex_);
  runtime::Shard* shard = &runtime::Shard::Current();
  served_[session] = shard;
  if (drain_ != runtime::TimePoint::max()) {
    shard->Post([this, session] { Tell(session); });
  }
}

void Sessions::Remove(Session* session) {
  MutexLock lock(&mutex_);
  served_.erase(session);
}

}  // namespace berth::session
