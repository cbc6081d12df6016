#include "berth/client/connection.h"

#include <utility>

#include "client/src/channel.h"
#include "client/src/connection_impl.h"
#include "client/src/retry_loop.h"

namespace berth::client {
namespace {

absl::Status NotImplemented() {
  return absl::UnimplementedError("this connection does not have the call");
}

}  // namespace

absl::StatusOr<v1::ResultChunk> Connection::Select(SelectParams) {
  return NotImplemented();
}

absl::StatusOr<v1::WriteResult> Connection::Insert(InsertParams) {
  return NotImplemented();
}

absl::StatusOr<v1::WriteResult> Connection::Update(UpdateParams) {
  return NotImplemented();
}

absl::StatusOr<v1::WriteResult> Connection::Delete(DeleteParams) {
  return NotImplemented();
}

absl::StatusOr<std::vector<v1::ResultChunk>> Connection::Execute(
    ExecuteParams) {
  return NotImplemented();
}

absl::StatusOr<RowStream> Connection::SelectStream(SelectStreamParams) {
  return NotImplemented();
}

absl::StatusOr<RowStream> Connection::ExecuteStream(ExecuteStreamParams) {
  return NotImplemented();
}

absl::StatusOr<BulkWriter> Connection::BulkInsert(BulkInsertParams) {
  return NotImplemented();
}

absl::StatusOr<v1::TransactionResponse> Connection::Transaction(
    TransactionParams) {
  return NotImplemented();
}

absl::StatusOr<v1::RegisterResponse> Connection::Register(RegisterParams) {
  return NotImplemented();
}

absl::StatusOr<v1::PlanResponse> Connection::PlanSchema(PlanSchemaParams) {
  return NotImplemented();
}

absl::StatusOr<v1::GetTableResponse> Connection::GetTable(GetTableParams) {
  return NotImplemented();
}

absl::StatusOr<v1::ListTablesResponse> Connection::ListTables(
    ListTablesParams) {
  return NotImplemented();
}

absl::StatusOr<v1::GetPoolStatsResponse> Connection::GetPoolStats(
    GetPoolStatsParams) {
  return NotImplemented();
}

absl::StatusOr<v1::GetServerInfoResponse> Connection::GetServerInfo(
    GetServerInfoParams) {
  return NotImplemented();
}

absl::Status Connection::CheckHealth(CheckHealthParams) {
  return NotImplemented();
}

absl::StatusOr<Session> Connection::OpenSession(SessionOptions) {
  return NotImplemented();
}

const Options& Connection::options() const {
  static const Options* const kDefaults =
      new Options(internal::WithDefaults(Options()));
  return *kDefaults;
}

absl::StatusOr<std::shared_ptr<Connection>> MakeConnection(
    absl::string_view endpoint, Options options) {
  auto channel = internal::SharedChannel(endpoint, options);
  if (!channel.ok()) return channel.status();
  return std::make_shared<internal::ConnectionImpl>(
      *std::move(channel), internal::WithDefaults(std::move(options)));
}

}  // namespace berth::client
