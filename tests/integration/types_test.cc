// Every column type goes there and back without loss: written through Berth and
// by MariaDB's own client, read through the three ways of reading.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "berth/client/client.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/integration/type_cases.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_servers.h"

namespace berth::test {
namespace {

using client::Blob;
using client::ToValue;
using client::Values;
using google::protobuf::util::MessageDifferencer;

constexpr size_t kLargest = 16 << 20;

TestServers& Servers() {
  // Lax, so that zero dates can be stored at all.
  static TestServers servers({}, {"--sql-mode=", "--max-allowed-packet=64M",
                                  "--default-time-zone=+00:00"});
  return servers;
}

std::string Short(const v1::Value& value) {
  std::string text = value.ShortDebugString();
  if (text.size() > 200) text = text.substr(0, 200) + "…";
  return text;
}

class TypesTest : public ::testing::TestWithParam<TypeCase> {
 protected:
  // Rows 2 i are written through Berth, rows 2 i + 1 by the `mariadb` client.
  void SetUp() override {
    table_ = absl::StrCat("t_", GetParam().name);
    values_ = GetParam().values;
    values_.push_back({ToValue(std::nullopt), "NULL"});
    std::string sql = absl::StrCat("CREATE OR REPLACE TABLE ", table_,
                                   " (id INT PRIMARY KEY, c ", GetParam().sql,
                                   " DEFAULT NULL);");
    for (size_t i = 0; i < values_.size(); ++i) {
      absl::StrAppend(&sql, "INSERT INTO ", table_, " VALUES (", 2 * i + 1,
                      ", ", values_[i].literal, ");");
    }
    Servers().mariadb.Sql(sql);
  }

  void Check(const v1::ResultChunk& result, const std::string& how) {
    SCOPED_TRACE(how);
    ASSERT_EQ(result.columns_size(), 2);
    EXPECT_EQ(v1::ColumnType_Name(result.columns(1).type()),
              v1::ColumnType_Name(GetParam().type));
    EXPECT_TRUE(result.columns(1).nullable());
    EXPECT_EQ(result.columns(1).table(), table_);
    ASSERT_EQ(result.rows().rows_size(), static_cast<int>(2 * values_.size()));
    for (const v1::Row& row : result.rows().rows()) {
      const size_t id = static_cast<size_t>(row.values(0).int_value());
      const v1::Value& expected = values_[id / 2].expected();
      EXPECT_TRUE(MessageDifferencer::Equals(row.values(1), expected))
          << (id % 2 == 0 ? "written through Berth: " : "written by mariadb: ")
          << Short(row.values(1)) << " instead of " << Short(expected);
    }
  }

  std::string table_;
  std::vector<ValueCase> values_;
};

TEST_P(TypesTest, GoesThereAndBack) {
  client::Session session = Servers().client.OpenSession().value();
  for (size_t i = 0; i < values_.size(); ++i) {
    const v1::InsertSpec row =
        InsertInto(table_, {"id", "c"}, Values(2 * i, values_[i].written));
    // By turns through a unary call and through a session.
    EXPECT_THAT(i % 2 == 0 ? Servers().client.Insert(row) : session.Insert(row),
                IsOk())
        << Short(values_[i].written);
  }
  v1::SelectSpec select = SelectFrom(table_, "ORDER BY id");
  auto unary = Servers().client.Select(select);
  ASSERT_THAT(unary, IsOk());
  Check(*unary, "Select");
  auto streamed = session.Select(select);
  ASSERT_THAT(streamed, IsOk());
  Check(*streamed, "Select in a session");
  auto executed =
      session.Execute(absl::StrCat("SELECT * FROM ", table_, " ORDER BY id"));
  ASSERT_THAT(executed, IsOk());
  Check(executed->front(), "Execute in a session");
  // MariaDB itself sees no difference either.
  EXPECT_EQ(Servers().mariadb.Sql(absl::StrCat(
                "SELECT COUNT(*) FROM ", table_, " a JOIN ", table_,
                " b ON b.id = a.id + 1 WHERE a.id % 2 = 0 AND NOT "
                "(HEX(a.c) <=> HEX(b.c))")),
            "0");
}

// What was read can be written again and used in a condition.
TEST_P(TypesTest, ReadValueServesAsParameter) {
  client::Session session = Servers().client.OpenSession().value();
  for (size_t i = 0; i < values_.size(); ++i) {
    const v1::Value& value = values_[i].expected();
    if (value.kind_case() == v1::Value::kDoubleValue &&
        GetParam().type == v1::COLUMN_TYPE_FLOAT) {
      continue;  // MariaDB compares a FLOAT with a DOUBLE digit by digit.
    }
    auto rows = session.Select(
        SelectFrom(table_, "c <=> ? AND id = ?", Values(value, 2 * i + 1)));
    ASSERT_THAT(rows, IsOk());
    EXPECT_EQ(rows->rows().rows_size(), 1) << Short(value);
    EXPECT_THAT(session.Update(
                    UpdateOf(table_, "c", value, "id = ?", Values(2 * i + 1))),
                IsOk());
  }
  auto all = session.Select(SelectFrom(table_, "ORDER BY id"));
  ASSERT_THAT(all, IsOk());
  for (const v1::Row& row : all->rows().rows()) {
    const size_t id = static_cast<size_t>(row.values(0).int_value());
    const v1::Value& expected = values_[id / 2].expected();
    EXPECT_TRUE(MessageDifferencer::Equals(row.values(1), expected))
        << Short(row.values(1)) << " instead of " << Short(expected);
  }
}

std::string Name(const ::testing::TestParamInfo<TypeCase>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Numbers, TypesTest, ::testing::ValuesIn(NumberTypes()),
                         Name);
INSTANTIATE_TEST_SUITE_P(Times, TypesTest, ::testing::ValuesIn(TimeTypes()),
                         Name);
INSTANTIATE_TEST_SUITE_P(Texts, TypesTest, ::testing::ValuesIn(TextTypes()),
                         Name);
INSTANTIATE_TEST_SUITE_P(Bytes, TypesTest, ::testing::ValuesIn(BinaryTypes()),
                         Name);
INSTANTIATE_TEST_SUITE_P(Others, TypesTest, ::testing::ValuesIn(OtherTypes()),
                         Name);

TEST(LargeValueTest, SixteenMebibytesGoThereAndBack) {
  Servers().mariadb.Sql(
      "CREATE TABLE large (id INT PRIMARY KEY, b LONGBLOB, t LONGTEXT)");
  std::string bytes(kLargest, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(i * 2654435761u >> 13);
  }
  const std::string text(kLargest, 'x');
  client::Session session = Servers().client.OpenSession().value();
  ASSERT_THAT(session.Insert(
                  InsertInto("large", {"id", "b"}, {ToValue(1), Blob(bytes)})),
              IsOk());
  ASSERT_THAT(Servers().client.Insert(
                  InsertInto("large", {"id", "t"}, Values(2, text))),
              IsOk());
  EXPECT_EQ(Servers().mariadb.Sql("SELECT LENGTH(b) FROM large WHERE id = 1"),
            absl::StrCat(kLargest));
  auto rows = session.Select(SelectFrom("large", "ORDER BY id"));
  ASSERT_THAT(rows, IsOk());
  ASSERT_EQ(rows->rows().rows_size(), 2);
  EXPECT_TRUE(rows->rows().rows(0).values(1).blob() == bytes);
  EXPECT_TRUE(rows->rows().rows(1).values(2).text() == text);
}

TEST(LargeValueTest, BeyondTheServersPacketIsRefusedAndLosesNothing) {
  static MariadbServer small({"--max-allowed-packet=1M"});
  BerthdProcess berthd(small);
  small.Sql("CREATE TABLE large (id INT PRIMARY KEY, b LONGBLOB)");
  client::Session session = berthd.Connect().OpenSession().value();
  ASSERT_THAT(session.Begin(), IsOk());
  ASSERT_THAT(session.Insert(InsertInto("large", {"id"}, Values(1))), IsOk());
  EXPECT_THAT(
      session.Insert(InsertInto("large", {"id", "b"},
                                {ToValue(2), Blob(std::string(2 << 20, 'x'))})),
      ::testing::AllOf(StatusIs(absl::StatusCode::kInvalidArgument),
                       HasReason("LIMIT")));
  EXPECT_THAT(session.Commit(), IsOk());
  EXPECT_EQ(small.Sql("SELECT COUNT(*) FROM large"), "1");
}

TEST(TextTest, InvalidUtf8ComesAsBytes) {
  const std::string invalid = "\xff\xfe no UTF-8";
  client::Session session = Servers().client.OpenSession().value();
  auto echo = session.Execute("SELECT ? AS v", {Blob(invalid)});
  ASSERT_THAT(echo, IsOk());
  EXPECT_EQ(echo->front().rows().rows(0).values(0).blob(), invalid);
  v1::Statement statement;
  statement.set_sql_bytes("SELECT _binary'" + invalid + "' AS v");
  auto bytes = session.Execute(statement);
  ASSERT_THAT(bytes, IsOk());
  EXPECT_EQ(bytes->front().rows().rows(0).values(0).blob(), invalid);
}

TEST(TextTest, BoolIsStoredAsOneAndZero) {
  Servers().mariadb.Sql("CREATE TABLE flags (id INT PRIMARY KEY, f BOOLEAN)");
  ASSERT_THAT(Servers().client.Insert(
                  InsertInto("flags", {"id", "f"}, Values(1, true))),
              IsOk());
  auto rows =
      Servers().client.Select(SelectFrom("flags", "f = ?", Values(true)));
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ(Cells(*rows), "1,1");
}

}  // namespace
}  // namespace berth::test
