// One connection to MariaDB, as awaitables.
#ifndef BERTH_SERVER_MARIADB_CONNECTION_H_
#define BERTH_SERVER_MARIADB_CONNECTION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "berth/v1/value.pb.h"
#include "server/mariadb/error_map.h"
#include "server/mariadb/prepared_statement.h"
#include "server/mariadb/row_sink.h"
#include "server/runtime/task.h"

namespace berth::mariadb {

// A result in text; NULL is nullopt.
struct TextResult {
  TextResult() = default;

  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

// What became of the rows of one execution of an array.
struct BatchResult {
  BatchResult() = default;

  absl::Status status;
  // The rows that were tried; 0 if it failed before.
  int rows = 0;
  uint64_t affected_rows = 0;
  uint32_t warning_count = 0;
};

// A connection, used by one coroutine at a time. The tasks run on the shard
// that attached the connection; the blocking functions on any thread, while no
// task runs.
//
// Whatever fails in a way that leaves the protocol's state in doubt breaks the
// connection: `broken()` is true, and it must be closed. An interface, so that
// whatever stands above can be tested without a server.
class Connection {
 public:
  virtual ~Connection() = default;

  // Joins the current shard.
  virtual void Attach() = 0;
  // Leaves its shard.
  virtual void Detach() = 0;

  // Prepares `sql` if it is not known yet, runs it and hands the results to
  // `sink`. `effect` says what is lost if the connection breaks meanwhile.
  // Fails with the errors of the statement, with LIMIT if the parameters
  // exceed MariaDB's `max_allowed_packet`, and with what the sink returns.
  virtual runtime::Task<absl::Status> Execute(
      absl::string_view sql, absl::Span<const v1::Value* const> parameters,
      ErrorContext::Effect effect, RowSink& sink) = 0;

  // Executes `sql`, which has no result, for rows of `rows` from `first` on: as
  // many of `count`, at least one, as one execution takes. Each row has a value
  // for each placeholder, of the kinds that a row of an insert may have. Fails
  // as Execute; LIMIT is for one row that is too large by itself.
  virtual runtime::Task<BatchResult> ExecuteBatch(
      absl::string_view sql, const v1::Rows& rows, int first, int count,
      ErrorContext::Effect effect) = 0;

  // Prepares a statement for its user, who runs it through the object. Fails
  // as Execute does before anything runs.
  virtual runtime::Task<absl::StatusOr<std::unique_ptr<PreparedStatement>>>
  Prepare(std::string sql) = 0;

  // Runs a statement without parameters and drops its result: BEGIN, COMMIT,
  // SET, …
  virtual runtime::Task<absl::Status> Run(std::string sql,
                                          ErrorContext::Effect effect) = 0;
  // Changes the default database.
  virtual runtime::Task<absl::Status> UseDatabase(std::string database) = 0;
  // Brings the session's state back to that of a new connection.
  virtual runtime::Task<absl::Status> Reset() = 0;
  // Asks for a sign of life.
  virtual runtime::Task<absl::Status> Ping() = 0;

  // Runs a statement in the text protocol on the calling thread. Blocks.
  virtual absl::StatusOr<TextResult> QueryBlocking(absl::string_view sql) = 0;
  // Cuts the connection: a task that waits for MariaDB fails as if it were
  // lost. Any thread.
  virtual void Abort() = 0;
  // Whether the server hung up, or said something unasked, while the
  // connection was idle. One system call, no round trip.
  virtual bool LooksDead() const = 0;

  // The server's word as of the last answer.
  virtual bool in_transaction() const = 0;
  virtual bool autocommit() const = 0;
  // The id for KILL.
  virtual uint64_t thread_id() const = 0;
  virtual std::string server_version() const = 0;

  const std::string& database() const { return database_; }
  uint64_t last_insert_id() const { return last_insert_id_; }
  // Remembers an id that only the rows of a RETURNING told.
  void set_last_insert_id(uint64_t id) { last_insert_id_ = id; }
  // What the last statement changed and how often MariaDB warned; both 0 if it
  // failed.
  uint64_t affected_rows() const { return affected_rows_; }
  uint32_t warning_count() const { return warning_count_; }
  // Says what the last statement of the user did, where another one of ours
  // came after it.
  void NoteCounts(uint64_t affected_rows, uint32_t warning_count) {
    affected_rows_ = affected_rows;
    warning_count_ = warning_count;
  }
  bool broken() const { return broken_; }
  void MarkBroken() { broken_ = true; }
  // Whether the session may carry state that the next user must not see.
  bool dirty() const { return dirty_; }
  void MarkDirty() { dirty_ = true; }
  // Whether the last error ended the transaction without the flags knowing.
  bool transaction_ended() const { return transaction_ended_; }

 protected:
  void set_database(std::string name) { database_ = std::move(name); }
  void set_transaction_ended(bool ended) { transaction_ended_ = ended; }
  void MarkClean() { dirty_ = false; }

 private:
  std::string database_;
  uint64_t last_insert_id_ = 0;
  uint64_t affected_rows_ = 0;
  uint32_t warning_count_ = 0;
  bool broken_ = false;
  bool dirty_ = false;
  bool transaction_ended_ = false;
};

}  // namespace berth::mariadb

#endif  // BERTH_SERVER_MARIADB_CONNECTION_H_
