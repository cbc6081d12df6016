#include "berth/client/session.h"

#include <utility>

#include "berth/client/error.h"
#include "client/src/results.h"
#include "client/src/wire.h"

namespace berth::client {

absl::StatusOr<std::vector<v1::SessionResponse>> SessionConnection::Call(
    v1::SessionRequest request, std::optional<absl::Duration> timeout) {
  absl::StatusOr<uint32_t> id = Send(std::move(request), timeout);
  if (!id.ok()) return id.status();
  return Receive(*id, timeout);
}

absl::StatusOr<v1::SessionResponse> SessionConnection::ReceiveMessage(
    uint32_t, std::optional<absl::Duration>) {
  return absl::UnimplementedError("ReceiveMessage");
}

absl::StatusOr<std::vector<WireMessage>> SessionConnection::ReceiveWire(
    uint32_t request_id, std::optional<absl::Duration> timeout) {
  auto answer = Receive(request_id, timeout);
  if (!answer.ok()) return answer.status();
  std::vector<WireMessage> messages;
  for (v1::SessionResponse& message : *answer) {
    messages.push_back(internal::ToWire(std::move(message)));
  }
  return messages;
}

absl::StatusOr<WireMessage> SessionConnection::ReceiveWireMessage(
    uint32_t request_id, std::optional<absl::Duration> timeout) {
  auto message = ReceiveMessage(request_id, timeout);
  if (!message.ok()) return message.status();
  return internal::ToWire(*std::move(message));
}

Session::Session(std::unique_ptr<SessionConnection> connection)
    : connection_(std::move(connection)) {}
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

absl::Status Session::End() { return connection_->End(); }

bool Session::Renew() {
  if (!connection_->Renew()) return false;
  saw_unknown_outcome_ = false;
  transaction_error_ = absl::OkStatus();
  return true;
}

void Session::Cancel() { connection_->Cancel(); }

bool Session::Alive() { return connection_->Alive(); }

const v1::SessionState& Session::state() const { return connection_->state(); }

absl::StatusOr<std::vector<v1::SessionResponse>> Session::Call(
    v1::SessionRequest request, std::optional<absl::Duration> timeout) {
  Limit(request, timeout);
  return Note(connection_->Call(std::move(request), timeout));
}

absl::StatusOr<uint32_t> Session::Send(v1::SessionRequest request,
                                       std::optional<absl::Duration> timeout) {
  Limit(request, timeout);
  return connection_->Send(std::move(request), timeout);
}

absl::StatusOr<std::vector<v1::SessionResponse>> Session::Receive(
    uint32_t request_id, std::optional<absl::Duration> timeout) {
  return Note(connection_->Receive(request_id, timeout));
}

absl::StatusOr<v1::SessionResponse> Session::ReceiveMessage(
    uint32_t request_id, std::optional<absl::Duration> timeout) {
  auto message = connection_->ReceiveMessage(request_id, timeout);
  if (!message.ok()) NoteError(message.status());
  return message;
}

absl::StatusOr<std::vector<WireMessage>> Session::ReceiveWire(
    uint32_t request_id, std::optional<absl::Duration> timeout) {
  auto answer = connection_->ReceiveWire(request_id, timeout);
  if (!answer.ok()) NoteError(answer.status());
  return answer;
}

absl::StatusOr<WireMessage> Session::ReceiveWireMessage(
    uint32_t request_id, std::optional<absl::Duration> timeout) {
  auto message = connection_->ReceiveWireMessage(request_id, timeout);
  if (!message.ok()) NoteError(message.status());
  return message;
}

bool Session::CanSend() { return connection_->CanSend(); }

bool Session::Ready(uint32_t request_id, bool one_message) {
  return connection_->Ready(request_id, one_message);
}

bool Session::Opened() const { return connection_->Opened(); }

absl::StatusOr<std::vector<v1::SessionResponse>> Session::Note(
    absl::StatusOr<std::vector<v1::SessionResponse>> answer) {
  if (!answer.ok()) NoteError(answer.status());
  return answer;
}

void Session::NoteError(const absl::Status& error) {
  if (OutcomeOf(error) == Outcome::kUnknown) saw_unknown_outcome_ = true;
  if (RetryOf(error) == Retry::kTransaction) transaction_error_ = error;
}

}  // namespace berth::client
