// Mocks for programs that test what they do with a `berth::client::Client`.
//
// Needs GoogleMock, which a program brings itself. The example that runs:
// client/examples/mock_test.cc.
#ifndef BERTH_CLIENT_MOCKS_MOCK_CONNECTION_H_
#define BERTH_CLIENT_MOCKS_MOCK_CONNECTION_H_

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "berth/client/bulk_connection.h"
#include "berth/client/bulk_writer.h"
#include "berth/client/client.h"
#include "berth/client/connection.h"
#include "berth/client/result_source.h"
#include "berth/client/row_stream.h"
#include "berth/client/session_connection.h"
#include "google/rpc/error_details.pb.h"

namespace berth::client::mocks {

// A connection whose answers a test chooses:
//
//   auto connection = std::make_shared<MockConnection>();
//   EXPECT_CALL(*connection, Select)
//       .WillOnce(Return(MakeResult({"id"}, {{ToValue(1)}})));
//   Client client(connection);
//
// Nothing is retried: retries happen beneath this interface.
class MockConnection : public Connection {
 public:
  MOCK_METHOD(absl::StatusOr<v1::ResultChunk>, Select, (SelectParams),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::WriteResult>, Insert, (InsertParams),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::WriteResult>, Update, (UpdateParams),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::WriteResult>, Delete, (DeleteParams),
              (override));
  MOCK_METHOD(absl::StatusOr<std::vector<v1::ResultChunk>>, Execute,
              (ExecuteParams), (override));
  MOCK_METHOD(absl::StatusOr<RowStream>, SelectStream, (SelectStreamParams),
              (override));
  MOCK_METHOD(absl::StatusOr<RowStream>, ExecuteStream, (ExecuteStreamParams),
              (override));
  MOCK_METHOD(absl::StatusOr<BulkWriter>, BulkInsert, (BulkInsertParams),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::TransactionResponse>, Transaction,
              (TransactionParams), (override));
  MOCK_METHOD(absl::StatusOr<v1::RegisterResponse>, Register, (RegisterParams),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::PlanResponse>, PlanSchema, (PlanSchemaParams),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::GetTableResponse>, GetTable, (GetTableParams),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::ListTablesResponse>, ListTables,
              (ListTablesParams), (override));
  MOCK_METHOD(absl::StatusOr<v1::GetPoolStatsResponse>, GetPoolStats,
              (GetPoolStatsParams), (override));
  MOCK_METHOD(absl::StatusOr<v1::GetServerInfoResponse>, GetServerInfo,
              (GetServerInfoParams), (override));
  MOCK_METHOD(absl::Status, CheckHealth, (CheckHealthParams), (override));
  MOCK_METHOD(absl::StatusOr<Session>, OpenSession, (SessionOptions),
              (override));
};

// The exchange of one bulk insert: `Send` gets the batches.
class MockBulkConnection : public BulkConnection {
 public:
  MockBulkConnection() {
    ON_CALL(*this, progress).WillByDefault(::testing::ReturnRef(no_progress_));
  }

  MOCK_METHOD(absl::Status, Send, (v1::Rows), (override));
  MOCK_METHOD(absl::Status, Finish, (), (override));
  MOCK_METHOD(void, Cancel, (), (override));
  MOCK_METHOD(const BulkProgress&, progress, (), (const, override));

 private:
  BulkProgress no_progress_;
};

// The messages of one streamed answer; `MakeStream` is mostly enough.
class MockResultSource : public ResultSource {
 public:
  MOCK_METHOD(absl::StatusOr<v1::ResultChunk*>, Next, (), (override));
  MOCK_METHOD(void, Cancel, (), (override));
};

// The exchange of one session. `Call` serves every function of `Session` that
// waits for its answer; give it answers made by `Answer`.
//
// The state must have an answer, too, where a transaction is expected:
//
//   v1::SessionState state;
//   state.set_in_transaction(true);
//   ON_CALL(*session, state).WillByDefault(ReturnRef(state));
class MockSessionConnection : public SessionConnection {
 public:
  using Messages = std::vector<v1::SessionResponse>;
  using Timeout = std::optional<absl::Duration>;

  MockSessionConnection() {
    ON_CALL(*this, Alive).WillByDefault(::testing::Return(true));
    ON_CALL(*this, state).WillByDefault(::testing::ReturnRef(no_state_));
  }

  MOCK_METHOD(absl::StatusOr<Messages>, Call, (v1::SessionRequest, Timeout),
              (override));
  MOCK_METHOD(absl::StatusOr<uint32_t>, Send, (v1::SessionRequest, Timeout),
              (override));
  MOCK_METHOD(absl::StatusOr<Messages>, Receive, (uint32_t, Timeout),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::SessionResponse>, ReceiveMessage,
              (uint32_t, Timeout), (override));
  MOCK_METHOD(absl::Status, End, (), (override));
  MOCK_METHOD(void, Cancel, (), (override));
  MOCK_METHOD(bool, Alive, (), (override));
  MOCK_METHOD(const v1::SessionState&, state, (), (const, override));

 private:
  v1::SessionState no_state_;
};

// A result with its rows, all of it in one chunk.
inline v1::ResultChunk MakeResult(
    const std::vector<std::string>& columns,
    const std::vector<std::vector<v1::Value>>& rows) {
  v1::ResultChunk result;
  for (const std::string& column : columns) {
    result.add_columns()->set_name(column);
  }
  for (const std::vector<v1::Value>& values : rows) {
    v1::Row* row = result.mutable_rows()->add_rows();
    for (const v1::Value& value : values) *row->add_values() = value;
  }
  result.mutable_end()->set_row_count(rows.size());
  return result;
}

// A stream of these messages, which then ends, or fails with `status`:
//
//   EXPECT_CALL(*connection, SelectStream)
//       .WillOnce([](auto) { return MakeStream({MakeResult(…)}); });
inline RowStream MakeStream(std::vector<v1::ResultChunk> messages,
                            absl::Status status = absl::OkStatus()) {
  class Source : public ResultSource {
   public:
    Source(std::vector<v1::ResultChunk> messages, absl::Status status)
        : messages_(std::move(messages)), status_(std::move(status)) {}
    absl::StatusOr<v1::ResultChunk*> Next() override {
      if (next_ < messages_.size()) return &messages_[next_++];
      if (!status_.ok()) return status_;
      return nullptr;
    }
    void Cancel() override {}

   private:
    std::vector<v1::ResultChunk> messages_;
    size_t next_ = 0;
    const absl::Status status_;
  };
  return RowStream(
      std::make_unique<Source>(std::move(messages), std::move(status)));
}

// The result of a write that changed `affected_rows`.
inline v1::WriteResult MakeWrite(uint64_t affected_rows,
                                 std::vector<uint64_t> generated_ids = {}) {
  v1::WriteResult write;
  write.set_affected_rows(affected_rows);
  for (uint64_t id : generated_ids) write.add_generated_ids(id);
  return write;
}

// An error as the service makes it, for `ReasonOf`, `OutcomeOf` and `RetryOf`.
// `outcome` and `retry` are the names on the wire, such as `NOT_DONE` and
// `TRANSACTION`.
inline absl::Status MakeError(absl::StatusCode code, const std::string& reason,
                              const std::string& outcome,
                              const std::string& retry) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("berth");
  (*info.mutable_metadata())["outcome"] = outcome;
  (*info.mutable_metadata())["retry"] = retry;
  absl::Status status(code, reason);
  status.SetPayload("type.googleapis.com/google.rpc.ErrorInfo",
                    absl::Cord(info.SerializeAsString()));
  return status;
}

// The messages of a session's answer: rows, a write, or nothing to tell.
inline MockSessionConnection::Messages Answer(v1::ResultChunk result) {
  MockSessionConnection::Messages messages(1);
  *messages.front().mutable_result() = std::move(result);
  return messages;
}
inline MockSessionConnection::Messages Answer(v1::WriteResult write) {
  MockSessionConnection::Messages messages(1);
  *messages.front().mutable_write() = std::move(write);
  return messages;
}
inline MockSessionConnection::Messages Done() {
  MockSessionConnection::Messages messages(1);
  messages.front().mutable_done();
  return messages;
}

}  // namespace berth::client::mocks

#endif  // BERTH_CLIENT_MOCKS_MOCK_CONNECTION_H_
