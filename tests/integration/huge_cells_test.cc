// Values that are larger than a message, for clients with gRPC's limits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "berth/client/client.h"
#include "tests/support/result_stream.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_servers.h"

namespace berth::test {
namespace {

constexpr size_t kHuge = 40 * 1024 * 1024;

TestServers& Servers() {
  static TestServers servers({}, {"--max-allowed-packet=64M"});
  return servers;
}

// Not InnoDB, whose log would have to be large. The values have no period that
// fits a power of two, so that a piece that is lost or doubled shows.
void MakeTable() {
  static const bool made = [] {
    Servers().mariadb.Sql(absl::StrCat(
        "CREATE TABLE huge (id INT PRIMARY KEY, b LONGBLOB, n INT, t LONGTEXT, "
        "j JSON, d DECIMAL(65,30)) ENGINE=MyISAM;"
        "INSERT INTO huge (id, b, d) VALUES (1, LEFT(REPEAT(UNHEX("
        "'00FF8041424344'), 6000000), ",
        kHuge,
        "), 1.5);"
        "INSERT INTO huge (id, n, t) VALUES (2, 7, REPEAT('aé€𝄞b', 3812301));"
        "INSERT INTO huge (id, t, j) VALUES (3, REPEAT('xyz', 1000000), "
        "CONCAT('[\"', REPEAT('jkl', 1500000), '\"]'));"
        "INSERT INTO huge (id, b, t) VALUES (4, REPEAT('1234567', 500000), '');"
        "INSERT INTO huge (id, n) VALUES (5, 5)"));
    return true;
  }();
  ASSERT_TRUE(made);
}

std::string Repeat(const std::string& text, size_t times) {
  std::string result;
  result.reserve(text.size() * times);
  for (size_t i = 0; i < times; ++i) result += text;
  return result;
}

void CheckRows(const google::protobuf::RepeatedPtrField<v1::Row>& rows) {
  ASSERT_EQ(rows.size(), 5);
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(rows[i].values_size(), 6);
    EXPECT_EQ(rows[i].values(0).int_value(), i + 1);
  }
  const std::string blob(Repeat(std::string("\0\xFF\x80"
                                            "ABCD",
                                            7),
                                6000000)
                             .substr(0, kHuge));
  EXPECT_TRUE(rows[0].values(1).blob() == blob);
  EXPECT_TRUE(rows[0].values(2).has_null_value());
  EXPECT_TRUE(rows[0].values(3).has_null_value());
  EXPECT_EQ(rows[0].values(5).decimal().substr(0, 4), "1.50");
  EXPECT_TRUE(rows[1].values(1).has_null_value());
  EXPECT_EQ(rows[1].values(2).int_value(), 7);
  EXPECT_TRUE(rows[1].values(3).text() == Repeat("aé€𝄞b", 3812301));
  EXPECT_TRUE(rows[2].values(3).text() == Repeat("xyz", 1000000));
  EXPECT_TRUE(rows[2].values(4).json() ==
              absl::StrCat("[\"", Repeat("jkl", 1500000), "\"]"));
  EXPECT_TRUE(rows[3].values(1).blob() == Repeat("1234567", 500000));
  EXPECT_TRUE(rows[3].values(3).has_text());
  EXPECT_EQ(rows[4].values(2).int_value(), 5);
}

google::protobuf::RepeatedPtrField<v1::Row> ReadAll(ResultStream& stream) {
  google::protobuf::RepeatedPtrField<v1::Row> rows;
  EXPECT_THAT(
      stream.ReadAll([&rows](const v1::Row& row) { *rows.Add() = row; }),
      IsOk());
  return rows;
}

TEST(HugeCellsTest, ArriveThroughSelectStream) {
  MakeTable();
  v1::SelectRequest request;
  *request.mutable_select() = SelectFrom("huge", "ORDER BY id");
  ResultStream stream(Servers().berthd.endpoint(), request);
  CheckRows(ReadAll(stream));
  EXPECT_GT(stream.messages(), 90);
}

TEST(HugeCellsTest, ArriveThroughExecuteStream) {
  MakeTable();
  v1::ExecuteRequest request;
  *request.mutable_statement() = Sql("SELECT * FROM huge ORDER BY id");
  ResultStream stream(Servers().berthd.endpoint(), request);
  CheckRows(ReadAll(stream));
}

TEST(HugeCellsTest, ArriveInSessions) {
  MakeTable();
  auto session = Servers().client.OpenSession().value();
  auto result = session.Select(SelectFrom("huge", "ORDER BY id"));
  ASSERT_THAT(result, IsOk());
  CheckRows(result->rows().rows());
  auto results = session.Execute("SELECT * FROM huge ORDER BY id");
  ASSERT_THAT(results, IsOk());
  CheckRows(results->front().rows().rows());
}

// Every size around those where a row begins to be cut and a piece ends.
TEST(HugeCellsTest, ArriveWhateverTheirSizeIs) {
  for (const int64_t middle : {1048576, 2097152, 3145728}) {
    v1::ExecuteRequest request;
    *request.mutable_statement() =
        Sql(absl::StrCat("SELECT seq, REPEAT('r', ", middle - 40,
                         " + seq), NULL, 'after' FROM seq_1_to_60"));
    ResultStream stream(Servers().berthd.endpoint(), request);
    int64_t seq = 0;
    ASSERT_THAT(stream.ReadAll([&](const v1::Row& row) {
      ++seq;
      ASSERT_EQ(row.values_size(), 4);
      EXPECT_EQ(row.values(1).text().size(),
                static_cast<size_t>(middle - 40 + seq));
      EXPECT_TRUE(row.values(2).has_null_value());
      EXPECT_EQ(row.values(3).text(), "after");
    }),
                IsOk());
    EXPECT_EQ(seq, 60);
  }
}

}  // namespace
}  // namespace berth::test
