#include "server/exec/write_sink.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/exec/feed.h"

namespace berth::exec {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// An insert whose RETURNING gives `returned` columns to the caller.
plan::Plan Insert(int returned, int id_column, bool ids = true) {
  plan::Plan plan;
  plan.verb = plan::Verb::kInsert;
  plan.wants_returned_rows = returned > 0;
  plan.returned_columns = returned;
  plan.generated_id_column = id_column;
  plan.wants_generated_ids = ids;
  return plan;
}

v1::WriteResult Apply(const plan::Plan& plan,
                      const std::vector<std::string>& columns,
                      const std::vector<v1::Row>& rows,
                      mariadb::ResultSummary summary = {}) {
  v1::WriteResult result;
  WriteSink sink(plan, &result);
  summary.has_columns = !columns.empty();
  summary.row_count = rows.size();
  if (summary.has_columns) sink.BeginResult(Metadata(columns));
  for (const v1::Row& row : rows) {
    EXPECT_EQ(FeedRow(sink, row), mariadb::RowSink::Next::kContinue);
  }
  EXPECT_TRUE(Finish(sink.EndResult(summary)).ok());
  return result;
}

std::vector<std::string> Names(const v1::WriteResult& result) {
  std::vector<std::string> names;
  for (const auto& column : result.returned().columns()) {
    names.push_back(column.name());
  }
  return names;
}

TEST(WriteSink, FindsIdsAmongTheReturnedRows) {
  const auto result =
      Apply(Insert(2, 1), {"name", "id"}, {IntRow({70, 1}), IntRow({80, 2})});
  EXPECT_THAT(result.generated_ids(), ElementsAre(1, 2));
  EXPECT_THAT(Names(result), ElementsAre("name", "id"));
  ASSERT_EQ(result.returned().rows().rows_size(), 2);
  EXPECT_EQ(result.returned().rows().rows(1).values_size(), 2);
  EXPECT_EQ(result.returned().rows().rows(1).values(1).int_value(), 2);
  EXPECT_EQ(result.returned().end().row_count(), 2u);
}

TEST(WriteSink, HidesAnIdColumnThatOnlyThePlannerWants) {
  const auto result =
      Apply(Insert(1, 1), {"name", "id"}, {IntRow({70, 1}), IntRow({80, 2})});
  EXPECT_THAT(result.generated_ids(), ElementsAre(1, 2));
  EXPECT_THAT(Names(result), ElementsAre("name"));
  ASSERT_EQ(result.returned().rows().rows_size(), 2);
  EXPECT_EQ(result.returned().rows().rows(0).values_size(), 1);
  EXPECT_EQ(result.returned().rows().rows(0).values(0).int_value(), 70);
}

TEST(WriteSink, ReturnsNoRowsWhereOnlyIdsAreWanted) {
  const auto result =
      Apply(Insert(0, 0), {"id"}, {IntRow({5}), IntRow({6}), IntRow({7})});
  EXPECT_THAT(result.generated_ids(), ElementsAre(5, 6, 7));
  EXPECT_FALSE(result.has_returned());
}

TEST(WriteSink, TakesUnsignedIdsUpToTheLargest) {
  v1::Row row;
  row.add_values()->set_uint_value(18446744073709551615u);
  const auto result = Apply(Insert(0, 0), {"id"}, {row});
  EXPECT_THAT(result.generated_ids(), ElementsAre(18446744073709551615u));
}

TEST(WriteSink, TakesTheLastInsertIdWhereNoColumnTells) {
  mariadb::ResultSummary summary;
  summary.affected_rows = 1;
  summary.last_insert_id = 42;
  EXPECT_THAT(Apply(Insert(0, -1), {}, {}, summary).generated_ids(),
              ElementsAre(42));
  EXPECT_THAT(
      Apply(Insert(0, -1, /*ids=*/false), {}, {}, summary).generated_ids(),
      IsEmpty());
}

TEST(WriteSink, TakesNoStaleInsertIdBesideAColumn) {
  mariadb::ResultSummary summary;
  summary.last_insert_id = 42;
  EXPECT_THAT(
      Apply(Insert(0, 0), {"id"}, {IntRow({7})}, summary).generated_ids(),
      ElementsAre(7));
}

// MariaDB counts nothing with RETURNING.
TEST(WriteSink, CountsReturnedRowsAsAffected) {
  const auto result = Apply(Insert(0, 0), {"id"}, {IntRow({5}), IntRow({6})});
  EXPECT_EQ(result.affected_rows(), 2u);
}

TEST(WriteSink, KeepsEveryKindOfReturnedCell) {
  v1::Row row;
  row.add_values()->set_null_value(google::protobuf::NULL_VALUE);
  row.add_values()->set_double_value(0.5);
  row.add_values()->set_text("t");
  row.add_values()->set_int_value(-1);
  row.add_values()->set_uint_value(2);
  const auto result = Apply(Insert(5, -1), {"a", "b", "c", "d", "e"}, {row});
  EXPECT_EQ(result.returned().rows().rows(0).SerializeAsString(),
            row.SerializeAsString());
}

TEST(WriteSink, ReturnsColumnsWithoutRows) {
  const auto result = Apply(Insert(1, -1), {"name"}, {});
  EXPECT_THAT(Names(result), ElementsAre("name"));
  EXPECT_EQ(result.returned().rows().rows_size(), 0);
}

TEST(WriteSink, TellsMatchedRowsOfAnUpdateOnly) {
  plan::Plan update;
  update.verb = plan::Verb::kUpdate;
  mariadb::ResultSummary summary;
  summary.affected_rows = 1;
  summary.matched_rows = 3;
  summary.warning_count = 2;
  const auto updated = Apply(update, {}, {}, summary);
  EXPECT_EQ(updated.affected_rows(), 1u);
  EXPECT_EQ(updated.matched_rows(), 3u);
  EXPECT_EQ(updated.warning_count(), 2u);
  plan::Plan remove;
  remove.verb = plan::Verb::kDelete;
  EXPECT_FALSE(Apply(remove, {}, {}, summary).has_matched_rows());
  summary.matched_rows = -1;
  EXPECT_FALSE(Apply(update, {}, {}, summary).has_matched_rows());
}

}  // namespace
}  // namespace berth::exec
