// The connection of a client to a service, over gRPC.
#ifndef BERTH_CLIENT_SRC_CONNECTION_IMPL_H_
#define BERTH_CLIENT_SRC_CONNECTION_IMPL_H_

#include <google/protobuf/message_lite.h>
#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "berth/client/connection.h"
#include "berth/client/retry_policy.h"
#include "client/src/link.h"
#include "client/src/status.h"
#include "client/src/stream_pool.h"

namespace berth::client::internal {

// Thread safety: all functions may be called from any number of threads.
class ConnectionImpl : public Connection {
 public:
  // `options` has no nulls.
  ConnectionImpl(std::shared_ptr<grpc::Channel> channel, Options options);

  absl::StatusOr<v1::ResultChunk> Select(SelectParams params) override;
  absl::StatusOr<v1::WriteResult> Insert(InsertParams params) override;
  absl::StatusOr<v1::WriteResult> Update(UpdateParams params) override;
  absl::StatusOr<v1::WriteResult> Delete(DeleteParams params) override;
  absl::StatusOr<std::vector<v1::ResultChunk>> Execute(
      ExecuteParams params) override;
  absl::StatusOr<RowStream> SelectStream(SelectStreamParams params) override;
  absl::StatusOr<RowStream> ExecuteStream(ExecuteStreamParams params) override;
  absl::StatusOr<BulkWriter> BulkInsert(BulkInsertParams params) override;
  absl::StatusOr<v1::TransactionResponse> Transaction(
      TransactionParams params) override;
  absl::StatusOr<v1::RegisterResponse> Register(RegisterParams params) override;
  absl::StatusOr<v1::PlanResponse> PlanSchema(PlanSchemaParams params) override;
  absl::StatusOr<v1::GetTableResponse> GetTable(GetTableParams params) override;
  absl::StatusOr<v1::ListTablesResponse> ListTables(
      ListTablesParams params) override;
  absl::StatusOr<v1::GetPoolStatsResponse> GetPoolStats(
      GetPoolStatsParams params) override;
  absl::StatusOr<v1::GetServerInfoResponse> GetServerInfo(
      GetServerInfoParams params) override;
  absl::Status CheckHealth(CheckHealthParams params) override;
  absl::StatusOr<Session> OpenSession(SessionOptions options) override;
  const Options& options() const override { return options_; }

 private:
  using MayRepeat = bool (*)(const absl::Status&);

  // Fills in the database and makes a unary call, again where that is safe.
  template <typename Response, typename Request>
  absl::StatusOr<Response> Call(const char* method, Request& request,
                                Effect effect, const CallOptions& options,
                                MayRepeat may_repeat = IsSafeToRepeat);

  // Begins a streamed read and waits for its first message, again where that is
  // safe.
  absl::StatusOr<RowStream> OpenStream(
      const char* method, const google::protobuf::MessageLite& request,
      Effect effect, const StreamOptions& options);

  const std::string& DatabaseOf(const std::string& database) const {
    return database.empty() ? options_.database : database;
  }

  // Makes one attempt of a unary call on the calling thread. `effect` is what
  // is lost if no answer comes.
  absl::Status Attempt(const char* method,
                       const google::protobuf::MessageLite& request,
                       google::protobuf::MessageLite& response, Effect effect,
                       absl::Duration timeout);

  const std::shared_ptr<grpc::Channel> channel_;
  const Options options_;
  const std::string authorization_;
  Link link_;
  // Outlives this connection while a session does.
  const std::shared_ptr<StreamPool> streams_;
};

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_CONNECTION_IMPL_H_
