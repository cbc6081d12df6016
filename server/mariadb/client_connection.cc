#include "server/mariadb/client_connection.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/mariadb/client_prepared_statement.h"
#include "server/mariadb/mariadb_include.h"
#include "server/mariadb/statement_cache.h"

namespace berth::mariadb {
namespace {

// Statements kept per connection. 32 connections of 8 berthd stay below the
// 16,382 that MariaDB allows for all.
constexpr size_t kStatements = 60;

// "Rows matched: 3  Changed: 1  Warnings: 0", or -1 where there is none.
int64_t MatchedRows(MYSQL* handle) {
  constexpr char kPrefix[] = "Rows matched: ";
  const char* info = mysql_info(handle);
  if (info == nullptr ||
      std::strncmp(info, kPrefix, sizeof(kPrefix) - 1) != 0) {
    return -1;
  }
  return std::strtoll(info + sizeof(kPrefix) - 1, nullptr, 10);
}

// Whether a statement may be executed again later. Not one with a `*` for
// columns: when a column has been added meanwhile, libmariadb ends the
// connection (error 2057). `COUNT(*)` is harmless.
bool MayKeep(absl::string_view sql) {
  for (size_t star = sql.find('*'); star != absl::string_view::npos;
       star = sql.find('*', star + 1)) {
    const bool counts = star > 0 && sql[star - 1] == '(' &&
                        star + 1 < sql.size() && sql[star + 1] == ')';
    if (!counts) return false;
  }
  return true;
}

}  // namespace

ClientConnection::ClientConnection(MYSQL* handle)
    : handle_(handle),
      statements_(std::make_unique<StatementCache>(kStatements)) {}

ClientConnection::~ClientConnection() {
  socket_.Detach();
  statements_->Clear();
  abandoned_.clear();
  mysql_close(handle_);
}

void ClientConnection::Attach() { socket_.Attach(mysql_get_socket(handle_)); }

void ClientConnection::Detach() { socket_.Detach(); }

bool ClientConnection::LooksDead() const {
  // Bytes that wait over TLS may be no more than a session ticket.
  if (mysql_get_ssl_cipher(handle_) != nullptr) return socket_.hung_up();
  char byte = 0;
  const ssize_t got =
      recv(mysql_get_socket(handle_), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

void ClientConnection::Abort() { mariadb_cancel(handle_); }

bool ClientConnection::in_transaction() const {
  return !transaction_ended() &&
         (handle_->server_status & SERVER_STATUS_IN_TRANS) != 0;
}

bool ClientConnection::autocommit() const {
  return (handle_->server_status & SERVER_STATUS_AUTOCOMMIT) != 0;
}

uint64_t ClientConnection::thread_id() const {
  return mysql_thread_id(handle_);
}

std::string ClientConnection::server_version() const {
  return mysql_get_server_info(handle_);
}

runtime::Socket::Ready ClientConnection::Ready(int wait_flags) {
  return (wait_flags & MYSQL_WAIT_WRITE) != 0 ? socket_.WaitWritable()
                                              : socket_.WaitReadable();
}

ErrorContext ClientConnection::Context(ErrorContext::Effect effect) const {
  ErrorContext context;
  context.effect = effect;
  context.in_transaction = in_transaction() || !autocommit();
  return context;
}

absl::Status ClientConnection::CheckBeforeWrite(ErrorContext::Effect effect) {
  if (effect == ErrorContext::Effect::kNone || !LooksDead()) {
    return absl::OkStatus();
  }
  return Failure(DatabaseError(CR_SERVER_GONE_ERROR, "HY000",
                               "MariaDB has closed the connection; nothing "
                               "was sent"),
                 Context(ErrorContext::Effect::kNone));
}

absl::Status ClientConnection::Failure(const DatabaseError& error,
                                       const ErrorContext& context) {
  NoteCounts(/*affected_rows=*/0, /*warning_count=*/0);
  if (IsFatal(error.errno_number)) MarkBroken();
  if (EndsTransaction(error.errno_number)) set_transaction_ended(true);
  return StatementError(error, context);
}

// After a failed fetch of an unbuffered result the statement's own number is
// 0 and the connection's tells; after a failed execute it may be the other way.
absl::Status ClientConnection::StatementFailure(MYSQL_STMT* statement,
                                                const ErrorContext& context) {
  if (mysql_stmt_errno(statement) == 0) return HandleFailure(context);
  return Failure(
      DatabaseError(mysql_stmt_errno(statement), mysql_stmt_sqlstate(statement),
                    mysql_stmt_error(statement)),
      context);
}

absl::Status ClientConnection::HandleFailure(const ErrorContext& context) {
  if (mysql_errno(handle_) == 0) {
    MarkBroken();
    return Failure(DatabaseError(CR_UNKNOWN_ERROR, "HY000",
                                 "libmariadb failed without an error"),
                   context);
  }
  return Failure(DatabaseError(mysql_errno(handle_), mysql_sqlstate(handle_),
                               mysql_error(handle_)),
                 context);
}

absl::Status ClientConnection::CheckSize(absl::string_view what,
                                         uint64_t bytes) const {
  if (bytes + kPacketHeadroom <= max_packet_) return absl::OkStatus();
  return errors::Error(absl::StatusCode::kInvalidArgument, errors::kLimit)
      .Message(absl::StrCat(what, " ", bytes,
                            " bytes; MariaDB's max_allowed_packet is ",
                            max_packet_))
      .With("limit", "max_allowed_packet")
      .With("limit_value", absl::StrCat(max_packet_));
}

void ClientConnection::Abandon(std::unique_ptr<Statement> statement) {
  abandoned_.push_back(std::move(statement));
}

runtime::Task<absl::StatusOr<std::unique_ptr<Statement>>>
ClientConnection::PrepareStatement(absl::string_view sql) {
  CO_RETURN_IF_ERROR(CheckSize("the statement has", sql.size()));
  MYSQL_STMT* handle = mysql_stmt_init(handle_);
  if (handle == nullptr) {
    MarkBroken();
    co_return absl::ResourceExhaustedError("out of memory");
  }
  auto statement = std::make_unique<Statement>(handle, MayKeep(sql));
  // Before it runs: a connection that is lost forgets its transaction. Nothing
  // ran yet, so nothing can be lost but that.
  const ErrorContext context = Context(ErrorContext::Effect::kNone);
  int result = 0;
  for (int wait =
           mysql_stmt_prepare_start(&result, handle, sql.data(), sql.size());
       wait != 0; wait = mysql_stmt_prepare_cont(&result, handle, wait)) {
    co_await Ready(wait);
  }
  if (result != 0) co_return StatementFailure(handle, context);
  co_return std::move(statement);
}

runtime::Task<absl::StatusOr<std::unique_ptr<PreparedStatement>>>
ClientConnection::Prepare(std::string sql) {
  CO_ASSIGN_OR_RETURN(std::unique_ptr<Statement> statement,
                      co_await PrepareStatement(sql));
  std::unique_ptr<PreparedStatement> prepared =
      std::make_unique<ClientPreparedStatement>(this, std::move(sql),
                                                std::move(statement));
  co_return std::move(prepared);
}

runtime::Task<absl::Status> ClientConnection::Execute(
    absl::string_view sql, absl::Span<const v1::Value* const> parameters,
    ErrorContext::Effect effect, RowSink& sink) {
  Statement* statement = statements_->Find(sql);
  if (statement == nullptr) {
    CO_ASSIGN_OR_RETURN(std::unique_ptr<Statement> prepared,
                        co_await PrepareStatement(sql));
    statement = statements_->Insert(sql, std::move(prepared));
  }
  const absl::Status status =
      co_await RunStatement(*statement, parameters, effect, sink);
  // A broken connection closes its statements at its own end.
  if (!statement->keep() && !broken()) statements_->Erase(sql);
  co_return status;
}

absl::Status ClientConnection::Bind(
    Statement& statement, absl::Span<const v1::Value* const> parameters) {
  MYSQL_STMT* handle = statement.handle();
  if (mysql_stmt_param_count(handle) != parameters.size()) {
    return errors::Error(absl::StatusCode::kInvalidArgument,
                         errors::kInvalidField)
        .Message(absl::StrCat("the statement has ",
                              mysql_stmt_param_count(handle), " placeholders, ",
                              parameters.size(), " values were given"))
        .Field("parameters", "one value for each placeholder");
  }
  RETURN_IF_ERROR(statement.binder().Bind(parameters));
  RETURN_IF_ERROR(CheckSize("the values have", statement.binder().bytes()));
  if (parameters.empty()) return absl::OkStatus();
  mysql_stmt_bind_param(handle, statement.binder().binds());
  if (!statement.binder().has_long_data()) return absl::OkStatus();
  // libmariadb has forgotten with the binding what was sent before.
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i]->has_long_data()) handle->params[i].long_data_used = 1;
  }
  return absl::OkStatus();
}

runtime::Task<absl::Status> ClientConnection::RunStatement(
    Statement& statement, absl::Span<const v1::Value* const> parameters,
    ErrorContext::Effect effect, RowSink& sink) {
  MYSQL_STMT* handle = statement.handle();
  CO_RETURN_IF_ERROR(Bind(statement, parameters));
  CO_RETURN_IF_ERROR(CheckBeforeWrite(effect));
  ErrorContext context = Context(effect);
  int result = 0;
  for (int wait = mysql_stmt_execute_start(&result, handle); wait != 0;
       wait = mysql_stmt_execute_cont(&result, handle, wait)) {
    co_await Ready(wait);
  }
  if (result != 0) {
    statement.Spoil();
    co_return StatementFailure(handle, context);
  }
  set_transaction_ended(false);
  while (true) {
    auto more = co_await ReadResult(statement, context, sink);
    if (!more.ok()) {
      // What is left of the answer is unread: the handle is of no more use.
      statement.Spoil();
      co_return std::move(more).status();
    }
    if (!*more) break;
    // A handle that returned several results has the columns of the last one.
    statement.Spoil();
    for (int wait = mysql_stmt_next_result_start(&result, handle); wait != 0;
         wait = mysql_stmt_next_result_cont(&result, handle, wait)) {
      co_await Ready(wait);
    }
    if (result > 0) co_return StatementFailure(handle, context);
  }
  co_return absl::OkStatus();
}

runtime::Task<absl::Status> ClientConnection::OpenCursor(
    Statement& statement, absl::Span<const v1::Value* const> parameters) {
  MYSQL_STMT* handle = statement.handle();
  CO_RETURN_IF_ERROR(Bind(statement, parameters));
  const unsigned long read_only = CURSOR_TYPE_READ_ONLY;
  mysql_stmt_attr_set(handle, STMT_ATTR_CURSOR_TYPE, &read_only);
  const ErrorContext context = Context(ErrorContext::Effect::kNone);
  int result = 0;
  for (int wait = mysql_stmt_execute_start(&result, handle); wait != 0;
       wait = mysql_stmt_execute_cont(&result, handle, wait)) {
    co_await Ready(wait);
  }
  if (result != 0) co_return StatementFailure(handle, context);
  set_transaction_ended(false);
  NoteCounts(/*affected_rows=*/0, mysql_stmt_warning_count(handle));
  co_return absl::OkStatus();
}

runtime::Task<absl::StatusOr<bool>> ClientConnection::ReadResult(
    Statement& statement, const ErrorContext& base, RowSink& sink) {
  MYSQL_STMT* handle = statement.handle();
  ErrorContext context = base;
  ResultSummary summary;
  summary.has_columns = handle->field_count > 0;
  if (summary.has_columns) {
    context.phase = "FETCH";
    sink.BeginResult(statement.Columns());
    statement.decoder().set_sink(&sink);
    while (true) {
      int result = 0;
      for (int wait = mysql_stmt_fetch_start(&result, handle); wait != 0;
           wait = mysql_stmt_fetch_cont(&result, handle, wait)) {
        co_await Ready(wait);
      }
      if (result == MYSQL_NO_DATA) break;
      if (result != 0) co_return StatementFailure(handle, context);
      ++summary.row_count;
      const RowSink::Next next = sink.EndRow();
      if (next == RowSink::Next::kContinue) continue;
      if (next == RowSink::Next::kStop) {
        summary.truncated = true;
        CO_RETURN_IF_ERROR(co_await FreeResult(statement));
        break;
      }
      const absl::Status flushed = co_await sink.Flush();
      if (!flushed.ok()) {
        CO_RETURN_IF_ERROR(co_await FreeResult(statement));
        co_return flushed;
      }
    }
  } else {
    // A trigger may have set what the text does not show. Only an OK packet
    // without rows tells; the flag is stale otherwise.
    if ((handle_->server_status & SERVER_SESSION_STATE_CHANGED) != 0) {
      MarkDirty();
    }
    summary.last_insert_id = mysql_stmt_insert_id(handle);
    if (summary.last_insert_id != 0) {
      set_last_insert_id(summary.last_insert_id);
    }
    summary.matched_rows = MatchedRows(handle_);
  }
  const my_ulonglong affected = mysql_stmt_affected_rows(handle);
  if (affected != static_cast<my_ulonglong>(-1)) {
    summary.affected_rows = affected;
  }
  summary.warning_count = mysql_warning_count(handle_);
  NoteCounts(summary.affected_rows, summary.warning_count);
  summary.more = mysql_stmt_more_results(handle) != 0;
  CO_RETURN_IF_ERROR(co_await sink.EndResult(summary));
  co_return summary.more;
}

runtime::Task<absl::Status> ClientConnection::FreeResult(Statement& statement) {
  my_bool failed = 0;
  for (int wait = mysql_stmt_free_result_start(&failed, statement.handle());
       wait != 0;
       wait = mysql_stmt_free_result_cont(&failed, statement.handle(), wait)) {
    co_await Ready(wait);
  }
  if (failed != 0) {
    co_return StatementFailure(statement.handle(),
                               Context(ErrorContext::Effect::kNone));
  }
  co_return absl::OkStatus();
}

}  // namespace berth::mariadb
