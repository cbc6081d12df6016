// The client of a Berth service.
#ifndef BERTH_CLIENT_CLIENT_H_
#define BERTH_CLIENT_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "berth/client/bulk_writer.h"
#include "berth/client/connection.h"
#include "berth/client/error.h"
#include "berth/client/export.h"
#include "berth/client/options.h"
#include "berth/client/row_stream.h"
#include "berth/client/session.h"
#include "berth/client/value.h"
#include "berth/v1/admin.pb.h"
#include "berth/v1/bulk.pb.h"
#include "berth/v1/query.pb.h"
#include "berth/v1/result.pb.h"
#include "berth/v1/schema.pb.h"
#include "berth/v1/transaction.pb.h"

namespace berth::client {

// Talks to one Berth service.
//
// Performance: a client is cheap to copy; copies share everything. Clients of
// one process with the same endpoint share one connection. Each function
// blocks the calling thread, which itself does the work of the network: no
// other thread is woken. Keep a client; do not make one per call.
//
// Thread safety: all functions may be called from any number of threads.
//
// Errors: functions return the service's errors with their details (see
// error.h).
//
// Retries: unary calls and `OpenSession` are made again, within their deadline,
// where it is certain that nothing was done (see retry_policy.h); a write whose
// outcome is unknown never is. A stream is begun again until its first message
// has come, never afterwards; a bulk insert and requests of a session are never
// repeated; `RunTransaction` runs a whole transaction again.
//
// Fork: gRPC does not survive it. Connect after the last fork.
//
// Example (all of it: client/examples/quickstart.cc):
//
//   ASSIGN_OR_RETURN(Client client, Client::Connect("127.0.0.1:7390"));
//   v1::SelectSpec select;
//   select.set_table("users");
//   select.mutable_filter()->set_where("age > ?");
//   *select.mutable_filter()->add_parameters() = ToValue(18);
//   ASSIGN_OR_RETURN(v1::ResultChunk users, client.Select(select));
class BERTH_CLIENT_EXPORT Client {
 public:
  // A client of the service at `endpoint`: `host:port` or `unix:/path`. Does
  // no I/O: the first call connects. Fails with `INSECURE_ENDPOINT` (see
  // Options::plaintext) or `INVALID_FIELD` for an empty endpoint.
  static absl::StatusOr<Client> Connect(absl::string_view endpoint,
                                        Options options = {});

  // Reads rows of one table, capped by the service; `end().truncated()` tells
  // whether more exist. Larger results: `SelectStream`.
  absl::StatusOr<v1::ResultChunk> Select(v1::SelectSpec spec,
                                         CallOptions options = {}) const;

  // Inserts one or several rows, all or none.
  absl::StatusOr<v1::WriteResult> Insert(v1::InsertSpec spec,
                                         CallOptions options = {}) const;

  // Changes the rows that the filter matches.
  absl::StatusOr<v1::WriteResult> Update(v1::UpdateSpec spec,
                                         CallOptions options = {}) const;

  // Deletes the rows that the filter matches.
  absl::StatusOr<v1::WriteResult> Delete(v1::DeleteSpec spec,
                                         CallOptions options = {}) const;

  // Runs a statement in SQL; the answer has one result, or several of a CALL.
  absl::StatusOr<std::vector<v1::ResultChunk>> Execute(
      v1::Statement statement, CallOptions options = {}) const;

  // Reads rows of one table as they come, however many. Returns when the first
  // ones are there, or the statement has failed.
  absl::StatusOr<RowStream> SelectStream(v1::SelectSpec spec,
                                         StreamOptions options = {}) const;

  // Runs a statement in SQL whose rows are read as they come. As a statement
  // may write, a broken connection is `OUTCOME_UNKNOWN`.
  absl::StatusOr<RowStream> ExecuteStream(v1::Statement statement,
                                          StreamOptions options = {}) const;

  // Inserts any number of rows, batch by batch. Returns when the service is
  // connected: what it thinks of the header is told by the functions of the
  // writer.
  absl::StatusOr<BulkWriter> BulkInsert(v1::BulkInsertHeader header,
                                        BulkOptions options = {}) const;

  // Runs a program of several statements as one transaction, in one round trip,
  // all or none. The service runs it again after a conflict, as often as
  // `max_attempts` says; the client, where it is certain that nothing was done
  // and the service has not tried by itself: a lost connection to MariaDB
  // before the COMMIT, a full pool. Never where the outcome is unknown.
  absl::StatusOr<v1::TransactionResponse> Transaction(
      v1::TransactionRequest request, CallOptions options = {}) const;

  // Creates missing tables and adds missing columns and indexes. An empty
  // `database` of the requests here and below becomes that of the options.
  absl::StatusOr<v1::RegisterResponse> Register(v1::RegisterRequest request,
                                                CallOptions options = {}) const;

  // Tells what Register would do.
  absl::StatusOr<v1::PlanResponse> PlanSchema(v1::PlanRequest request,
                                              CallOptions options = {}) const;

  // Describes one table as the database has it.
  absl::StatusOr<v1::GetTableResponse> GetTable(v1::GetTableRequest request,
                                                CallOptions options = {}) const;

  // Lists the tables of a database, a page at a time.
  absl::StatusOr<v1::ListTablesResponse> ListTables(
      v1::ListTablesRequest request, CallOptions options = {}) const;

  // Tells how the service's connection pool stands.
  absl::StatusOr<v1::GetPoolStatsResponse> GetPoolStats(
      CallOptions options = {}) const;

  // Tells the service's version and limits.
  absl::StatusOr<v1::GetServerInfoResponse> GetServerInfo(
      CallOptions options = {}) const;

  // Asks the service whether it serves, by `grpc.health.v1.Health`. OK: yes.
  // `NOT_SERVING`: it answers, and says no. `SERVICE_UNREACHABLE`: no answer.
  // An empty `service` asks for the whole. Never repeated.
  absl::Status CheckHealth(absl::string_view service = {},
                           CallOptions options = {}) const;

  // Opens a session: transactions, locks, large results. Takes an idle stream
  // of this client if there is one, which costs one message.
  absl::StatusOr<Session> OpenSession(SessionOptions options = {}) const;

  // Runs `body` in a transaction: begins, calls `body`, commits. Where it
  // returns an error, the transaction is rolled back and the error returned.
  //
  // The whole of it, `body` included, is run again where an error says that
  // this is safe (`IsSafeToRerun`): a deadlock, a lost connection before the
  // COMMIT. Never after an error with an unknown outcome, be it of the COMMIT
  // or of a statement within, even if `body` hides it. So `body` must do
  // nothing but what a rollback undoes, return the errors that it gets, and
  // leave COMMIT to this function; where it has itself ended the transaction
  // and returns OK, nothing is committed here.
  //
  //   absl::Status paid = client.RunTransaction([&](Session& session) {
  //     if (auto taken = session.Update(take); !taken.ok()) {
  //       return taken.status();
  //     }
  //     return session.Update(give).status();
  //   });
  absl::Status RunTransaction(absl::FunctionRef<absl::Status(Session&)> body,
                              TransactionOptions options = {}) const;

  // A client of any connection: a mock, a decorator.
  explicit Client(std::shared_ptr<Connection> connection);

 private:
  std::shared_ptr<Connection> connection_;
};

}  // namespace berth::client

#endif  // BERTH_CLIENT_CLIENT_H_
