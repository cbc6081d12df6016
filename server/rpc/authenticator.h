// Who calls: the credentials of each call, verified.
#ifndef BERTH_SERVER_RPC_AUTHENTICATOR_H_
#define BERTH_SERVER_RPC_AUTHENTICATOR_H_

#include <grpcpp/grpcpp.h>

#include <coroutine>
#include <functional>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/auth/credentials.h"
#include "server/auth/login_cache.h"
#include "server/auth/principal.h"
#include "server/auth/refusal_log.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/runtime/blocking_threads.h"
#include "server/runtime/shard.h"
#include "server/runtime/task.h"

namespace berth::rpc {

// Asks each call for the metadata `authorization`, HTTP basic credentials.
//
// What was found right is remembered, so that a call costs a keyed hash and a
// look-up. Anything else is verified on threads of its own, a few at once, and
// equal credentials once for all calls that wait for them: neither a flood of
// wrong passwords nor a client that begins with many calls keeps the shard, or
// the threads that connect and kill, from their work. Thread-safe.
class Authenticator {
 public:
  // Who the credentials belong to, nullopt for nobody, or why that cannot be
  // told. Called on several threads at once; may block.
  using Verify = std::function<absl::StatusOr<std::optional<auth::Principal>>(
      const auth::Credentials& credentials)>;

  // Borrows the clock.
  Authenticator(Verify verify, const Clock* clock);

  // Sets `principal` if the credentials were found right before.
  bool Recognise(const grpc::ServerContext& context,
                 auth::Principal* principal);

  // Verifies the credentials and sets `principal`, on a shard. Fails with
  // UNAUTHENTICATED, CREDENTIALS, for missing and for wrong credentials, in the
  // same words for an unknown user as for a wrong password; with
  // RESOURCE_EXHAUSTED, QUEUE_FULL, when too many passwords wait to be
  // verified. A refusal is logged.
  runtime::Task<absl::Status> Authenticate(const grpc::ServerContext& context,
                                           auth::Principal* principal);

  // Ends the threads. When no call is left, and before the shards are gone.
  void Stop();

 private:
  using Answer = absl::StatusOr<std::optional<auth::Principal>>;

  // A call that waits for a verification.
  struct Waiter {
    runtime::Shard* shard;
    std::coroutine_handle<> coroutine;
    Answer* answer;
  };

  // Awaits the verification of credentials, which it begins if nobody has.
  class Verification {
   public:
    Verification(Authenticator* authenticator, auth::LoginCache::Key key,
                 auth::Credentials credentials);
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> waiter);
    Answer await_resume();

   private:
    Authenticator* authenticator_;
    auth::LoginCache::Key key_;
    auth::Credentials credentials_;
    Answer answer_;
  };

  // Whether the waiter was taken; else too many others are before it.
  bool Enqueue(const auth::LoginCache::Key& key, Waiter waiter,
               auth::Credentials credentials) ABSL_LOCKS_EXCLUDED(mutex_);
  // On a thread of its own.
  void Run(const auth::LoginCache::Key& key,
           const auth::Credentials& credentials) ABSL_LOCKS_EXCLUDED(mutex_);

  const Verify verify_;
  auth::LoginCache cache_;
  auth::RefusalLog refusals_;
  Mutex mutex_;
  // Who waits, for each verification that runs or has yet to run.
  absl::flat_hash_map<auth::LoginCache::Key, std::vector<Waiter>> pending_
      ABSL_GUARDED_BY(mutex_);
  runtime::BlockingThreads threads_;
};

}  // namespace berth::rpc

#endif  // BERTH_SERVER_RPC_AUTHENTICATOR_H_
