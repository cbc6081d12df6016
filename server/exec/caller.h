// Who asks, in which database, and until when.
#ifndef BERTH_SERVER_EXEC_CALLER_H_
#define BERTH_SERVER_EXEC_CALLER_H_

#include <string>

#include "absl/time/time.h"
#include "server/auth/principal.h"
#include "server/exec/environment.h"
#include "server/exec/killer.h"
#include "server/pool/lease.h"
#include "server/runtime/cancellation.h"

namespace berth::exec {

// The context of one request: of a unary call, or of one message of a session,
// which has a connection already.
struct Caller {
  Caller() = default;

  const Environment* environment = nullptr;
  auth::Principal principal;
  // As Databases::Resolve gave it.
  std::string database;
  absl::Time deadline = absl::InfiniteFuture();
  // The longest wait for a connection; the pool's own limit caps it.
  absl::Duration wait = absl::InfiniteDuration();
  runtime::Cancellation* cancellation = nullptr;
  // What the connection is for.
  pool::LeaseKind kind = pool::LeaseKind::kCall;
  // The connection. Leased when it is first needed; a session keeps it.
  pool::Lease lease;
  // What kills the statement that runs; nullptr: none does.
  KillOnCancel* running = nullptr;
};

// Makes sure that the caller has a connection with its database chosen. Fails
// as Pool::Acquire and Databases::Use do.
runtime::Task<absl::Status> EnsureLease(Caller& caller);

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_CALLER_H_
