// Runs a transaction, and again where that is safe.
#ifndef BERTH_CLIENT_SRC_TRANSACTION_RUNNER_H_
#define BERTH_CLIENT_SRC_TRANSACTION_RUNNER_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "berth/client/connection.h"

namespace berth::client::internal {

// See `Client::RunTransaction`.
class TransactionRunner {
 public:
  using Body = absl::FunctionRef<absl::Status(Session&)>;

  TransactionRunner(Connection& connection, Body body,
                    const TransactionOptions& options)
      : connection_(connection), body_(body), options_(options) {}

  absl::Status Run();

 private:
  // One run in a session of its own, which is ended. Sets `may_rerun_`.
  absl::Status RunInSession();
  // One run. Leaves the transaction open where it fails.
  absl::Status RunOnce(Session& session) const;

  Connection& connection_;
  const Body body_;
  const TransactionOptions& options_;
  bool may_rerun_ = true;
};

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_TRANSACTION_RUNNER_H_
