#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/catalog/column_type.h"
#include "server/catalog/nearest_name.h"
#include "server/catalog/schema_error.h"
#include "server/catalog/table.h"

namespace berth::catalog {
namespace {

TEST(NearestName, CountsEdits) {
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(EditDistance("Name", "name"), 0u);
  EXPECT_EQ(EditDistance("titel", "title"), 1u);
  EXPECT_EQ(EditDistance("abc", ""), 3u);
}

TEST(NearestName, OnlyNearNamesAreSuggested) {
  EXPECT_EQ(NearestName("nam", {"id", "name"}), "name");
  EXPECT_EQ(NearestName("NMAE", {"id", "nam"}), "");
  EXPECT_EQ(NearestName("emial_adress", {"email_address", "id"}),
            "email_address");
  EXPECT_EQ(NearestName("completely", {"different"}), "");
  EXPECT_EQ(NearestName("x", {}), "");
  EXPECT_EQ(NearestName("ab", {"abc", "aa"}), "abc");
  EXPECT_EQ(NearestName(std::string(10'000, 'x'), {"abc"}), "");
}

TEST(ColumnType, KnowsTheTypesOfMariadb) {
  EXPECT_EQ(ColumnTypeFromSql("tinyint(1)"), v1::COLUMN_TYPE_TINYINT);
  EXPECT_EQ(ColumnTypeFromSql("BIGINT(20) unsigned"), v1::COLUMN_TYPE_BIGINT);
  EXPECT_EQ(ColumnTypeFromSql("mediumtext"), v1::COLUMN_TYPE_TEXT);
  EXPECT_EQ(ColumnTypeFromSql("multipolygon"), v1::COLUMN_TYPE_GEOMETRY);
  EXPECT_EQ(ColumnTypeFromSql("uuid"), v1::COLUMN_TYPE_UUID);
  EXPECT_EQ(ColumnTypeFromSql("inet6"), v1::COLUMN_TYPE_INET6);
  EXPECT_EQ(ColumnTypeFromSql("from_the_future"), v1::COLUMN_TYPE_UNSPECIFIED);
}

TEST(ColumnType, JsonShowsOnlyInItsCheck) {
  EXPECT_TRUE(IsJsonCheck("json_valid(`meta`)", "meta"));
  EXPECT_FALSE(IsJsonCheck("json_valid(`meta`)", "met"));
  EXPECT_FALSE(IsJsonCheck("length(`meta`) > 1", "meta"));
}

Column MakeColumn(const char* name) {
  Column column;
  column.name = name;
  return column;
}

TEST(Table, FindsColumnsWithoutRegardToCase) {
  Column id = MakeColumn("id");
  id.auto_increment = true;
  const Table table("users", {id, MakeColumn("Name")}, {"id"});
  ASSERT_NE(table.FindColumn("NAME"), nullptr);
  EXPECT_EQ(table.FindColumn("name")->name, "Name");
  EXPECT_EQ(table.FindColumn("nam"), nullptr);
  EXPECT_EQ(table.NearestColumn("nam"), "Name");
  ASSERT_NE(table.auto_increment_column(), nullptr);
  EXPECT_EQ(table.auto_increment_column()->name, "id");
}

TEST(Table, DescribesItself) {
  Column id = MakeColumn("id");
  id.type = v1::COLUMN_TYPE_BIGINT;
  id.sql_type = "bigint(20)";
  id.auto_increment = id.optional = true;
  const Table table("users", {id}, {"id"});
  const v1::Table proto = table.ToProto();
  EXPECT_EQ(proto.name(), "users");
  ASSERT_EQ(proto.columns_size(), 1);
  EXPECT_EQ(proto.columns(0).sql_type(), "bigint(20)");
  EXPECT_TRUE(proto.columns(0).auto_increment());
  EXPECT_TRUE(proto.columns(0).optional());
  EXPECT_EQ(proto.primary_key(0), "id");
}

TEST(SchemaError, UnknownNamesCarryASuggestion) {
  const Table table("users", {MakeColumn("name")}, {});
  const absl::Status column = UnknownColumn(table, "nam", "columns[1]");
  EXPECT_EQ(errors::ReasonOf(column), errors::kUnknownColumn);
  EXPECT_EQ(column.message(),
            "table \"users\" has no column \"nam\"; did you mean \"name\"?");
  EXPECT_EQ(errors::MetadataOf(column, "column"), "nam");
  const absl::Status unknown = UnknownTable("shop", "user", "");
  EXPECT_EQ(errors::ReasonOf(unknown), errors::kUnknownTable);
  EXPECT_EQ(unknown.message(), "database \"shop\" has no table \"user\"");
}

}  // namespace
}  // namespace berth::catalog
