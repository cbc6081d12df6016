// A connection through libmariadb's non-blocking calls.
#ifndef BERTH_SERVER_MARIADB_CLIENT_CONNECTION_H_
#define BERTH_SERVER_MARIADB_CLIENT_CONNECTION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "server/mariadb/connection.h"
#include "server/runtime/socket.h"

// libmariadb's MYSQL and MYSQL_STMT, whose header stays within this folder.
struct st_mysql;
struct st_mysql_stmt;

namespace berth::mariadb {

class Statement;
class StatementCache;

// See connection.h. Keeps prepared statements by their text.
class ClientConnection final : public Connection {
 public:
  // Takes an open handle; see connector.h.
  explicit ClientConnection(st_mysql* handle);
  // Closes; may block for a moment.
  ~ClientConnection() override;

  void Attach() override;
  void Detach() override;
  runtime::Task<absl::Status> Execute(
      absl::string_view sql, absl::Span<const v1::Value* const> parameters,
      ErrorContext::Effect effect, RowSink& sink) override;
  runtime::Task<BatchResult> ExecuteBatch(absl::string_view sql,
                                          const v1::Rows& rows, int first,
                                          int count,
                                          ErrorContext::Effect effect) override;
  runtime::Task<absl::StatusOr<std::unique_ptr<PreparedStatement>>> Prepare(
      std::string sql) override;
  runtime::Task<absl::Status> Run(std::string sql,
                                  ErrorContext::Effect effect) override;
  runtime::Task<absl::Status> UseDatabase(std::string database) override;
  runtime::Task<absl::Status> Reset() override;
  runtime::Task<absl::Status> Ping() override;
  absl::StatusOr<TextResult> QueryBlocking(absl::string_view sql) override;
  void Abort() override;
  bool LooksDead() const override;
  bool in_transaction() const override;
  bool autocommit() const override;
  uint64_t thread_id() const override;
  std::string server_version() const override;

  // The server's `max_allowed_packet`; values above it are refused.
  void set_max_packet(uint64_t bytes) { max_packet_ = bytes; }

 private:
  friend class ClientPreparedStatement;

  // Room for the packet's header beside the parameters.
  static constexpr uint64_t kPacketHeadroom = 1024;

  runtime::Socket::Ready Ready(int wait_flags);
  runtime::Task<absl::StatusOr<std::unique_ptr<Statement>>> PrepareStatement(
      absl::string_view sql);
  // Runs a statement and reads all its results. Afterwards it may be of no more
  // use: see Statement::keep.
  runtime::Task<absl::Status> RunStatement(
      Statement& statement, absl::Span<const v1::Value* const> parameters,
      ErrorContext::Effect effect, RowSink& sink);
  // Runs a statement as a cursor.
  runtime::Task<absl::Status> OpenCursor(
      Statement& statement, absl::Span<const v1::Value* const> parameters);
  // Gives a statement its parameters.
  absl::Status Bind(Statement& statement,
                    absl::Span<const v1::Value* const> parameters);
  // LIMIT for what MariaDB would hang up on instead of answering.
  absl::Status CheckSize(absl::string_view what, uint64_t bytes) const;
  // Takes a statement that can only be closed together with the connection.
  void Abandon(std::unique_ptr<Statement> statement);
  // Reads one result of an executed statement. Returns whether another one
  // follows.
  runtime::Task<absl::StatusOr<bool>> ReadResult(Statement& statement,
                                                 const ErrorContext& context,
                                                 RowSink& sink);
  runtime::Task<absl::Status> FreeResult(Statement& statement);
  // Looks at the connection before a write is sent: one that MariaDB has closed
  // fails here, where nothing is in doubt yet.
  absl::Status CheckBeforeWrite(ErrorContext::Effect effect);
  ErrorContext Context(ErrorContext::Effect effect) const;
  absl::Status StatementFailure(st_mysql_stmt* statement,
                                const ErrorContext& context);
  absl::Status HandleFailure(const ErrorContext& context);
  absl::Status Failure(const DatabaseError& error, const ErrorContext& context);

  st_mysql* const handle_;
  runtime::Socket socket_;
  std::unique_ptr<StatementCache> statements_;
  std::vector<std::unique_ptr<Statement>> abandoned_;
  uint64_t max_packet_ = 0;
};

}  // namespace berth::mariadb

#endif  // BERTH_SERVER_MARIADB_CLIENT_CONNECTION_H_
