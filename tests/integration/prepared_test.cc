// Prepared statements by handle, cursors, and parameters in pieces.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "berth/client/client.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_servers.h"

namespace berth::test {
namespace {

using absl::StatusCode;
using client::Session;
using client::ToValue;
using client::Values;
using ::testing::AllOf;

constexpr int kMiB = 1024 * 1024;

TestServers& Servers() {
  static TestServers servers(BerthdProcess::Options(),
                             {"--max-allowed-packet=64M"});
  return servers;
}

using Answer = absl::StatusOr<std::vector<v1::SessionResponse>>;

v1::SessionRequest PrepareOf(absl::string_view sql) {
  v1::SessionRequest request;
  request.mutable_prepare()->set_sql(std::string(sql));
  return request;
}

v1::SessionRequest ExecuteOf(uint32_t handle,
                             const std::vector<v1::Value>& values = {},
                             bool cursor = false) {
  v1::SessionRequest request;
  request.mutable_execute()->set_prepared(handle);
  request.mutable_execute()->set_cursor(cursor);
  for (const v1::Value& value : values) {
    *request.mutable_execute()->add_parameters() = value;
  }
  return request;
}

v1::SessionRequest CloseOf(uint32_t handle) {
  v1::SessionRequest request;
  request.mutable_close_prepared()->set_handle(handle);
  return request;
}

v1::SessionRequest CursorOf(absl::string_view sql) {
  v1::SessionRequest request;
  request.mutable_execute()->set_sql(std::string(sql));
  request.mutable_execute()->set_cursor(true);
  return request;
}

v1::SessionRequest FetchOf(uint32_t cursor, uint64_t rows = 0) {
  v1::SessionRequest request;
  request.mutable_fetch()->set_cursor(cursor);
  request.mutable_fetch()->set_max_rows(rows);
  return request;
}

v1::SessionRequest CloseCursorOf(uint32_t cursor) {
  v1::SessionRequest request;
  request.mutable_close_cursor()->set_cursor(cursor);
  return request;
}

v1::SessionRequest PieceOf(uint32_t handle, uint32_t parameter,
                           std::string data) {
  v1::SessionRequest request;
  request.mutable_long_data()->set_prepared(handle);
  request.mutable_long_data()->set_parameter(parameter);
  request.mutable_long_data()->set_data(std::move(data));
  return request;
}

v1::Value LongData() {
  v1::Value value;
  value.mutable_long_data();
  return value;
}

// The cells of all chunks, those of a row between commas; the reason of an
// error.
std::string CellsOf(const Answer& answer) {
  if (!answer.ok()) return client::ReasonOf(answer.status());
  std::string text;
  for (const v1::SessionResponse& response : *answer) {
    const std::string cells = Cells(response.result());
    if (!text.empty() && !cells.empty()) text += ";";
    text += cells;
  }
  return text;
}

bool Truncated(const Answer& answer) {
  return answer.ok() && answer->back().result().end().truncated();
}

class PreparedTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Servers().mariadb.Sql(
        "CREATE OR REPLACE TABLE t (id INT PRIMARY KEY, v INT NOT NULL);"
        "INSERT INTO t VALUES (1, 10), (2, 20), (3, 30);"
        "CREATE OR REPLACE TABLE large (id INT PRIMARY KEY, b LONGBLOB, "
        "c TEXT)");
    session_ = Servers().client.OpenSession().value();
  }

  Answer Call(v1::SessionRequest request) {
    return session_->Call(std::move(request));
  }
  uint32_t Prepare(absl::string_view sql) {
    auto answer = Call(PrepareOf(sql));
    EXPECT_THAT(answer, IsOk()) << sql;
    return answer.ok() ? answer->front().prepared().handle() : 0;
  }
  uint32_t Cursor(absl::string_view sql) {
    auto answer = Call(CursorOf(sql));
    EXPECT_THAT(answer, IsOk()) << sql;
    return answer.ok() ? answer->front().cursor().cursor() : 0;
  }
  std::string Ask(absl::string_view sql) {
    auto results = session_->Execute(sql);
    EXPECT_THAT(results, IsOk()) << sql;
    return results.ok() && !results->empty() ? Cells(results->front()) : "";
  }
  static int64_t Resets() {
    return Servers().client.GetPoolStats().value().resets();
  }

  std::optional<Session> session_;
};

TEST_F(PreparedTest, RunsByHandle) {
  auto answer = Call(PrepareOf("SELECT v, id FROM t WHERE id >= ? AND id < ?"));
  ASSERT_THAT(answer, IsOk());
  const v1::Prepared& prepared = answer->front().prepared();
  EXPECT_EQ(prepared.parameter_count(), 2u);
  ASSERT_EQ(prepared.columns_size(), 2);
  EXPECT_EQ(prepared.columns(0).name(), "v");
  EXPECT_EQ(prepared.columns(0).type(), v1::COLUMN_TYPE_INT);
  const uint32_t handle = prepared.handle();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(CellsOf(Call(ExecuteOf(handle, Values(2, 3)))), "20,2");
    EXPECT_EQ(CellsOf(Call(ExecuteOf(handle, Values(2, 9)))), "20,2;30,3");
  }
  EXPECT_THAT(Call(ExecuteOf(handle, Values(1))), HasReason("INVALID_FIELD"));
  EXPECT_THAT(Call(CloseOf(handle)), IsOk());
  EXPECT_THAT(Call(ExecuteOf(handle, Values(1, 2))),
              AllOf(StatusIs(StatusCode::kFailedPrecondition),
                    HasReason("SESSION_STATE")));
  EXPECT_THAT(Call(CloseOf(handle)), HasReason("SESSION_STATE"));
}

TEST_F(PreparedTest, WritesAndOutlivesErrors) {
  const uint32_t insert = Prepare("INSERT INTO t VALUES (?, ?)");
  auto answer = Call(ExecuteOf(insert, Values(4, 40)));
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->back().state().affected_rows(), 1u);
  EXPECT_THAT(Call(ExecuteOf(insert, Values(4, 41))),
              HasReason("DUPLICATE_KEY"));
  EXPECT_EQ(session_->state().affected_rows(), 0u);
  EXPECT_THAT(Call(ExecuteOf(insert, Values(5, 50))), IsOk());
  EXPECT_EQ(Servers().mariadb.Sql("SELECT GROUP_CONCAT(v ORDER BY id) FROM t"),
            "10,20,30,40,50");
}

TEST_F(PreparedTest, OfAnotherSessionIsUnknown) {
  const uint32_t handle = Prepare("SELECT 1");
  Session other = Servers().client.OpenSession().value();
  EXPECT_THAT(other.Call(ExecuteOf(handle)), HasReason("SESSION_STATE"));
  EXPECT_THAT(Servers().client.Execute([&] {
    v1::Statement statement;
    statement.set_prepared(handle);
    return statement;
  }()),
              HasReason("INVALID_FIELD"));
}

TEST_F(PreparedTest, RefusesWhatCannotBePrepared) {
  EXPECT_THAT(Call(PrepareOf("")), HasReason("INVALID_FIELD"));
  EXPECT_THAT(Call(PrepareOf("SELEC 1")), HasReason("SYNTAX"));
  EXPECT_THAT(Call(PrepareOf("SELECT 1; SELECT 2")), HasReason("SYNTAX"));
  const uint32_t in = Prepare("SELECT 1 IN (?)");
  v1::Value list;
  *list.mutable_list()->add_values() = ToValue(1);
  EXPECT_THAT(Call(ExecuteOf(in, {list})), HasReason("INVALID_FIELD"));
  EXPECT_THAT(session_->Execute("SELECT ?", {LongData()}),
              HasReason("INVALID_FIELD"));
}

TEST_F(PreparedTest, AreBoundedInNumber) {
  std::vector<uint32_t> handles;
  for (int i = 0; i < 256; ++i) handles.push_back(Prepare("SELECT 1"));
  EXPECT_THAT(Call(PrepareOf("SELECT 1")), HasReason("LIMIT"));
  EXPECT_THAT(Call(CloseOf(handles[7])), IsOk());
  EXPECT_THAT(Call(PrepareOf("SELECT 1")), IsOk());
  EXPECT_EQ(CellsOf(Call(ExecuteOf(handles[0]))), "1");
}

// The cache of statements by text holds 60.
TEST_F(PreparedTest, IsNotEvictedByOtherStatements) {
  const uint32_t handle = Prepare("SELECT v FROM t WHERE id = ?");
  for (int i = 0; i < 200; ++i) Ask(absl::StrCat("SELECT ", i));
  const std::string before = Ask("SHOW SESSION STATUS LIKE 'Com_stmt_prepare'");
  EXPECT_EQ(CellsOf(Call(ExecuteOf(handle, Values(2)))), "20");
  EXPECT_EQ(Ask("SHOW SESSION STATUS LIKE 'Com_stmt_prepare'"), before);
}

TEST_F(PreparedTest, SeesAChangedTable) {
  const uint32_t star = Prepare("SELECT * FROM t WHERE id = ?");
  const uint32_t named = Prepare("SELECT v, id FROM t WHERE id = ?");
  const uint32_t insert = Prepare("INSERT INTO t (id, v) VALUES (?, ?)");
  const auto alter = [](const std::string& change) {
    Servers().mariadb.Sql("ALTER TABLE t " + change);
  };
  EXPECT_EQ(CellsOf(Call(ExecuteOf(star, Values(2)))), "2,20");
  EXPECT_EQ(CellsOf(Call(ExecuteOf(named, Values(2)))), "20,2");
  alter("ADD extra CHAR DEFAULT 'e' FIRST");
  EXPECT_EQ(CellsOf(Call(ExecuteOf(star, Values(2)))), "e,2,20");
  EXPECT_EQ(CellsOf(Call(ExecuteOf(named, Values(2)))), "20,2");
  EXPECT_THAT(Call(ExecuteOf(insert, Values(7, 70))), IsOk());
  alter("MODIFY v VARCHAR(9) NOT NULL FIRST, DROP extra");
  EXPECT_EQ(CellsOf(Call(ExecuteOf(star, Values(7)))), "70,7");
  EXPECT_EQ(CellsOf(Call(ExecuteOf(named, Values(7)))), "70,7");
  alter("DROP v");
  EXPECT_EQ(CellsOf(Call(ExecuteOf(star, Values(2)))), "2");
  EXPECT_EQ(CellsOf(Call(ExecuteOf(named, Values(2)))), "UNKNOWN_COLUMN");
  alter("ADD v INT NOT NULL DEFAULT 5");
  EXPECT_EQ(CellsOf(Call(ExecuteOf(named, Values(2)))), "5,2");
  EXPECT_TRUE(session_->Alive());
}

TEST_F(PreparedTest, LosesItsConnectionWithTheSession) {
  const uint32_t handle = Prepare("SELECT v FROM t WHERE id = ?");
  const std::string id = Ask("SELECT CONNECTION_ID()");
  Servers().mariadb.Sql("KILL " + id);
  // Never moved to a connection that does not know the handle.
  auto rows = session_->Select(SelectFrom("t"));
  EXPECT_FALSE(rows.ok());
  EXPECT_FALSE(Call(ExecuteOf(handle, Values(1))).ok());
  EXPECT_FALSE(session_->Alive());
}

TEST_F(PreparedTest, LeavesNothingToReset) {
  const int64_t resets = Resets();
  const uint32_t handle = Prepare("SELECT v FROM t WHERE id = ?");
  Prepare("INSERT INTO t VALUES (?, ?)");
  Cursor("SELECT * FROM t");
  EXPECT_EQ(CellsOf(Call(ExecuteOf(handle, Values(2)))), "20");
  EXPECT_THAT(session_->End(), IsOk());
  session_ = Servers().client.OpenSession().value();
  EXPECT_EQ(Ask("SELECT 1"), "1");
  EXPECT_EQ(Resets(), resets);
}

TEST_F(PreparedTest, CursorsInterleaveWithStatements) {
  auto opened = Call(CursorOf("SELECT id, v FROM t ORDER BY id"));
  ASSERT_THAT(opened, IsOk());
  ASSERT_EQ(opened->front().cursor().columns_size(), 2);
  EXPECT_EQ(opened->front().cursor().columns(1).name(), "v");
  const uint32_t first = opened->front().cursor().cursor();
  const uint32_t second = Cursor("SELECT id * 100 FROM t ORDER BY id DESC");
  EXPECT_EQ(CellsOf(Call(FetchOf(first, 1))), "1,10");
  EXPECT_EQ(CellsOf(Call(FetchOf(second, 2))), "300;200");
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM t"), "3");
  EXPECT_THAT(session_->Insert(InsertInto("t", {"id", "v"}, Values(4, 40))),
              IsOk());
  auto rest = Call(FetchOf(first, 1));
  EXPECT_EQ(CellsOf(rest), "2,20");
  EXPECT_TRUE(Truncated(rest));
  rest = Call(FetchOf(first, 10));
  EXPECT_EQ(CellsOf(rest), "3,30");
  EXPECT_FALSE(Truncated(rest));
  EXPECT_EQ(CellsOf(Call(FetchOf(first))), "");
  EXPECT_EQ(CellsOf(Call(FetchOf(second))), "100");
  EXPECT_THAT(Call(CloseCursorOf(first)), IsOk());
  EXPECT_THAT(Call(CloseCursorOf(first)), HasReason("SESSION_STATE"));
  EXPECT_THAT(Call(FetchOf(first)), HasReason("SESSION_STATE"));
  EXPECT_THAT(Call(CloseCursorOf(second)), IsOk());
}

TEST_F(PreparedTest, ACursorOutlivesTransactions) {
  ASSERT_THAT(session_->Begin(), IsOk());
  const uint32_t cursor = Cursor("SELECT v FROM t ORDER BY id");
  EXPECT_EQ(CellsOf(Call(FetchOf(cursor, 1))), "10");
  ASSERT_THAT(session_->Commit(), IsOk());
  EXPECT_EQ(CellsOf(Call(FetchOf(cursor, 1))), "20");
  ASSERT_THAT(session_->Begin(), IsOk());
  ASSERT_THAT(session_->Rollback(), IsOk());
  Servers().mariadb.Sql("DROP TABLE t");
  EXPECT_EQ(CellsOf(Call(FetchOf(cursor, 5))), "30");
}

TEST_F(PreparedTest, ACursorOfAHandleEndsWithItsNextRun) {
  const uint32_t handle = Prepare("SELECT v FROM t WHERE id >= ? ORDER BY id");
  auto opened = Call(ExecuteOf(handle, Values(2), /*cursor=*/true));
  ASSERT_THAT(opened, IsOk());
  const uint32_t cursor = opened->front().cursor().cursor();
  EXPECT_EQ(CellsOf(Call(FetchOf(cursor, 1))), "20");
  EXPECT_EQ(CellsOf(Call(ExecuteOf(handle, Values(3)))), "30");
  EXPECT_THAT(Call(FetchOf(cursor)), HasReason("SESSION_STATE"));
  opened = Call(ExecuteOf(handle, Values(1), /*cursor=*/true));
  ASSERT_THAT(opened, IsOk());
  const uint32_t again = opened->front().cursor().cursor();
  EXPECT_NE(again, cursor);
  EXPECT_EQ(CellsOf(Call(FetchOf(again))), "10;20;30");
  EXPECT_THAT(Call(CloseOf(handle)), IsOk());
  EXPECT_THAT(Call(FetchOf(again)), HasReason("SESSION_STATE"));
}

TEST_F(PreparedTest, CursorsAreOfSelectsOnly) {
  for (const char* sql :
       {"SHOW TABLES", "INSERT INTO t VALUES (8, 8)", "CALL nothing()",
        "EXPLAIN SELECT 1", "SELECT 1 INTO @x", "SET @x = 1"}) {
    EXPECT_THAT(Call(CursorOf(sql)), HasReason("INVALID_FIELD")) << sql;
  }
  EXPECT_EQ(CellsOf(Call(FetchOf(Cursor("SELECT 1 WHERE FALSE")))), "");
  EXPECT_EQ(CellsOf(Call(FetchOf(
                Cursor("WITH a AS (SELECT 1 x UNION SELECT 2) SELECT x FROM a "
                       "ORDER BY x")))),
            "1;2");
  EXPECT_EQ(CellsOf(Call(FetchOf(Cursor("SELECT SCHEMA_NAME FROM "
                                        "information_schema.SCHEMATA WHERE "
                                        "SCHEMA_NAME = 'berth'")))),
            "berth");
  EXPECT_EQ(Servers().mariadb.Sql("SELECT COUNT(*) FROM t"), "3");
}

TEST_F(PreparedTest, CursorsAreBoundedInNumber) {
  uint32_t last = 0;
  for (int i = 0; i < 32; ++i) last = Cursor("SELECT v FROM t");
  EXPECT_THAT(Call(CursorOf("SELECT v FROM t")), HasReason("LIMIT"));
  EXPECT_THAT(Call(CloseCursorOf(last)), IsOk());
  EXPECT_GT(Cursor("SELECT v FROM t"), last);
}

TEST_F(PreparedTest, ManyRowsOfACursorTakeFewRoundTrips) {
  constexpr int kRows = 20'000;
  const uint32_t cursor =
      Cursor(absl::StrCat("SELECT seq, REPEAT('x', 50) FROM seq_1_to_", kRows));
  const auto fetches = [&] {
    return Ask("SHOW SESSION STATUS LIKE 'Com_stmt_fetch'");
  };
  EXPECT_EQ(fetches(), "Com_stmt_fetch,0");
  auto answer = Call(FetchOf(cursor, kRows - 1));
  ASSERT_THAT(answer, IsOk());
  uint64_t next = 1;
  for (const v1::SessionResponse& response : *answer) {
    for (const v1::Row& row : response.result().rows().rows()) {
      ASSERT_EQ(row.values(0).uint_value(), next++);
    }
  }
  EXPECT_EQ(next, static_cast<uint64_t>(kRows));
  EXPECT_TRUE(Truncated(answer));
  int count = 0;
  ASSERT_TRUE(absl::SimpleAtoi(fetches().substr(15), &count));
  EXPECT_LT(count, kRows / 100);
  EXPECT_EQ(CellsOf(Call(FetchOf(cursor))).substr(0, 6),
            absl::StrCat(kRows, ","));
}

TEST_F(PreparedTest, FortyMebibytesInPieces) {
  const uint32_t insert = Prepare("INSERT INTO large (id, b) VALUES (?, ?)");
  std::string piece(kMiB, 'a');
  for (int i = 0; i < 40; ++i) {
    piece[0] = static_cast<char>('A' + i);
    auto answer = Call(PieceOf(insert, 1, piece));
    ASSERT_THAT(answer, IsOk());
    EXPECT_TRUE(answer->back().has_done());
  }
  ASSERT_THAT(Call(ExecuteOf(insert, {ToValue(1), LongData()})), IsOk());
  EXPECT_EQ(Servers().mariadb.Sql(
                "SELECT LENGTH(b), SUBSTR(b, 1, 2), SUBSTR(b, 1048577, 2), "
                "SUBSTR(b, 39 * 1048576 + 1, 2) FROM large"),
            "41943040\tAa\tBa\tha");
  // They were used up.
  EXPECT_THAT(Call(ExecuteOf(insert, {ToValue(2), LongData()})),
              HasReason("INVALID_FIELD"));
  EXPECT_THAT(Call(ExecuteOf(insert, Values(2, "short"))), IsOk());
  EXPECT_TRUE(session_->Alive());
}

TEST_F(PreparedTest, TooManyPiecesAreRefusedAndDropped) {
  const uint32_t insert = Prepare("INSERT INTO large (id, b) VALUES (?, ?)");
  const std::string piece(8 * kMiB, 'a');
  for (int i = 0; i < 7; ++i) {
    ASSERT_THAT(Call(PieceOf(insert, 1, piece)), IsOk());
  }
  EXPECT_THAT(Call(PieceOf(insert, 1, piece)), HasReason("LIMIT"));
  EXPECT_THAT(Call(ExecuteOf(insert, {ToValue(1), LongData()})),
              HasReason("INVALID_FIELD"));
  ASSERT_THAT(Call(PieceOf(insert, 1, "small")), IsOk());
  ASSERT_THAT(Call(ExecuteOf(insert, {ToValue(1), LongData()})), IsOk());
  EXPECT_EQ(Servers().mariadb.Sql("SELECT b FROM large"), "small");
}

TEST_F(PreparedTest, PiecesMustFitTheirParameters) {
  const uint32_t insert =
      Prepare("INSERT INTO large (id, b, c) VALUES (?, ?, ?)");
  EXPECT_THAT(Call(PieceOf(insert, 3, "x")), HasReason("INVALID_FIELD"));
  EXPECT_THAT(Call(PieceOf(999, 0, "x")), HasReason("SESSION_STATE"));
  EXPECT_THAT(Call(ExecuteOf(insert, {ToValue(1), LongData(), ToValue("c")})),
              HasReason("INVALID_FIELD"));
  // Pieces for what is then given as a value.
  ASSERT_THAT(Call(PieceOf(insert, 1, "pieces")), IsOk());
  EXPECT_THAT(Call(ExecuteOf(insert, Values(1, "value", "c"))),
              HasReason("INVALID_FIELD"));
  ASSERT_THAT(Call(ExecuteOf(insert, Values(1, "value", "c"))), IsOk());
  // Two at once, one of them without a byte.
  ASSERT_THAT(Call(PieceOf(insert, 2, "ä")), IsOk());
  ASSERT_THAT(Call(PieceOf(insert, 1, "")), IsOk());
  ASSERT_THAT(Call(PieceOf(insert, 2, "ß")), IsOk());
  ASSERT_THAT(Call(ExecuteOf(insert, {ToValue(2), LongData(), LongData()})),
              IsOk());
  // Of no effect after an error.
  ASSERT_THAT(Call(PieceOf(insert, 1, "again")), IsOk());
  EXPECT_THAT(Call(ExecuteOf(insert, {ToValue(2), LongData(), ToValue("c")})),
              HasReason("DUPLICATE_KEY"));
  EXPECT_THAT(Call(ExecuteOf(insert, {ToValue(3), LongData(), ToValue("c")})),
              HasReason("INVALID_FIELD"));
  EXPECT_EQ(Servers().mariadb.Sql("SELECT * FROM large ORDER BY id"),
            "1\tvalue\tc\n2\t\täß");
}

}  // namespace
}  // namespace berth::test
