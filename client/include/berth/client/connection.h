// What a client is made of: the place where tests put their own.
#ifndef BERTH_CLIENT_CONNECTION_H_
#define BERTH_CLIENT_CONNECTION_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "berth/client/bulk_writer.h"
#include "berth/client/export.h"
#include "berth/client/options.h"
#include "berth/client/row_stream.h"
#include "berth/client/session.h"
#include "berth/v1/admin.pb.h"
#include "berth/v1/bulk.pb.h"
#include "berth/v1/query.pb.h"
#include "berth/v1/result.pb.h"
#include "berth/v1/schema.pb.h"
#include "berth/v1/transaction.pb.h"

namespace berth::client {

// The calls of a client. Programs use `Client`; this interface exists for
// mocks (`mocks/mock_connection.h`) and for decorators.
//
// Each function takes one struct, so that a derived class still compiles when
// a call gets a further argument. The default of each fails with UNIMPLEMENTED.
//
// Thread safety: implementations are called from any number of threads.
class BERTH_CLIENT_EXPORT Connection {
 public:
  virtual ~Connection() = default;

  struct SelectParams {
    v1::SelectSpec spec;
    CallOptions options;
  };
  struct InsertParams {
    v1::InsertSpec spec;
    CallOptions options;
  };
  struct UpdateParams {
    v1::UpdateSpec spec;
    CallOptions options;
  };
  struct DeleteParams {
    v1::DeleteSpec spec;
    CallOptions options;
  };
  struct ExecuteParams {
    v1::Statement statement;
    CallOptions options;
  };
  struct SelectStreamParams {
    v1::SelectSpec spec;
    StreamOptions options;
  };
  struct ExecuteStreamParams {
    v1::Statement statement;
    StreamOptions options;
  };
  struct BulkInsertParams {
    v1::BulkInsertHeader header;
    BulkOptions options;
  };
  struct TransactionParams {
    v1::TransactionRequest request;
    CallOptions options;
  };
  struct RegisterParams {
    v1::RegisterRequest request;
    CallOptions options;
  };
  struct PlanSchemaParams {
    v1::PlanRequest request;
    CallOptions options;
  };
  struct GetTableParams {
    v1::GetTableRequest request;
    CallOptions options;
  };
  struct ListTablesParams {
    v1::ListTablesRequest request;
    CallOptions options;
  };
  struct GetPoolStatsParams {
    CallOptions options;
  };
  struct GetServerInfoParams {
    CallOptions options;
  };
  struct CheckHealthParams {
    std::string service;
    CallOptions options;
  };

  // See the function of `Client` with the same name.
  virtual absl::StatusOr<v1::ResultChunk> Select(SelectParams params);
  virtual absl::StatusOr<v1::WriteResult> Insert(InsertParams params);
  virtual absl::StatusOr<v1::WriteResult> Update(UpdateParams params);
  virtual absl::StatusOr<v1::WriteResult> Delete(DeleteParams params);
  virtual absl::StatusOr<std::vector<v1::ResultChunk>> Execute(
      ExecuteParams params);
  virtual absl::StatusOr<RowStream> SelectStream(SelectStreamParams params);
  virtual absl::StatusOr<RowStream> ExecuteStream(ExecuteStreamParams params);
  virtual absl::StatusOr<BulkWriter> BulkInsert(BulkInsertParams params);
  virtual absl::StatusOr<v1::TransactionResponse> Transaction(
      TransactionParams params);
  virtual absl::StatusOr<v1::RegisterResponse> Register(RegisterParams params);
  virtual absl::StatusOr<v1::PlanResponse> PlanSchema(PlanSchemaParams params);
  virtual absl::StatusOr<v1::GetTableResponse> GetTable(GetTableParams params);
  virtual absl::StatusOr<v1::ListTablesResponse> ListTables(
      ListTablesParams params);
  virtual absl::StatusOr<v1::GetPoolStatsResponse> GetPoolStats(
      GetPoolStatsParams params);
  virtual absl::StatusOr<v1::GetServerInfoResponse> GetServerInfo(
      GetServerInfoParams params);
  virtual absl::Status CheckHealth(CheckHealthParams params);
  virtual absl::StatusOr<Session> OpenSession(SessionOptions options);

  // The options that the client was made with; the defaults here.
  virtual const Options& options() const;
};

// Connects to the service at `endpoint` with retries as `options` have them.
// `Client::Connect` is `Client(MakeConnection(…))`.
BERTH_CLIENT_EXPORT absl::StatusOr<std::shared_ptr<Connection>> MakeConnection(
    absl::string_view endpoint, Options options = {});

}  // namespace berth::client

#endif  // BERTH_CLIENT_CONNECTION_H_
