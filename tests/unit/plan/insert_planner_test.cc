#include "server/plan/insert_planner.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "tests/unit/plan/sample_table.h"

namespace berth::plan {
namespace {

using ::testing::HasSubstr;

constexpr char kOneRow[] = "columns: 'title' rows {values {int_value: 1}} ";
constexpr char kTwoRows[] =
    "columns: 'title' rows {values {int_value: 1}} rows {values {int_value: "
    "2}} ";

// What an insert plan says, in one line.
std::string Summary(const std::string& spec,
                    const catalog::Table& table = Posts()) {
  const auto message = Parse<v1::InsertSpec>(spec);
  auto plan = PlanInsert(message, table);
  if (!plan.ok()) return std::string(plan.status().message());
  std::string summary = plan->sql;
  if (plan->wants_generated_ids) {
    absl::StrAppend(&summary, " | ids ", plan->generated_id_column);
  }
  if (plan->wants_returned_rows) {
    absl::StrAppend(&summary, " | returned ", plan->returned_columns);
  }
  return summary;
}

TEST(PlanInsert, ASingleRowTakesItsIdFromTheAnswer) {
  EXPECT_EQ(Summary(kOneRow),
            "INSERT INTO `posts` (`title`) VALUES (?) | ids -1");
}

TEST(PlanInsert, SeveralRowsReturnTheirIds) {
  EXPECT_EQ(Summary(kTwoRows),
            "INSERT INTO `posts` (`title`) VALUES (?), (?) RETURNING `id` | "
            "ids 0");
}

TEST(PlanInsert, ATableWithoutGeneratedIdsReturnsNone) {
  EXPECT_EQ(Summary("columns: 'name' rows {values {text: 'a'}} rows {values "
                    "{text: 'b'}}",
                    Tags()),
            "INSERT INTO `tags` (`name`) VALUES (?), (?)");
}

TEST(PlanInsert, ReturnsTheColumnsAskedForAndTheId) {
  EXPECT_EQ(Summary(absl::StrCat(kOneRow, "returning: 'title'")),
            "INSERT INTO `posts` (`title`) VALUES (?) RETURNING `title`, `id` "
            "| ids 1 | returned 1");
  EXPECT_EQ(Summary(absl::StrCat(kTwoRows,
                                 "returning: 'id' returning: "
                                 "'order'")),
            "INSERT INTO `posts` (`title`) VALUES (?), (?) RETURNING `id`, "
            "`order` | ids 0 | returned 2");
  EXPECT_EQ(Summary(absl::StrCat(kOneRow, "returning: '*'")),
            "INSERT INTO `posts` (`title`) VALUES (?) RETURNING `id`, "
            "`title`, `published`, `order`, `slug` | ids 0 | returned 5");
}

TEST(PlanInsert, ConflictsCanBeIgnored) {
  EXPECT_EQ(Summary(absl::StrCat(kOneRow, "on_conflict: ON_CONFLICT_IGNORE")),
            "INSERT IGNORE INTO `posts` (`title`) VALUES (?) | ids -1");
  EXPECT_EQ(Summary(absl::StrCat(kTwoRows, "on_conflict: ON_CONFLICT_IGNORE")),
            "INSERT IGNORE INTO `posts` (`title`) VALUES (?), (?)");
  EXPECT_EQ(Summary(absl::StrCat(
                kTwoRows, "on_conflict: ON_CONFLICT_IGNORE returning: 'id'")),
            "INSERT IGNORE INTO `posts` (`title`) VALUES (?), (?) RETURNING "
            "`id` | returned 1");
}

TEST(PlanInsert, ConflictsCanUpdate) {
  EXPECT_EQ(
      Summary("columns: 'id' columns: 'title' on_conflict: ON_CONFLICT_UPDATE "
              "rows {values {int_value: 1} values {text: 'a'}}"),
      "INSERT INTO `posts` (`id`, `title`) VALUES (?,?) ON DUPLICATE KEY "
      "UPDATE `id` = VALUES(`id`), `title` = VALUES(`title`) | ids -1");
  EXPECT_EQ(
      Summary("columns: 'id' columns: 'title' on_conflict: ON_CONFLICT_UPDATE "
              "update_columns: 'Title' rows {values {int_value: 1} values "
              "{text: 'a'}}"),
      "INSERT INTO `posts` (`id`, `title`) VALUES (?,?) ON DUPLICATE KEY "
      "UPDATE `title` = VALUES(`title`) | ids -1");
}

TEST(PlanInsert, DefaultIsAKeywordAndNullAParameter) {
  const auto spec = Parse<v1::InsertSpec>(
      "columns: 'id' columns: 'title' columns: 'order' rows {values "
      "{default_value {}} values {null_value: NULL_VALUE} values {int_value: "
      "3}}");
  auto plan = PlanInsert(spec, Posts());
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->sql,
            "INSERT INTO `posts` (`id`, `title`, `order`) VALUES "
            "(DEFAULT,?,?)");
  EXPECT_EQ(plan->parameters.size(), 2u);
  EXPECT_EQ(plan->row_count, 1);
  EXPECT_EQ(plan->verb, Verb::kInsert);
}

TEST(PlanInsert, RowsCanBeMadeOfDefaults) {
  EXPECT_EQ(Summary("rows {}"), "INSERT INTO `posts` () VALUES () | ids -1");
  EXPECT_EQ(Summary("rows {} rows {}"),
            "INSERT INTO `posts` () VALUES (), () RETURNING `id` | ids 0");
}

struct Bad {
  const char* spec;
  const char* message;
};

class RefusedInsert : public ::testing::TestWithParam<Bad> {};

TEST_P(RefusedInsert, SaysWhy) {
  EXPECT_THAT(Summary(GetParam().spec), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedInsert,
    ::testing::Values(
        Bad{"columns: 'title'", "rows: required"},
        Bad{"columns: 'nope' rows {values {int_value: 1}}",
            "has no column \"nope\""},
        Bad{"columns: 'slug' rows {values {int_value: 1}}",
            "columns[0]: column \"slug\" is computed"},
        Bad{"columns: 'id' columns: 'ID' rows {}",
            "columns[1]: column \"id\" is given twice"},
        Bad{"columns: 'id' rows {values {int_value: 1}} rows {}",
            "rows[1]: has 0 values for 1 columns"},
        Bad{"rows {values {int_value: 1}}", "rows[0]: has 1 values for 0"},
        Bad{"columns: 'id' columns: 'title' rows {values {int_value: 1} values "
            "{}}",
            "rows[0].values[1]: the value has no kind"},
        Bad{"columns: 'id' rows {values {double_value: inf}}",
            "rows[0].values[0]: NaN"},
        Bad{"columns: 'id' rows {values {list {}}}",
            "rows[0].values[0]: a list"},
        Bad{"columns: 'id' rows {values {int_value: 1}} update_columns: 'id'",
            "update_columns: needs `on_conflict: UPDATE`"},
        Bad{"columns: 'id' rows {values {int_value: 1}} on_conflict: "
            "ON_CONFLICT_UPDATE update_columns: 'title'",
            "update_columns[0]: column \"title\" is not one of `columns`"},
        Bad{"rows {} on_conflict: ON_CONFLICT_UPDATE", "columns: `on_confl"},
        Bad{"rows {} on_conflict: 9", "on_conflict: not a way"},
        Bad{"rows {} returning: '*' returning: 'id'", "no column \"*\""},
        Bad{"rows {} returning: 'x'", "no column \"x\""}));

TEST(PlanInsert, TooManyRowsAreRefused) {
  v1::InsertSpec spec;
  for (int i = 0; i < 10'001; ++i) spec.add_rows();
  const absl::Status status = PlanInsert(spec, Posts()).status();
  EXPECT_EQ(errors::ReasonOf(status), errors::kLimit);
  EXPECT_EQ(errors::MetadataOf(status, "limit"), "rows");
  EXPECT_EQ(errors::MetadataOf(status, "limit_value"), "10000");
}

TEST(PlanInsert, TooManyValuesAreRefused) {
  v1::InsertSpec spec;
  std::vector<catalog::Column> columns;
  for (int i = 0; i < 7; ++i) {
    catalog::Column column;
    column.name = absl::StrCat("c", i);
    columns.push_back(column);
  }
  const catalog::Table wide("wide", columns, {});
  for (int i = 0; i < 7; ++i) spec.add_columns(absl::StrCat("c", i));
  for (int r = 0; r < 10'000; ++r) {
    v1::Row* row = spec.add_rows();
    for (int i = 0; i < 7; ++i) row->add_values()->set_int_value(i);
  }
  const absl::Status status = PlanInsert(spec, wide).status();
  EXPECT_EQ(errors::ReasonOf(status), errors::kLimit);
  EXPECT_EQ(errors::MetadataOf(status, "limit_value"), "65535");
}

}  // namespace
}  // namespace berth::plan
