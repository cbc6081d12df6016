#include "server/mariadb/column_metadata.h"

#include <cstring>
#include <string>
#include <utility>

#include "berth/v1/result.pb.h"
#include "gtest/gtest.h"

namespace berth::mariadb {
namespace {

constexpr unsigned int kBinary = 63;
constexpr unsigned int kUtf8mb4 = 45;

MYSQL_FIELD Field(enum_field_types type, unsigned int charset = kBinary,
                  unsigned int flags = 0) {
  MYSQL_FIELD field{};
  field.type = type;
  field.charsetnr = charset;
  field.flags = flags;
  return field;
}

TEST(TypeOf, KnowsNumbers) {
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_TINY)), v1::COLUMN_TYPE_TINYINT);
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_SHORT)), v1::COLUMN_TYPE_SMALLINT);
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_INT24)), v1::COLUMN_TYPE_MEDIUMINT);
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_LONG)), v1::COLUMN_TYPE_INT);
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_LONGLONG)), v1::COLUMN_TYPE_BIGINT);
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_FLOAT)), v1::COLUMN_TYPE_FLOAT);
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_DOUBLE)), v1::COLUMN_TYPE_DOUBLE);
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_NEWDECIMAL)), v1::COLUMN_TYPE_DECIMAL);
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_BIT)), v1::COLUMN_TYPE_BIT);
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_YEAR)), v1::COLUMN_TYPE_YEAR);
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_NULL)), v1::COLUMN_TYPE_NULL);
}

TEST(TypeOf, KnowsDatesAndTimes) {
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_DATE)), v1::COLUMN_TYPE_DATE);
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_DATETIME)), v1::COLUMN_TYPE_DATETIME);
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_TIMESTAMP)), v1::COLUMN_TYPE_TIMESTAMP);
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_TIME)), v1::COLUMN_TYPE_TIME);
}

TEST(TypeOf, TellsTextFromBytesByTheCharacterSet) {
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_STRING, kUtf8mb4)), v1::COLUMN_TYPE_CHAR);
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_STRING)), v1::COLUMN_TYPE_BINARY);
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_VAR_STRING, kUtf8mb4)),
            v1::COLUMN_TYPE_VARCHAR);
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_VAR_STRING)), v1::COLUMN_TYPE_VARBINARY);
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_BLOB, kUtf8mb4)), v1::COLUMN_TYPE_TEXT);
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_BLOB)), v1::COLUMN_TYPE_BLOB);
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_GEOMETRY)), v1::COLUMN_TYPE_GEOMETRY);
}

TEST(TypeOf, KnowsEnumAndSetByTheirFlags) {
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_STRING, kUtf8mb4, ENUM_FLAG)),
            v1::COLUMN_TYPE_ENUM);
  EXPECT_EQ(TypeOf(Field(MYSQL_TYPE_STRING, kUtf8mb4, SET_FLAG)),
            v1::COLUMN_TYPE_SET);
}

TEST(DescribeColumns, TellsEverythingOfAColumn) {
  std::string name = "full n\xFF";
  std::string table = "users";
  MYSQL_FIELD field = Field(MYSQL_TYPE_VAR_STRING, kUtf8mb4, NOT_NULL_FLAG);
  field.name = name.data();
  field.name_length = static_cast<unsigned int>(name.size());
  field.org_table = table.data();
  field.org_table_length = static_cast<unsigned int>(table.size());
  field.length = 400;
  field.decimals = 3;
  const ResultMetadata metadata = DescribeColumns(&field, 1);
  ASSERT_EQ(metadata.columns.size(), 1u);
  const v1::Column& column = metadata.columns[0];
  EXPECT_EQ(column.name(), "full n?");
  EXPECT_EQ(column.table(), "users");
  EXPECT_EQ(column.type(), v1::COLUMN_TYPE_VARCHAR);
  EXPECT_FALSE(column.nullable());
  EXPECT_FALSE(column.unsigned_());  // Of numbers only.
  EXPECT_EQ(column.length(), 100u);  // Characters, not bytes.
  EXPECT_EQ(column.decimals(), 3u);
}

// MariaDB sets the flag on other types too, such as TIMESTAMP.
TEST(DescribeColumns, CallsNumbersOnlyUnsigned) {
  std::string name = "n";
  for (auto [type, expected] :
       {std::pair(MYSQL_TYPE_LONGLONG, true), std::pair(MYSQL_TYPE_YEAR, true),
        std::pair(MYSQL_TYPE_TIMESTAMP, false)}) {
    MYSQL_FIELD field = Field(type, kBinary, UNSIGNED_FLAG);
    field.name = name.data();
    field.name_length = 1;
    EXPECT_EQ(DescribeColumns(&field, 1).columns[0].unsigned_(), expected);
  }
}

TEST(DescribeColumns, GivesTheSameColumnsAsBytesOfAChunk) {
  MYSQL_FIELD fields[2] = {Field(MYSQL_TYPE_LONG), Field(MYSQL_TYPE_BLOB)};
  std::string name = "n";
  for (MYSQL_FIELD& field : fields) {
    field.name = name.data();
    field.name_length = 1;
    field.length = 11;
  }
  const ResultMetadata metadata = DescribeColumns(fields, 2);
  v1::ResultChunk chunk;
  ASSERT_TRUE(chunk.ParseFromString(metadata.wire));
  ASSERT_EQ(chunk.columns_size(), 2);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(chunk.columns(i).SerializeAsString(),
              metadata.columns[i].SerializeAsString());
  }
  EXPECT_EQ(chunk.columns(1).length(), 11u);
}

}  // namespace
}  // namespace berth::mariadb
