#include "server/session/prepared_statements.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"

namespace berth::session {
namespace {

using runtime::Task;

absl::Status Unknown(absl::string_view what, uint32_t number) {
  return errors::Error(absl::StatusCode::kFailedPrecondition,
                       errors::kSessionState)
      .Message(absl::StrCat("the session has no ", what, " ", number,
                            "; it was closed, or never opened"));
}

absl::Status TooMany(absl::string_view what, size_t limit) {
  return errors::Error(absl::StatusCode::kInvalidArgument, errors::kLimit)
      .Message(absl::StrCat("a session has at most ", limit, " ", what,
                            "; close one first"))
      .With("limit", what)
      .With("limit_value", absl::StrCat(limit));
}

v1::Prepare TextOf(const v1::Statement& statement) {
  v1::Prepare prepare;
  if (statement.text_case() == v1::Statement::kSqlBytes) {
    prepare.set_sql_bytes(statement.sql_bytes());
  } else {
    prepare.set_sql(statement.sql());
  }
  return prepare;
}

void CopyColumns(const mariadb::PreparedStatement& statement,
                 google::protobuf::RepeatedPtrField<v1::Column>* columns) {
  for (const v1::Column& column : statement.columns()) {
    *columns->Add() = column;
  }
}

}  // namespace

absl::StatusOr<PreparedStatements::Entry*> PreparedStatements::Find(
    uint32_t handle) {
  const auto found = entries_.find(handle);
  if (found == entries_.end() || found->second.hidden) {
    return Unknown("prepared statement", handle);
  }
  return &found->second;
}

absl::StatusOr<PreparedStatements::Entries::iterator>
PreparedStatements::FindCursor(uint32_t cursor) {
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (cursor != 0 && entry->second.cursor == cursor &&
        entry->second.prepared.statement->has_cursor()) {
      return entry;
    }
  }
  return Unknown("cursor", cursor);
}

absl::Status PreparedStatements::CheckRoom() const {
  if (entries_.size() < limits::kSessionStatements) return absl::OkStatus();
  return TooMany("prepared statements", limits::kSessionStatements);
}

PreparedStatements::Entry& PreparedStatements::Keep(exec::Caller& caller,
                                                    Entry entry) {
  caller.pinned = true;
  return entries_[++last_handle_] = std::move(entry);
}

void PreparedStatements::Erase(exec::Caller& caller, Entries::iterator entry) {
  entries_.erase(entry);
  caller.pinned = !entries_.empty();
}

Task<absl::Status> PreparedStatements::Prepare(exec::Caller& caller,
                                               const v1::Prepare& prepare,
                                               v1::Prepared* answer) {
  CO_RETURN_IF_ERROR(CheckRoom());
  Entry entry;
  CO_RETURN_IF_ERROR(co_await exec::Prepare(caller, prepare, &entry.prepared));
  const Entry& kept = Keep(caller, std::move(entry));
  const mariadb::PreparedStatement& statement = *kept.prepared.statement;
  answer->set_handle(last_handle_);
  answer->set_parameter_count(
      static_cast<uint32_t>(statement.parameter_count()));
  CopyColumns(statement, answer->mutable_columns());
  co_return absl::OkStatus();
}

absl::Status PreparedStatements::Close(exec::Caller& caller, uint32_t handle) {
  RETURN_IF_ERROR(Find(handle).status());
  Erase(caller, entries_.find(handle));
  return absl::OkStatus();
}

Task<absl::Status> PreparedStatements::Execute(exec::Caller& caller,
                                               const v1::Statement& statement,
                                               mariadb::RowSink& sink) {
  CO_ASSIGN_OR_RETURN(Entry* const entry, Find(statement.prepared()));
  co_return co_await exec::ExecutePrepared(caller, entry->prepared, statement,
                                           sink);
}

Task<absl::Status> PreparedStatements::SendLongData(
    const v1::LongDataChunk& chunk) {
  CO_ASSIGN_OR_RETURN(Entry* const entry, Find(chunk.prepared()));
  co_return co_await entry->prepared.statement->SendLongData(chunk.parameter(),
                                                             chunk.data());
}

Task<absl::Status> PreparedStatements::OpenCursor(
    exec::Caller& caller, const v1::Statement& statement,
    v1::CursorOpened* answer) {
  size_t open = 0;
  for (const auto& [handle, entry] : entries_) {
    if (entry.prepared.statement->has_cursor()) ++open;
  }
  if (open >= limits::kSessionCursors) {
    co_return TooMany("cursors", limits::kSessionCursors);
  }
  Entry* entry = nullptr;
  Entry made;
  if (statement.text_case() == v1::Statement::kPrepared) {
    CO_ASSIGN_OR_RETURN(entry, Find(statement.prepared()));
  } else {
    CO_RETURN_IF_ERROR(CheckRoom());
    made.hidden = true;
    entry = &made;
    const v1::Prepare text = TextOf(statement);
    CO_RETURN_IF_ERROR(co_await exec::Prepare(caller, text, &made.prepared));
  }
  CO_RETURN_IF_ERROR(
      co_await exec::OpenCursor(caller, entry->prepared, statement));
  if (entry == &made) entry = &Keep(caller, std::move(made));
  entry->cursor = ++last_cursor_;
  answer->set_cursor(entry->cursor);
  CopyColumns(*entry->prepared.statement, answer->mutable_columns());
  co_return absl::OkStatus();
}

Task<absl::Status> PreparedStatements::Fetch(const v1::FetchCursor& fetch,
                                             mariadb::RowSink& sink) {
  CO_ASSIGN_OR_RETURN(const Entries::iterator entry,
                      FindCursor(fetch.cursor()));
  co_return co_await entry->second.prepared.statement->Fetch(fetch.max_rows(),
                                                             sink);
}

absl::Status PreparedStatements::CloseCursor(exec::Caller& caller,
                                             uint32_t cursor) {
  ASSIGN_OR_RETURN(const Entries::iterator entry, FindCursor(cursor));
  entry->second.prepared.statement->CloseCursor();
  entry->second.cursor = 0;
  if (entry->second.hidden) Erase(caller, entry);
  return absl::OkStatus();
}

void PreparedStatements::Clear() { entries_.clear(); }

}  // namespace berth::session
