// The functions of a session for prepared statements, cursors, streams and
// single requests.
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "berth/client/session.h"
#include "client/src/results.h"
#include "client/src/session_source.h"

namespace berth::client {
namespace {

using internal::UnexpectedAnswer;

// How much later than the service the client gives up.
constexpr absl::Duration kGrace = absl::Seconds(5);

v1::Savepoint SavepointOf(absl::string_view name,
                          v1::Savepoint::Action action) {
  v1::Savepoint savepoint;
  savepoint.set_name(std::string(name));
  savepoint.set_action(action);
  return savepoint;
}

}  // namespace

absl::Status Session::SetSavepoint(absl::string_view name) {
  return Savepoint(SavepointOf(name, v1::Savepoint::ACTION_UNSPECIFIED));
}

absl::Status Session::RollbackTo(absl::string_view name) {
  return Savepoint(SavepointOf(name, v1::Savepoint::ROLLBACK_TO));
}

absl::Status Session::ReleaseSavepoint(absl::string_view name) {
  return Savepoint(SavepointOf(name, v1::Savepoint::RELEASE));
}

absl::Status Session::Reset() {
  v1::SessionRequest request;
  request.mutable_reset();
  return Call(std::move(request)).status();
}

absl::StatusOr<v1::Prepared> Session::Prepare(absl::string_view sql) {
  v1::SessionRequest request;
  // Text that is no UTF-8 travels as bytes.
  if (IsValidUtf8(sql)) {
    request.mutable_prepare()->set_sql(std::string(sql));
  } else {
    request.mutable_prepare()->set_sql_bytes(std::string(sql));
  }
  auto answer = Call(std::move(request));
  if (!answer.ok()) return answer.status();
  if (answer->size() != 1 || !answer->front().has_prepared()) {
    return UnexpectedAnswer();
  }
  return std::move(*answer->front().mutable_prepared());
}

absl::StatusOr<std::vector<v1::ResultChunk>> Session::ExecutePrepared(
    uint32_t handle, std::vector<v1::Value> parameters) {
  v1::Statement statement;
  statement.set_prepared(handle);
  for (v1::Value& value : parameters) {
    *statement.add_parameters() = std::move(value);
  }
  return Execute(std::move(statement));
}

absl::Status Session::SendLongData(uint32_t handle, uint32_t parameter,
                                   std::string bytes) {
  v1::SessionRequest request;
  v1::LongDataChunk* chunk = request.mutable_long_data();
  chunk->set_prepared(handle);
  chunk->set_parameter(parameter);
  chunk->set_data(std::move(bytes));
  return Call(std::move(request)).status();
}

absl::Status Session::ClosePrepared(uint32_t handle) {
  v1::SessionRequest request;
  request.mutable_close_prepared()->set_handle(handle);
  return Call(std::move(request)).status();
}

absl::StatusOr<v1::CursorOpened> Session::OpenCursor(v1::Statement statement) {
  v1::SessionRequest request;
  *request.mutable_execute() = std::move(statement);
  request.mutable_execute()->set_cursor(true);
  auto answer = Call(std::move(request));
  if (!answer.ok()) return answer.status();
  if (answer->size() != 1 || !answer->front().has_cursor()) {
    return UnexpectedAnswer();
  }
  return std::move(*answer->front().mutable_cursor());
}

absl::StatusOr<v1::ResultChunk> Session::Fetch(uint32_t cursor,
                                               uint64_t max_rows) {
  v1::SessionRequest request;
  request.mutable_fetch()->set_cursor(cursor);
  request.mutable_fetch()->set_max_rows(max_rows);
  auto answer = Call(std::move(request));
  if (!answer.ok()) return answer.status();
  auto results = internal::MergeResults(*std::move(answer));
  if (!results.ok()) return results.status();
  return std::move(results->front());
}

absl::Status Session::CloseCursor(uint32_t cursor) {
  v1::SessionRequest request;
  request.mutable_close_cursor()->set_cursor(cursor);
  return Call(std::move(request)).status();
}

absl::StatusOr<RowStream> Session::SelectStream(v1::SelectSpec spec) {
  v1::SessionRequest request;
  *request.mutable_select() = std::move(spec);
  return Stream(std::move(request));
}

absl::StatusOr<RowStream> Session::ExecuteStream(v1::Statement statement) {
  v1::SessionRequest request;
  *request.mutable_execute() = std::move(statement);
  return Stream(std::move(request));
}

absl::StatusOr<RowStream> Session::Stream(v1::SessionRequest request) {
  absl::StatusOr<uint32_t> id = Send(std::move(request));
  if (!id.ok()) return id.status();
  RowStream stream(std::make_unique<internal::SessionSource>(
      connection_.get(), *id,
      [this](const absl::Status& error) { NoteError(error); }));
  if (!stream.status().ok()) return stream.status();
  return stream;
}

void Session::LimitRequests(absl::Duration timeout) {
  limit_ = std::max(timeout, absl::ZeroDuration());
}

void Session::Limit(v1::SessionRequest& request,
                    std::optional<absl::Duration>& timeout) const {
  if (limit_ == absl::ZeroDuration() || request.has_timeout() ||
      request.has_commit() || request.has_cancel()) {
    return;
  }
  *request.mutable_timeout() =
      google::protobuf::util::TimeUtil::MicrosecondsToDuration(
          absl::ToInt64Microseconds(limit_));
  if (!timeout.has_value()) timeout = limit_ + kGrace;
}

absl::Status Session::CancelRequest(uint32_t request_id) {
  v1::SessionRequest request;
  request.mutable_cancel()->set_request_id(request_id);
  return Send(std::move(request)).status();
}

}  // namespace berth::client
