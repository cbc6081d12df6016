// A prepared statement of a user through libmariadb's non-blocking calls.
#ifndef BERTH_SERVER_MARIADB_CLIENT_PREPARED_STATEMENT_H_
#define BERTH_SERVER_MARIADB_CLIENT_PREPARED_STATEMENT_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/mariadb/client_connection.h"
#include "server/mariadb/prepared_statement.h"
#include "server/mariadb/statement.h"

namespace berth::mariadb {

// See prepared_statement.h.
class ClientPreparedStatement final : public PreparedStatement {
 public:
  // `statement` was just prepared from `sql`.
  ClientPreparedStatement(ClientConnection* connection, std::string sql,
                          std::unique_ptr<Statement> statement);
  ~ClientPreparedStatement() override { Drop(); }

  size_t parameter_count() const override { return parameter_count_; }
  const std::vector<v1::Column>& columns() const override { return columns_; }
  runtime::Task<absl::Status> Execute(
      absl::Span<const v1::Value* const> parameters,
      ErrorContext::Effect effect, RowSink& sink) override;
  runtime::Task<absl::Status> SendLongData(uint32_t parameter,
                                           absl::string_view data) override;
  runtime::Task<absl::Status> OpenCursor(
      absl::Span<const v1::Value* const> parameters) override;
  bool has_cursor() const override { return cursor_; }
  runtime::Task<absl::Status> Fetch(uint64_t max_rows, RowSink& sink) override;
  void CloseCursor() override {
    if (cursor_) Drop();
  }

 private:
  // Rows that a cursor asks for at a time. It begins with one and doubles while
  // they stay below a chunk of the answer: rows may be of any size, and a
  // batch is held in memory.
  struct Batch {
    Batch() = default;
    // The size of the next one, at most `wanted` rows; 0: any.
    uint64_t Next(uint64_t wanted);

    uint64_t rows = 0;
    uint64_t flushes = 0;
  };

  // Checks that pieces and `long_data` are of the same parameters.
  absl::Status CheckPieces(absl::Span<const v1::Value* const> parameters) const;
  // Makes sure that MariaDB knows the statement.
  runtime::Task<absl::Status> EnsurePrepared();
  // Forgets the statement in MariaDB, with its cursor and its pieces.
  void Drop();

  ClientConnection* const connection_;
  const std::string sql_;
  std::unique_ptr<Statement> statement_;
  size_t parameter_count_;
  std::vector<v1::Column> columns_;
  // The bytes that were sent for each parameter in pieces.
  std::map<size_t, uint64_t> pieces_;
  bool cursor_ = false;
  Batch batch_;
};

}  // namespace berth::mariadb

#endif  // BERTH_SERVER_MARIADB_CLIENT_PREPARED_STATEMENT_H_
