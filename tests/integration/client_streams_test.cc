// Streams, bulk inserts, programs and the rarer functions of a session, by the
// C++ client against a real berthd.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "berth/client/client.h"
#include "tests/support/child_process.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tcp_gate.h"
#include "tests/support/test_servers.h"
#include "tests/support/wait.h"

namespace berth::test {
namespace {

using client::BulkOptions;
using client::BulkWriter;
using client::Client;
using client::Outcome;
using client::OutcomeOf;
using client::RowStream;
using client::Session;
using client::ToValue;
using client::Values;

// Counts for minutes; without the condition MariaDB would not count at all.
constexpr char kSlow[] =
    "SELECT COUNT(*) FROM seq_1_to_2000000000 WHERE seq % 7 = 8";

TestServers& Servers() {
  static TestServers servers;
  return servers;
}

class ClientStreamsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Servers().mariadb.Sql(
        "CREATE OR REPLACE TABLE berth.items (id INT PRIMARY KEY, "
        "name VARCHAR(100), data LONGBLOB)");
  }

  static std::string Count() {
    return Servers().mariadb.Sql("SELECT COUNT(*) FROM berth.items");
  }

  static absl::StatusOr<BulkWriter> Bulk(
      const Client& client, BulkOptions options = {},
      v1::BulkCommit commit = v1::BULK_COMMIT_UNSPECIFIED) {
    v1::BulkInsertHeader header;
    header.set_table("items");
    header.add_columns("id");
    header.add_columns("name");
    header.set_commit(commit);
    return client.BulkInsert(header, std::move(options));
  }

  static bool IsIdle() {
    return Eventually(
        [] { return BusyConnections(Servers().mariadb).empty(); });
  }

  const Client& client_ = Servers().client;
};

TEST_F(ClientStreamsTest, ReadsManyRowsInFlatMemory) {
  auto stream = client_.ExecuteStream(
      Sql("SELECT seq, REPEAT('x', 500) FROM seq_1_to_1000000"));
  ASSERT_THAT(stream.status(), IsOk());
  int64_t sum = 0;
  int64_t most = 0;
  for (int i = 0; const v1::Row* row = stream->Next(); ++i) {
    sum += row->values(0).int_value();
    if (row->values(0).has_uint_value()) {
      sum += static_cast<int64_t>(row->values(0).uint_value());
    }
    ASSERT_EQ(row->values(1).text().size(), 500);
    if (i == 100'000) most = ResidentKiB(getpid());
  }
  EXPECT_THAT(stream->status(), IsOk());
  EXPECT_EQ(stream->end().row_count(), 1'000'000);
  EXPECT_EQ(sum, 1'000'000LL * 1'000'001 / 2);
  // 500 MB went through meanwhile.
  EXPECT_LT(ResidentKiB(getpid()) - most, 16 * 1024);
}

TEST_F(ClientStreamsTest, JoinsValuesLargerThanAMessage) {
  auto stream = client_.ExecuteStream(
      Sql("SELECT 1, REPEAT('ä', 3000000), 2, REPEAT('ß', 2000000), 3 "
          "UNION ALL SELECT 4, 'short', 5, NULL, 6"));
  ASSERT_THAT(stream.status(), IsOk());
  const v1::Row* row = stream->Next();
  ASSERT_NE(row, nullptr);
  ASSERT_EQ(row->values_size(), 5);
  EXPECT_EQ(row->values(1).text().size(), 6'000'000);
  EXPECT_EQ(row->values(2).int_value(), 2);
  EXPECT_EQ(row->values(3).text().size(), 4'000'000);
  EXPECT_EQ(row->values(4).int_value(), 3);
  row = stream->Next();
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->values(1).text(), "short");
  EXPECT_TRUE(client::IsNull(row->values(3)));
  EXPECT_EQ(stream->Next(), nullptr);
  EXPECT_THAT(stream->status(), IsOk());
}

TEST_F(ClientStreamsTest, LeavingAStreamEndsItsStatement) {
  {
    auto stream = client_.ExecuteStream(
        Sql("SELECT seq, REPEAT('x', 100) FROM seq_1_to_2000000000"));
    ASSERT_THAT(stream.status(), IsOk());
    for (int i = 0; i < 10'000; ++i) ASSERT_NE(stream->Next(), nullptr);
  }
  EXPECT_TRUE(IsIdle());
}

TEST_F(ClientStreamsTest, UnknownTableFailsWithItsDetails) {
  EXPECT_THAT(client_.SelectStream(SelectFrom("itms")).status(),
              HasReason("UNKNOWN_TABLE"));
}

TEST_F(ClientStreamsTest, ErrorWithinAStreamComesAfterTheRows) {
  auto stream = client_.ExecuteStream(
      Sql("SELECT seq, IF(seq < 200000, 1, (SELECT 1 UNION SELECT 2)) "
          "FROM seq_1_to_300000"));
  absl::Status status = stream.status();
  int64_t rows = 0;
  if (stream.ok()) {
    while (stream->Next() != nullptr) ++rows;
    status = stream->status();
  }
  EXPECT_THAT(status, HasReason("STATEMENT_ERROR"));
  EXPECT_LT(rows, 200'000);
}

TEST_F(ClientStreamsTest, ACallHasSeveralResults) {
  // Not by MariaDB's own client, which ends a statement at each `;`.
  ASSERT_THAT(client_
                  .Execute(Sql("CREATE OR REPLACE PROCEDURE two() BEGIN "
                               "SELECT 1 AS a; "
                               "SELECT 2 AS b UNION SELECT 3; END"))
                  .status(),
              IsOk());
  auto stream = client_.ExecuteStream(Sql("CALL two()"));
  ASSERT_THAT(stream.status(), IsOk());
  EXPECT_EQ(stream->columns().Get(0).name(), "a");
  ASSERT_TRUE(stream->NextResult());
  EXPECT_EQ(stream->columns().Get(0).name(), "b");
  int rows = 0;
  while (stream->Next() != nullptr) ++rows;
  EXPECT_EQ(rows, 2);
  while (stream->NextResult()) {
  }
  EXPECT_THAT(stream->status(), IsOk());
}

TEST_F(ClientStreamsTest, BulkInsertStoresAllRows) {
  auto writer = Bulk(client_);
  ASSERT_THAT(writer.status(), IsOk());
  for (int i = 0; i < 10'500; ++i) {
    ASSERT_THAT(writer->Add(Values(i, absl::StrCat("name ", i))), IsOk());
  }
  auto done = writer->Finish();
  ASSERT_THAT(done.status(), IsOk());
  EXPECT_EQ(done->sent_batches, 11);
  EXPECT_EQ(done->committed_rows, 10'500);
  EXPECT_EQ(done->affected_rows, 10'500);
  EXPECT_EQ(Servers().mariadb.Sql("SELECT COUNT(*), SUM(name = CONCAT('name ', "
                                  "id)) FROM berth.items"),
            "10500\t10500");
}

TEST_F(ClientStreamsTest, BadRowIsNamedAndNothingIsStored) {
  auto writer = Bulk(client_);
  ASSERT_THAT(writer.status(), IsOk());
  absl::Status status;
  for (int i = 0; i < 50'000 && status.ok(); ++i) {
    status = writer->Add(Values(i == 2345 ? 7 : i, "x"));
  }
  if (status.ok()) status = writer->Finish().status();
  EXPECT_THAT(status, HasReason("DUPLICATE_KEY"));
  EXPECT_EQ(client::MetadataOf(status, "row"), "2345");
  EXPECT_EQ(OutcomeOf(status), Outcome::kNotDone);
  EXPECT_EQ(Count(), "0");
}

TEST_F(ClientStreamsTest, CommittedBatchesStayWhereALaterOneFails) {
  BulkOptions options;
  options.batch_rows = 100;
  auto writer = Bulk(client_, options, v1::BULK_COMMIT_EACH_BATCH);
  ASSERT_THAT(writer.status(), IsOk());
  absl::Status status;
  for (int i = 0; i < 1000 && status.ok(); ++i) {
    status = writer->Add(Values(i == 250 ? 7 : i, "x"));
  }
  if (status.ok()) status = writer->Finish().status();
  EXPECT_THAT(status, HasReason("DUPLICATE_KEY"));
  EXPECT_EQ(writer->progress().committed_rows, 200);
  EXPECT_EQ(Count(), "200");
}

TEST_F(ClientStreamsTest, HeaderIsJudgedWithTheFirstRows) {
  v1::BulkInsertHeader header;
  header.set_table("items");
  header.add_columns("nam");
  auto writer = client_.BulkInsert(header);
  ASSERT_THAT(writer.status(), IsOk());
  EXPECT_THAT(writer->Finish().status(), HasReason("UNKNOWN_COLUMN"));
}

TEST_F(ClientStreamsTest, TornBulkInsertStoresNothingAndSaysSo) {
  TcpGate gate(Servers().berthd.port());
  auto client = Client::Connect(gate.endpoint());
  ASSERT_THAT(client.status(), IsOk());
  auto writer = Bulk(*client);
  ASSERT_THAT(writer.status(), IsOk());
  absl::Status status;
  for (int i = 0; i < 1'000'000 && status.ok(); ++i) {
    if (i == 5000) gate.Cut();
    status = writer->Add(Values(i, "x"));
  }
  EXPECT_THAT(status, HasReason(client::kTransactionLost));
  EXPECT_EQ(OutcomeOf(status), Outcome::kNotDone);
  EXPECT_TRUE(IsIdle());
  EXPECT_EQ(Count(), "0");
}

TEST_F(ClientStreamsTest, LeftBulkInsertStoresNothing) {
  {
    auto writer = Bulk(client_);
    ASSERT_THAT(writer.status(), IsOk());
    for (int i = 0; i < 5000; ++i) {
      ASSERT_THAT(writer->Add(Values(i, "x")), IsOk());
    }
  }
  EXPECT_TRUE(IsIdle());
  EXPECT_EQ(Count(), "0");
}

TEST_F(ClientStreamsTest, ProgramIsOneTransaction) {
  v1::TransactionRequest request;
  *request.add_steps()->mutable_insert() =
      InsertInto("items", {"id", "name"}, Values(1, "a"));
  *request.add_steps()->mutable_select() = SelectFrom("items");
  auto response = client_.Transaction(request);
  ASSERT_THAT(response.status(), IsOk());
  EXPECT_EQ(response->results(1).results().results(0).rows().rows_size(), 1);
  // The second time its first step fails, and with it all of it.
  absl::Status status = client_.Transaction(request).status();
  EXPECT_THAT(status, HasReason("DUPLICATE_KEY"));
  EXPECT_EQ(client::MetadataOf(status, "step"), "0");
}

class SessionFunctionsTest : public ClientStreamsTest {
 protected:
  Session session_ = client_.OpenSession().value();
};

TEST_F(SessionFunctionsTest, StreamThatIsLeftLeavesTheSessionAlive) {
  ASSERT_THAT(session_.Begin(), IsOk());
  ASSERT_THAT(session_.Insert(InsertInto("items", {"id"}, Values(1))).status(),
              IsOk());
  for (int i = 0; i < 3; ++i) {
    auto stream = session_.ExecuteStream(
        Sql("SELECT seq, REPEAT('x', 100) FROM seq_1_to_2000000000"));
    ASSERT_THAT(stream.status(), IsOk());
    for (int k = 0; k < 5000; ++k) ASSERT_NE(stream->Next(), nullptr);
  }
  EXPECT_TRUE(session_.state().in_transaction());
  EXPECT_THAT(session_.Commit(), IsOk());
  EXPECT_EQ(Count(), "1");
}

TEST_F(SessionFunctionsTest, StreamReadsToItsEnd) {
  auto stream = session_.ExecuteStream(
      Sql("SELECT seq, REPEAT('x', 100) FROM seq_1_to_100000"));
  ASSERT_THAT(stream.status(), IsOk());
  int rows = 0;
  while (stream->Next() != nullptr) ++rows;
  EXPECT_EQ(rows, 100'000);
  EXPECT_THAT(stream->status(), IsOk());
  EXPECT_THAT(session_.Ping(), IsOk());
}

TEST_F(SessionFunctionsTest, RequestThatTakesTooLongEndsAndTheSessionGoesOn) {
  ASSERT_THAT(session_.Begin(), IsOk());
  ASSERT_THAT(session_.Insert(InsertInto("items", {"id"}, Values(1))).status(),
              IsOk());
  session_.LimitRequests(absl::Milliseconds(200));
  absl::Status status = session_.Execute(kSlow).status();
  EXPECT_THAT(status, HasReason("EXECUTE"));
  EXPECT_TRUE(session_.Alive());
  session_.LimitRequests(absl::ZeroDuration());
  EXPECT_THAT(session_.Commit(), IsOk());
  EXPECT_EQ(Count(), "1");
}

TEST_F(SessionFunctionsTest, RequestCanBeTakenBack) {
  auto id = session_.Send(Request(Sql(kSlow)));
  ASSERT_THAT(id.status(), IsOk());
  ASSERT_THAT(session_.CancelRequest(*id), IsOk());
  EXPECT_THAT(session_.Receive(*id).status(), HasReason("CANCELLED"));
  EXPECT_THAT(session_.Ping(), IsOk());
}

TEST_F(SessionFunctionsTest, SavepointsUndoAPart) {
  ASSERT_THAT(session_.Begin(), IsOk());
  ASSERT_THAT(session_.SetSavepoint("a"), IsOk());
  ASSERT_THAT(session_.Insert(InsertInto("items", {"id"}, Values(1))).status(),
              IsOk());
  ASSERT_THAT(session_.RollbackTo("a"), IsOk());
  ASSERT_THAT(session_.ReleaseSavepoint("a"), IsOk());
  EXPECT_FALSE(session_.RollbackTo("a").ok());
  EXPECT_THAT(session_.Commit(), IsOk());
  EXPECT_EQ(Count(), "0");
}

TEST_F(SessionFunctionsTest, PreparedStatementTakesLongData) {
  auto insert = session_.Prepare("INSERT INTO items (id, data) VALUES (?, ?)");
  ASSERT_THAT(insert.status(), IsOk());
  EXPECT_EQ(insert->parameter_count(), 2);
  const uint32_t handle = insert->handle();
  ASSERT_THAT(session_.SendLongData(handle, 1, std::string(1000, 'a')), IsOk());
  ASSERT_THAT(session_.SendLongData(handle, 1, std::string(1000, 'b')), IsOk());
  ASSERT_THAT(session_.ExecutePrepared(handle, {ToValue(1), client::LongData()})
                  .status(),
              IsOk());
  EXPECT_EQ(Servers().mariadb.Sql("SELECT LENGTH(data) FROM berth.items"),
            "2000");
  ASSERT_THAT(session_.ClosePrepared(handle), IsOk());
  EXPECT_THAT(session_.ExecutePrepared(handle, Values(2, "x")).status(),
              HasReason("SESSION_STATE"));
}

TEST_F(SessionFunctionsTest, CursorLetsOtherStatementsRunInBetween) {
  auto cursor = session_.OpenCursor(Sql("SELECT seq FROM seq_1_to_10"));
  ASSERT_THAT(cursor.status(), IsOk());
  auto some = session_.Fetch(cursor->cursor(), 4);
  ASSERT_THAT(some.status(), IsOk());
  EXPECT_EQ(some->rows().rows_size(), 4);
  EXPECT_TRUE(some->end().truncated());
  EXPECT_THAT(session_.Execute("DO 1").status(), IsOk());
  auto rest = session_.Fetch(cursor->cursor(), 0);
  ASSERT_THAT(rest.status(), IsOk());
  EXPECT_EQ(rest->rows().rows_size(), 6);
  EXPECT_THAT(session_.CloseCursor(cursor->cursor()), IsOk());
  EXPECT_THAT(session_.Fetch(cursor->cursor(), 1).status(),
              HasReason("SESSION_STATE"));
}

TEST_F(SessionFunctionsTest, ResetForgetsTheState) {
  ASSERT_THAT(session_.Execute("SET @x = 5").status(), IsOk());
  ASSERT_THAT(session_.Reset(), IsOk());
  auto result = session_.Execute("SELECT @x");
  ASSERT_THAT(result.status(), IsOk());
  EXPECT_TRUE(client::IsNull(result->front().rows().rows(0).values(0)));
}

}  // namespace
}  // namespace berth::test
