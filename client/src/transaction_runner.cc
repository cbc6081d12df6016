#include "client/src/transaction_runner.h"

#include "client/src/retry_loop.h"

namespace berth::client::internal {
namespace {

constexpr int kRuns = 5;

}  // namespace

absl::Status TransactionRunner::Run() {
  const Options defaults = WithDefaults(connection_.options());
  const LimitedAttemptsRetryPolicy few(kRuns);
  RetryPlan plan = {
      options_.retry_policy == nullptr ? few : *options_.retry_policy,
      options_.backoff_policy == nullptr ? *defaults.backoff_policy
                                         : *options_.backoff_policy,
      *defaults.clock};
  return RunWithRetries(
      plan, DeadlineIn(plan.clock, options_.timeout),
      [this] { return RunInSession(); },
      [this](const absl::Status& status) {
        return may_rerun_ && IsSafeToRerun(status);
      });
}

absl::Status TransactionRunner::RunInSession() {
  absl::StatusOr<Session> session = connection_.OpenSession(options_.session);
  if (!session.ok()) {
    may_rerun_ = false;  // It has been tried often enough.
    return session.status();
  }
  absl::Status status = RunOnce(*session);
  may_rerun_ = !session->saw_unknown_outcome_;
  // Rolls back what is open. Its own failure changes nothing: a session that
  // did not end is cancelled, which rolls back as well.
  session->End().IgnoreError();
  return status;
}

absl::Status TransactionRunner::RunOnce(Session& session) const {
  if (absl::Status begun = session.Begin(options_.begin); !begun.ok()) {
    return begun;
  }
  if (absl::Status done = body_(session); !done.ok()) return done;
  if (session.state().in_transaction()) return session.Commit();
  // The transaction is over: lost, which the body has hidden, or ended by the
  // body itself.
  return session.transaction_error_;
}

}  // namespace berth::client::internal
