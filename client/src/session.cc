#include "berth/client/session.h"

#include <utility>

#include "berth/client/error.h"
#include "client/src/client_impl.h"
#include "client/src/results.h"
#include "client/src/status.h"

namespace berth::client {

using internal::DeadlineIn;

// Ending is cleaning up: nobody waits a statement's time for it.
constexpr absl::Duration kEndTimeout = absl::Seconds(10);

Session::Session(std::unique_ptr<internal::SessionImpl> impl)
    : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

absl::StatusOr<v1::ResultChunk> Session::Select(v1::SelectSpec spec) {
  v1::SessionRequest request;
  *request.mutable_select() = std::move(spec);
  auto answer = Call(std::move(request));
  if (!answer.ok()) return answer.status();
  auto results = internal::MergeResults(*std::move(answer));
  if (!results.ok()) return results.status();
  return std::move(results->front());
}

absl::StatusOr<v1::WriteResult> Session::Insert(v1::InsertSpec spec) {
  v1::SessionRequest request;
  *request.mutable_insert() = std::move(spec);
  auto answer = Call(std::move(request));
  if (!answer.ok()) return answer.status();
  return internal::TakeWrite(*std::move(answer));
}

absl::StatusOr<v1::WriteResult> Session::Update(v1::UpdateSpec spec) {
  v1::SessionRequest request;
  *request.mutable_update() = std::move(spec);
  auto answer = Call(std::move(request));
  if (!answer.ok()) return answer.status();
  return internal::TakeWrite(*std::move(answer));
}

absl::StatusOr<v1::WriteResult> Session::Delete(v1::DeleteSpec spec) {
  v1::SessionRequest request;
  *request.mutable_delete_() = std::move(spec);
  auto answer = Call(std::move(request));
  if (!answer.ok()) return answer.status();
  return internal::TakeWrite(*std::move(answer));
}

absl::StatusOr<std::vector<v1::ResultChunk>> Session::Execute(
    v1::Statement statement) {
  v1::SessionRequest request;
  *request.mutable_execute() = std::move(statement);
  auto answer = Call(std::move(request));
  if (!answer.ok()) return answer.status();
  return internal::MergeResults(*std::move(answer));
}

absl::StatusOr<std::vector<v1::ResultChunk>> Session::Execute(
    absl::string_view sql, std::vector<v1::Value> parameters) {
  v1::Statement statement;
  statement.set_sql(sql.data(), sql.size());
  for (v1::Value& value : parameters) {
    *statement.add_parameters() = std::move(value);
  }
  return Execute(std::move(statement));
}

absl::Status Session::Begin(v1::Begin begin) {
  v1::SessionRequest request;
  *request.mutable_begin() = std::move(begin);
  return Call(std::move(request)).status();
}

absl::Status Session::Commit() {
  v1::SessionRequest request;
  request.mutable_commit();
  return Call(std::move(request)).status();
}

absl::Status Session::Rollback() {
  v1::SessionRequest request;
  request.mutable_rollback();
  return Call(std::move(request)).status();
}

absl::Status Session::Savepoint(v1::Savepoint savepoint) {
  v1::SessionRequest request;
  *request.mutable_savepoint() = std::move(savepoint);
  return Call(std::move(request)).status();
}

absl::Status Session::SetAutocommit(bool enabled) {
  v1::SessionRequest request;
  request.mutable_autocommit()->set_enabled(enabled);
  return Call(std::move(request)).status();
}

absl::Status Session::Ping() {
  v1::SessionRequest request;
  request.mutable_ping();
  return Call(std::move(request)).status();
}

absl::Status Session::End() {
  if (impl_->stream == nullptr) return absl::OkStatus();
  v1::SessionRequest request;
  request.mutable_end();
  absl::Status status = Call(std::move(request), kEndTimeout).status();
  impl_->last_state = impl_->stream->state();
  std::unique_ptr<internal::SessionStream> stream = std::move(impl_->stream);
  // Answers that nobody fetched would meet the next session: such a stream is
  // not kept, nor one whose session failed to end.
  if (status.ok() && stream->idle()) impl_->client->Keep(std::move(stream));
  return status;
}

void Session::Cancel() {
  if (impl_->stream == nullptr) return;
  impl_->last_state = impl_->stream->state();
  impl_->stream = nullptr;
}

bool Session::Alive() {
  return impl_->stream != nullptr && impl_->stream->Alive();
}

const v1::SessionState& Session::state() const {
  return impl_->stream == nullptr ? impl_->last_state : impl_->stream->state();
}

absl::StatusOr<std::vector<v1::SessionResponse>> Session::Call(
    v1::SessionRequest request, std::optional<absl::Duration> timeout) {
  if (impl_->stream == nullptr) return internal::EndedError();
  absl::Time deadline = DeadlineIn(timeout.value_or(impl_->request_timeout));
  absl::StatusOr<uint32_t> id = impl_->stream->Send(request, deadline);
  if (!id.ok()) return id.status();
  return impl_->stream->Receive(*id, deadline);
}

absl::StatusOr<uint32_t> Session::Send(v1::SessionRequest request,
                                       std::optional<absl::Duration> timeout) {
  if (impl_->stream == nullptr) return internal::EndedError();
  return impl_->stream->Send(
      request, DeadlineIn(timeout.value_or(impl_->request_timeout)));
}

absl::StatusOr<std::vector<v1::SessionResponse>> Session::Receive(
    uint32_t request_id, std::optional<absl::Duration> timeout) {
  if (impl_->stream == nullptr) return internal::EndedError();
  return impl_->stream->Receive(
      request_id, DeadlineIn(timeout.value_or(impl_->request_timeout)));
}

}  // namespace berth::client
