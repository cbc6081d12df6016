// Array binding: many rows in one execution.
#include <algorithm>
#include <memory>
#include <utility>

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/mariadb/batch_binder.h"
#include "server/mariadb/client_connection.h"
#include "server/mariadb/mariadb_include.h"
#include "server/mariadb/statement_cache.h"

namespace berth::mariadb {

runtime::Task<BatchResult> ClientConnection::ExecuteBatch(
    absl::string_view sql, const v1::Rows& rows, int first, int count,
    ErrorContext::Effect effect) {
  BatchResult result;
  Statement* statement = statements_->Find(sql);
  if (statement == nullptr) {
    absl::StatusOr<std::unique_ptr<Statement>> prepared =
        co_await PrepareStatement(sql);
    if (!prepared.ok()) {
      result.status = std::move(prepared).status();
      co_return std::move(result);
    }
    statement = statements_->Insert(sql, std::move(*prepared));
  }
  MYSQL_STMT* handle = statement->handle();
  BatchBinder binder;
  result.rows =
      binder.Bind(rows.rows(), first, count,
                  static_cast<int>(mysql_stmt_param_count(handle)),
                  std::min(limits::kBatchBytes, max_packet_ - kPacketHeadroom));
  result.status = CheckSize("the row has", binder.bytes());
  if (result.status.ok()) result.status = CheckBeforeWrite(effect);
  if (!result.status.ok()) co_return std::move(result);
  const ErrorContext context = Context(effect);
  unsigned int array_size = static_cast<unsigned int>(result.rows);
  mysql_stmt_attr_set(handle, STMT_ATTR_ARRAY_SIZE, &array_size);
  mysql_stmt_bind_param(handle, binder.binds());
  int failed = 0;
  for (int wait = mysql_stmt_execute_start(&failed, handle); wait != 0;
       wait = mysql_stmt_execute_cont(&failed, handle, wait)) {
    co_await Ready(wait);
  }
  // The size stays set, and single inserts have the same text.
  array_size = 0;
  mysql_stmt_attr_set(handle, STMT_ATTR_ARRAY_SIZE, &array_size);
  if (failed != 0) {
    result.status = StatementFailure(handle, context);
    // A broken connection closes its statements at its own end.
    if (!broken()) statements_->Erase(sql);
    co_return std::move(result);
  }
  set_transaction_ended(false);
  // A trigger may have set what the text does not show.
  if ((handle_->server_status & SERVER_SESSION_STATE_CHANGED) != 0) MarkDirty();
  result.affected_rows = mysql_stmt_affected_rows(handle);
  result.warning_count = mysql_warning_count(handle_);
  co_return std::move(result);
}

}  // namespace berth::mariadb
