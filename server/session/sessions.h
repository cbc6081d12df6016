// All sessions of the process.
#ifndef BERTH_SERVER_SESSION_SESSIONS_H_
#define BERTH_SERVER_SESSION_SESSIONS_H_

#include <cstddef>
#include <map>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "server/base/mutex.h"
#include "server/runtime/shard.h"
#include "server/session/limits.h"

namespace berth::session {

class Session;

struct SessionOptions {
  SessionOptions() = default;

  // Requests without an answer that a client may have sent.
  size_t pipeline_depth = 64;
  // How long requests may take after the client has closed its side.
  absl::Duration half_close_grace = absl::Seconds(2);
  LimitOptions limits;
};

// What sessions have in common: their options, and the list of those that are
// served, so that they hear when the server stops. Thread-safe.
class Sessions {
 public:
  explicit Sessions(SessionOptions options) : options_(options) {}

  const SessionOptions& options() const { return options_; }

  // Tells every session, and those to come, that the server stops after
  // `grace`: they end between transactions.
  void Drain(absl::Duration grace) ABSL_LOCKS_EXCLUDED(mutex_);

  // For Session, on its shard.
  void Add(Session* session) ABSL_LOCKS_EXCLUDED(mutex_);
  void Remove(Session* session) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // On the session's shard, if it is still there.
  void Tell(Session* session) ABSL_LOCKS_EXCLUDED(mutex_);

  const SessionOptions options_;
  Mutex mutex_;
  std::map<Session*, runtime::Shard*> served_ ABSL_GUARDED_BY(mutex_);
  runtime::TimePoint drain_ ABSL_GUARDED_BY(mutex_) = runtime::TimePoint::max();
};

}  // namespace berth::session

#endif  // BERTH_SERVER_SESSION_SESSIONS_H_
