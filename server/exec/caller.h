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
  // Statements in SQL that make a new connection what the caller wants, in one
  // SET; empty: nothing. The connection is reset when it is given back.
  std::string setup;
  // The longest wait for a connection; the pool's own limit caps it.
  absl::Duration wait = absl::InfiniteDuration();
  runtime::Cancellation* cancellation = nullptr;
  // What the connection is for.
  pool::LeaseKind kind = pool::LeaseKind::kCall;
  // Whether prepared statements or cursors of the caller are on its connection,
  // so that no other one will do.
  bool pinned = false;
  // The connection. Leased when it is first needed; a session keeps it.
  pool::Lease lease;
  // What kills the statement that runs; nullptr: none does.
  KillOnCancel* running = nullptr;
};

// Makes sure that the caller has a connection, with its database chosen and set
// up. Leases none for a caller that has left. Fails as Pool::Acquire and
// Databases::Use do, and as the setup does.
runtime::Task<absl::Status> EnsureLease(Caller& caller);

// Sets a connection up for the caller; again after it was reset.
runtime::Task<absl::Status> SetUp(const Caller& caller, pool::Lease& lease);

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_CALLER_H_
