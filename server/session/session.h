// A session: one stream, and one connection while it is open.
#ifndef BERTH_SERVER_SESSION_SESSION_H_
#define BERTH_SERVER_SESSION_SESSION_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "berth/v1/session.pb.h"
#include "server/auth/principal.h"
#include "server/exec/caller.h"
#include "server/exec/environment.h"
#include "server/runtime/cancellation.h"
#include "server/runtime/task.h"
#include "server/session/answers.h"
#include "server/session/prepared_statements.h"
#include "server/session/stream.h"

namespace berth::session {

// Serves the requests of a stream one after the other.
//
//   closed ── open ──▶ open ── end, stream's end ──▶ closed
//
// A connection is leased with the first statement and given back at the end of
// the session, where the pool rolls back what is open. The failure of a
// statement is an answer; the loss of the connection ends the stream.
class Session {
 public:
  // All is borrowed for as long as the session is served.
  Session(const exec::Environment* environment, auth::Principal principal,
          absl::Time deadline, runtime::Cancellation* cancellation);

  // Serves until the client is done or gone. Fails with what made the server
  // end the stream.
  runtime::Task<absl::Status> Serve(Stream& stream);

 private:
  // Does what a request asks and answers it. The status is the request's.
  runtime::Task<absl::Status> Handle(const v1::SessionRequest& request,
                                     Answers& answers);
  runtime::Task<absl::Status> Open(const v1::OpenSession& open,
                                   Answers& answers);
  // Refuses what no request may be, before anything is done.
  absl::Status Check(const v1::SessionRequest& request) const;
  runtime::Task<absl::Status> Run(const v1::SessionRequest& request,
                                  Answers& answers);
  void Close();

  const exec::Environment* const environment_;
  const auth::Principal principal_;
  const absl::Time deadline_;
  runtime::Cancellation* const cancellation_;
  // Set while the session is open.
  std::optional<exec::Caller> caller_;
  // On the caller's connection: gone before it.
  PreparedStatements prepared_;
  uint32_t last_id_ = 0;
  bool last_failed_ = false;
};

}  // namespace berth::session

#endif  // BERTH_SERVER_SESSION_SESSION_H_
