// What needs no prepared statement: BEGIN and COMMIT, the default database, the
// reset of a session, signs of life.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/base/status_macros.h"
#include "server/mariadb/client_connection.h"
#include "server/mariadb/connector.h"
#include "server/mariadb/mariadb_include.h"
#include "server/mariadb/statement_cache.h"

namespace berth::mariadb {

runtime::Task<absl::Status> ClientConnection::Run(std::string sql,
                                                  ErrorContext::Effect effect) {
  CO_RETURN_IF_ERROR(CheckBeforeWrite(effect));
  const ErrorContext context = Context(effect);
  int failed = 0;
  for (int wait =
           mysql_real_query_start(&failed, handle_, sql.data(), sql.size());
       wait != 0; wait = mysql_real_query_cont(&failed, handle_, wait)) {
    co_await Ready(wait);
  }
  if (failed != 0) co_return HandleFailure(context);
  set_transaction_ended(false);
  NoteCounts(/*affected_rows=*/0, mysql_warning_count(handle_));
  if (mysql_field_count(handle_) > 0) {
    MYSQL_RES* rows = nullptr;
    for (int wait = mysql_store_result_start(&rows, handle_); wait != 0;
         wait = mysql_store_result_cont(&rows, handle_, wait)) {
      co_await Ready(wait);
    }
    if (rows == nullptr) co_return HandleFailure(context);
    mysql_free_result(rows);
  }
  co_return absl::OkStatus();
}

runtime::Task<absl::Status> ClientConnection::UseDatabase(
    std::string database) {
  int failed = 0;
  for (int wait = mysql_select_db_start(&failed, handle_, database.c_str());
       wait != 0; wait = mysql_select_db_cont(&failed, handle_, wait)) {
    co_await Ready(wait);
  }
  if (failed != 0) {
    co_return HandleFailure(Context(ErrorContext::Effect::kNone));
  }
  // A prepared statement keeps the database it was prepared in.
  statements_->Clear();
  set_database(std::move(database));
  co_return absl::OkStatus();
}

runtime::Task<absl::Status> ClientConnection::Reset() {
  int failed = 0;
  for (int wait = mysql_reset_connection_start(&failed, handle_); wait != 0;
       wait = mysql_reset_connection_cont(&failed, handle_, wait)) {
    co_await Ready(wait);
  }
  const ErrorContext context = Context(ErrorContext::Effect::kNone);
  if (failed != 0) {
    MarkBroken();
    co_return HandleFailure(context);
  }
  // MariaDB has forgotten the statements, but not the default database, which
  // somebody may have changed; libmariadb still believes in the old character
  // set and transaction.
  statements_->Clear();
  set_last_insert_id(0);
  for (int wait = mysql_set_character_set_start(&failed, handle_, "utf8mb4");
       wait != 0; wait = mysql_set_character_set_cont(&failed, handle_, wait)) {
    co_await Ready(wait);
  }
  if (failed != 0) co_return HandleFailure(context);
  CO_RETURN_IF_ERROR(
      co_await Run(ArmStatement(handle_), ErrorContext::Effect::kNone));
  if (!database().empty()) {
    std::string name = database();
    CO_RETURN_IF_ERROR(co_await UseDatabase(std::move(name)));
  }
  MarkClean();
  co_return absl::OkStatus();
}

runtime::Task<absl::Status> ClientConnection::Ping() {
  int failed = 0;
  for (int wait = mysql_ping_start(&failed, handle_); wait != 0;
       wait = mysql_ping_cont(&failed, handle_, wait)) {
    co_await Ready(wait);
  }
  if (failed != 0) {
    co_return HandleFailure(Context(ErrorContext::Effect::kNone));
  }
  co_return absl::OkStatus();
}

absl::StatusOr<TextResult> ClientConnection::QueryBlocking(
    absl::string_view sql) {
  const ErrorContext context = Context(ErrorContext::Effect::kNone);
  if (mysql_real_query(handle_, sql.data(), sql.size()) != 0) {
    return HandleFailure(context);
  }
  TextResult result;
  if (mysql_field_count(handle_) == 0) return result;
  std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> rows(
      mysql_store_result(handle_), &mysql_free_result);
  if (rows == nullptr) return HandleFailure(context);
  const unsigned int count = mysql_num_fields(rows.get());
  const MYSQL_FIELD* fields = mysql_fetch_fields(rows.get());
  for (unsigned int i = 0; i < count; ++i) {
    result.columns.emplace_back(fields[i].name, fields[i].name_length);
  }
  while (MYSQL_ROW row = mysql_fetch_row(rows.get())) {
    const unsigned long* lengths = mysql_fetch_lengths(rows.get());
    auto& cells = result.rows.emplace_back();
    for (unsigned int i = 0; i < count; ++i) {
      if (row[i] == nullptr) {
        cells.emplace_back(std::nullopt);
      } else {
        cells.emplace_back(std::string(row[i], lengths[i]));
      }
    }
  }
  return result;
}

}  // namespace berth::mariadb
