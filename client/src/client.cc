#include "berth/client/client.h"

#include <utility>

#include "client/src/transaction_runner.h"

namespace berth::client {

absl::StatusOr<Client> Client::Connect(absl::string_view endpoint,
                                       Options options) {
  auto connection = MakeConnection(endpoint, std::move(options));
  if (!connection.ok()) return connection.status();
  return Client(*std::move(connection));
}

Client::Client(std::shared_ptr<Connection> connection)
    : connection_(std::move(connection)) {}

absl::StatusOr<v1::ResultChunk> Client::Select(v1::SelectSpec spec,
                                               CallOptions options) const {
  return connection_->Select({std::move(spec), std::move(options)});
}

absl::StatusOr<v1::WriteResult> Client::Insert(v1::InsertSpec spec,
                                               CallOptions options) const {
  return connection_->Insert({std::move(spec), std::move(options)});
}

absl::StatusOr<v1::WriteResult> Client::Update(v1::UpdateSpec spec,
                                               CallOptions options) const {
  return connection_->Update({std::move(spec), std::move(options)});
}

absl::StatusOr<v1::WriteResult> Client::Delete(v1::DeleteSpec spec,
                                               CallOptions options) const {
  return connection_->Delete({std::move(spec), std::move(options)});
}

absl::StatusOr<std::vector<v1::ResultChunk>> Client::Execute(
    v1::Statement statement, CallOptions options) const {
  return connection_->Execute({std::move(statement), std::move(options)});
}

absl::StatusOr<RowStream> Client::SelectStream(v1::SelectSpec spec,
                                               StreamOptions options) const {
  return connection_->SelectStream({std::move(spec), std::move(options)});
}

absl::StatusOr<RowStream> Client::ExecuteStream(v1::Statement statement,
                                                StreamOptions options) const {
  return connection_->ExecuteStream({std::move(statement), std::move(options)});
}

absl::StatusOr<BulkWriter> Client::BulkInsert(v1::BulkInsertHeader header,
                                              BulkOptions options) const {
  return connection_->BulkInsert({std::move(header), std::move(options)});
}

absl::StatusOr<v1::TransactionResponse> Client::Transaction(
    v1::TransactionRequest request, CallOptions options) const {
  return connection_->Transaction({std::move(request), std::move(options)});
}

absl::StatusOr<v1::RegisterResponse> Client::Register(
    v1::RegisterRequest request, CallOptions options) const {
  return connection_->Register({std::move(request), std::move(options)});
}

absl::StatusOr<v1::PlanResponse> Client::PlanSchema(v1::PlanRequest request,
                                                    CallOptions options) const {
  return connection_->PlanSchema({std::move(request), std::move(options)});
}

absl::StatusOr<v1::GetTableResponse> Client::GetTable(
    v1::GetTableRequest request, CallOptions options) const {
  return connection_->GetTable({std::move(request), std::move(options)});
}

absl::StatusOr<v1::ListTablesResponse> Client::ListTables(
    v1::ListTablesRequest request, CallOptions options) const {
  return connection_->ListTables({std::move(request), std::move(options)});
}

absl::StatusOr<v1::GetPoolStatsResponse> Client::GetPoolStats(
    CallOptions options) const {
  return connection_->GetPoolStats({std::move(options)});
}

absl::StatusOr<v1::GetServerInfoResponse> Client::GetServerInfo(
    CallOptions options) const {
  return connection_->GetServerInfo({std::move(options)});
}

absl::Status Client::CheckHealth(absl::string_view service,
                                 CallOptions options) const {
  return connection_->CheckHealth({std::string(service), std::move(options)});
}

absl::StatusOr<Session> Client::OpenSession(SessionOptions options) const {
  return connection_->OpenSession(std::move(options));
}

absl::Status Client::RunTransaction(
    absl::FunctionRef<absl::Status(Session&)> body,
    TransactionOptions options) const {
  return internal::TransactionRunner(*connection_, body, options).Run();
}

}  // namespace berth::client
