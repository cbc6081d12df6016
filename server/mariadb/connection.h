// One connection to MariaDB, as awaitables.
#ifndef BERTH_SERVER_MARIADB_CONNECTION_H_
#define BERTH_SERVER_MARIADB_CONNECTION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "berth/v1/value.pb.h"
#include "server/mariadb/error_map.h"
#include "server/mariadb/row_sink.h"
#include "server/runtime/socket.h"
#include "server/runtime/task.h"

// libmariadb's MYSQL, whose header stays within this folder.
struct st_mysql;
struct st_mysql_stmt;

namespace berth::mariadb {

class Statement;
class StatementCache;

// A result in text; NULL is nullopt.
struct TextResult {
  TextResult() = default;

  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

// A connection, used by one coroutine at a time. The tasks run on the shard
// that attached the connection; the blocking functions on any thread, while no
// task runs.
//
// Whatever fails in a way that leaves the protocol's state in doubt breaks the
// connection: `broken()` is true, and it must be closed.
class Connection {
 public:
  // Takes an open handle; see connector.h.
  Connection(st_mysql* handle, std::string database);
  // Closes; may block for a moment.
  ~Connection();

  // Joins the current shard.
  void Attach();
  // Leaves its shard.
  void Detach();

  // Prepares `sql` if it is not known yet, runs it and hands the results to
  // `sink`. `effect` says what is lost if the connection breaks meanwhile.
  // Fails with the errors of the statement, with LIMIT if the parameters
  // exceed MariaDB's `max_allowed_packet`, and with what the sink returns.
  runtime::Task<absl::Status> Execute(
      absl::string_view sql, absl::Span<const v1::Value* const> parameters,
      ErrorContext::Effect effect, RowSink& sink);

  // Runs a statement without parameters and drops its result: BEGIN, COMMIT,
  // SET, …
  runtime::Task<absl::Status> Run(std::string sql,
                                  ErrorContext::Effect effect);
  // Changes the default database.
  runtime::Task<absl::Status> UseDatabase(std::string database);
  // Brings the session's state back to that of a new connection.
  runtime::Task<absl::Status> Reset();
  // Asks for a sign of life.
  runtime::Task<absl::Status> Ping();

  // Runs a statement in the text protocol on the calling thread. Blocks.
  absl::StatusOr<TextResult> QueryBlocking(absl::string_view sql);

  bool broken() const { return broken_; }
  void MarkBroken() { broken_ = true; }
  // Whether the server hung up, or said something unasked, while the
  // connection was idle. One system call, no round trip.
  bool LooksDead() const;
  // Whether the session may carry state that the next user must not see.
  bool dirty() const { return dirty_; }
  void MarkDirty() { dirty_ = true; }
  const std::string& database() const { return database_; }
  // The server's word as of the last answer.
  bool in_transaction() const;
  bool autocommit() const;
  // Whether the last error ended the transaction without the flags knowing.
  bool transaction_ended() const { return transaction_ended_; }
  uint64_t last_insert_id() const { return last_insert_id_; }
  // The server's `max_allowed_packet`; values above it are refused.
  void set_max_packet(uint64_t bytes) { max_packet_ = bytes; }
  // The id for KILL.
  uint64_t thread_id() const;
  std::string server_version() const;

 private:
  runtime::Socket::Ready Ready(int wait_flags);
  runtime::Task<absl::StatusOr<Statement*>> Prepare(absl::string_view sql);
  // Reads one result of an executed statement. Returns whether another one
  // follows.
  runtime::Task<absl::StatusOr<bool>> ReadResult(Statement& statement,
                                                 const ErrorContext& context,
                                                 RowSink& sink);
  runtime::Task<absl::Status> FreeResult(Statement& statement);
  ErrorContext Context(ErrorContext::Effect effect) const;
  absl::Status StatementFailure(st_mysql_stmt* statement,
                                const ErrorContext& context);
  absl::Status HandleFailure(const ErrorContext& context);
  absl::Status Failure(const DatabaseError& error, const ErrorContext& context);

  st_mysql* const handle_;
  runtime::Socket socket_;
  std::unique_ptr<StatementCache> statements_;
  std::string database_;
  uint64_t max_packet_ = 0;
  uint64_t last_insert_id_ = 0;
  bool broken_ = false;
  bool dirty_ = false;
  bool transaction_ended_ = false;
};

}  // namespace berth::mariadb

#endif  // BERTH_SERVER_MARIADB_CONNECTION_H_
