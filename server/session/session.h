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
#include "server/runtime/async_event.h"
#include "server/runtime/cancellation.h"
#include "server/runtime/task.h"
#include "server/runtime/timers.h"
#include "server/session/answers.h"
#include "server/session/inbox.h"
#include "server/session/limits.h"
#include "server/session/prepared_statements.h"
#include "server/session/sessions.h"
#include "server/session/stream.h"

namespace berth::session {

// Serves the requests of a stream one after the other.
//
//   closed ── open ──▶ open ── end, stream's end ──▶ closed
//
// Two coroutines share the work: one reads requests as they come, so that a
// `Cancel` is obeyed at once; the other serves them in their order
// (session.cc). Timers watch over what the connection is held for
// (session_limits.cc).
//
// A connection is leased with the first statement and given back at the end of
// the session, where the pool rolls back what is open. The failure of a
// statement is an answer; the loss of the connection ends the stream.
class Session {
 public:
  // All is borrowed for as long as the session is served.
  Session(const exec::Environment* environment, Sessions* sessions,
          auth::Principal principal, absl::Time deadline,
          runtime::Cancellation* cancellation);

  // Serves until the client is done or gone. Fails with what made the server
  // end the stream. Once.
  runtime::Task<absl::Status> Serve(Stream& stream);

  // The server stops at that time: the session ends when it has no transaction.
  void Drain(runtime::TimePoint when);

 private:
  // Reads to the end of the stream or of the session.
  runtime::Task<void> ReadRequests();
  // Takes in one message. False: the rest of the stream is not read.
  bool Receive(const std::string& bytes);
  void Cancel(uint32_t request_id);
  // The stream, or the server's patience with it, is over at once.
  void Interrupt(runtime::CancelCause cause);
  void EndNow(absl::Status why);
  void InputEnded();

  // Serves what was read until the end.
  runtime::Task<absl::Status> ServeRequests();
  // Serves one request; false when the client is gone.
  runtime::Task<bool> ServeRequest(const Incoming& incoming);
  // Does what a request asks and answers it. The status is the request's.
  runtime::Task<absl::Status> Handle(const Incoming& incoming,
                                     Answers& answers);
  absl::Status Open(const v1::OpenSession& open);
  // Refuses what no request may be, before anything is done.
  absl::Status Check(const Incoming& incoming) const;
  // Whether a request would begin a transaction where none is open.
  bool BeginsTransaction(const v1::SessionRequest& request) const;
  runtime::Task<absl::Status> Run(const v1::SessionRequest& request,
                                  Answers& answers);
  // Resets the connection and sets it up again.
  runtime::Task<absl::Status> Reset();
  // What the error of a request that was cut short is to the client.
  absl::Status Explain(absl::Status status) const;
  void Close();

  // Whether the connection holds what another one would not have, beside a
  // transaction.
  bool HasState() const;
  // The connection was reset, or is given back: what it held is gone.
  void ForgetState();

  // Begins and ends to count the time of a request.
  void StartTimer(const Incoming& incoming);
  void StopTimer();
  void StopTimers();
  // Cuts the stream off in a second.
  void StartAbort();
  // A request begins: takes the connection back that was offered.
  void Resume();
  // Looks whether a limit is reached, and when to look again.
  void Look();
  void Act(const Verdict& verdict, runtime::TimePoint now);
  // Says that the session ends, beside the answers.
  void Notify(Ending ending, absl::Duration left);
  runtime::Task<void> SendNotice(v1::Notice notice);

  const exec::Environment* const environment_;
  Sessions* const sessions_;
  const auth::Principal principal_;
  const absl::Time deadline_;
  runtime::Cancellation* const cancellation_;  // Of the stream.

  Stream* stream_ = nullptr;
  Answers answers_;
  Inbox inbox_;
  runtime::AsyncEvent wake_;         // Something to look at for the server.
  runtime::AsyncEvent reader_over_;  // The reader has ended.
  bool input_ended_ = false;
  absl::Status after_input_;  // What the stream ends with once all is answered.
  absl::Status end_;          // What it ends with at once.
  bool gone_ = false;         // Nobody reads the answers any more.
  bool over_ = false;         // Nothing is served any more.
  bool grace_over_ = false;   // The time after a half-close is over.

  // The request being served, and whether somebody still wants it.
  bool running_ = false;
  uint32_t running_id_ = 0;
  runtime::Cancellation request_;
  // What cancels it, if it was the server.
  Ending cut_by_ = Ending::kTransactionTime;
  std::optional<runtime::Timers::Id> request_timer_;
  std::optional<runtime::Timers::Id> grace_timer_;

  // Set while the session is open.
  std::optional<exec::Caller> caller_;
  // On the caller's connection: gone before it.
  PreparedStatements prepared_;
  uint32_t last_id_ = 0;
  bool last_failed_ = false;

  Holding holding_;
  LimitOptions limits_;  // With what the session asked for.
  std::optional<runtime::Timers::Id> look_timer_;
  runtime::TimePoint look_at_;
  int notices_ = 0;  // Being sent.
  runtime::AsyncEvent notices_over_;
};

}  // namespace berth::session

#endif  // BERTH_SERVER_SESSION_SESSION_H_
