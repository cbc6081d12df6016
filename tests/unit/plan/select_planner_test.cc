#include "server/plan/select_planner.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "tests/unit/plan/sample_table.h"

namespace berth::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The SQL for a spec, or the error's message.
std::string Sql(const std::string& spec) {
  const auto message = Parse<v1::SelectSpec>(spec);
  auto plan = PlanSelect(message, Posts(), auth::WhereLevel::kRaw);
  return plan.ok() ? plan->sql : std::string(plan.status().message());
}

struct Case {
  const char* spec;
  const char* sql;
};

class PlanSelectTest : public ::testing::TestWithParam<Case> {};

TEST_P(PlanSelectTest, MakesSql) {
  EXPECT_EQ(Sql(GetParam().spec), GetParam().sql);
}

INSTANTIATE_TEST_SUITE_P(
    All, PlanSelectTest,
    ::testing::Values(
        Case{"",
             "SELECT `id`, `title`, `published`, `order`, `slug` FROM "
             "`posts`"},
        Case{"columns: 'TITLE' columns: 'id'",
             "SELECT `title`, `id` FROM `posts`"},
        Case{"columns: 'id' filter {where: 'id = ?' parameters {int_value: 1}}",
             "SELECT `id` FROM `posts` WHERE id = ?"},
        Case{"columns: 'id' order_by {column: 'order'} order_by {column: "
             "'title' descending: true}",
             "SELECT `id` FROM `posts` ORDER BY `order`, `title` DESC"},
        Case{"columns: 'id' limit: 10 offset: 20",
             "SELECT `id` FROM `posts` LIMIT 10 OFFSET 20"},
        Case{"columns: 'id' limit: 0", "SELECT `id` FROM `posts` LIMIT 0"},
        Case{"columns: 'id' lock: LOCK_UPDATE limit: 1",
             "SELECT `id` FROM `posts` LIMIT 1 FOR UPDATE"},
        Case{"columns: 'id' lock: LOCK_SHARE",
             "SELECT `id` FROM `posts` LOCK IN SHARE MODE"},
        Case{"columns: 'id' max_rows: 1", "SELECT `id` FROM `posts` LIMIT 1"},
        Case{"columns: 'id' max_rows: 1 limit: 5",
             "SELECT `id` FROM `posts` LIMIT 1"},
        Case{"columns: 'id' max_rows: 1 filter {where: 'limit 5'}",
             "SELECT `id` FROM `posts` limit 5"},
        Case{"columns: 'id' max_rows: 1 filter {where: 'id = 1 for update'}",
             "SELECT `id` FROM `posts` WHERE id = 1  LIMIT 1 for update"},
        Case{"columns: 'id' max_rows: 1 filter {where: 'for update'}",
             "SELECT `id` FROM `posts`  LIMIT 1 for update"},
        Case{"columns: 'id' max_rows: 1 filter {where: 'id=1 lock in share "
             "mode'}",
             "SELECT `id` FROM `posts` WHERE id=1  LIMIT 1 lock in share mode"},
        Case{"columns: 'id' order_by {column: 'id'} filter {where: 'id = 1 "
             "limit 5'}",
             "SELECT `id` FROM `posts` WHERE id = 1  ORDER BY `id` limit 5"},
        Case{"columns: 'id' limit: 2 filter {where: 'id = 1 order by id'}",
             "SELECT `id` FROM `posts` WHERE id = 1 order by id LIMIT 2"},
        Case{"columns: 'id' order_by {column: 'id'} limit: 2 filter {where: "
             "'p join users u on u.id = p.id'}",
             "SELECT `p`.`id` FROM `posts` p join users u on u.id = p.id ORDER "
             "BY `p`.`id` LIMIT 2"},
        Case{"columns: 'id' filter {where: 'join users u on u.id = posts.id'}",
             "SELECT `posts`.`id` FROM `posts` join users u on u.id = "
             "posts.id"},
        Case{"columns: 'id' filter {where: ', users'}",
             "SELECT `posts`.`id` FROM `posts` , users"},
        Case{"count_only: true", "SELECT COUNT(*) AS `count` FROM `posts`"},
        Case{"count_only: true max_rows: 1 filter {where: 'published'}",
             "SELECT COUNT(*) AS `count` FROM `posts` WHERE published"}));

INSTANTIATE_TEST_SUITE_P(
    Errors, PlanSelectTest,
    ::testing::Values(
        Case{"columns: 'titel'",
             "table \"posts\" has no column \"titel\"; did you mean "
             "\"title\"?"},
        Case{"columns: 'id' columns: '*'",
             "table \"posts\" has no column \"*\""},
        Case{"columns: 'id` from users -- '",
             "table \"posts\" has no column \"id` from users -- \""},
        Case{"order_by {column: 'x'}", "table \"posts\" has no column \"x\""},
        Case{"order_by {column: 'id'} filter {where: 'order by id'}",
             "order_by: the filter has an ORDER BY of its own"},
        Case{"limit: 1 filter {where: 'limit 1'}",
             "limit: the filter has a LIMIT of its own"},
        Case{"offset: 1", "offset: needs `limit`"},
        Case{"lock: LOCK_UPDATE filter {where: 'for update'}",
             "lock: the filter has a locking clause of its own"},
        Case{"count_only: true columns: 'id'",
             "columns: must be empty with `count_only`"},
        Case{"count_only: true limit: 1",
             "limit: must be unset with `count_only`"},
        Case{"count_only: true order_by {column: 'id'}",
             "order_by: must be empty with `count_only`"}));

TEST(PlanSelect, AnUnknownColumnNamesItsField) {
  const auto spec = Parse<v1::SelectSpec>("columns: 'id' columns: 'titel'");
  const absl::Status status =
      PlanSelect(spec, Posts(), auth::WhereLevel::kRaw).status();
  EXPECT_EQ(errors::ReasonOf(status), errors::kUnknownColumn);
  EXPECT_EQ(errors::MetadataOf(status, "table"), "posts");
  EXPECT_EQ(errors::MetadataOf(status, "column"), "titel");
}

TEST(PlanSelect, FillsThePlan) {
  const auto spec = Parse<v1::SelectSpec>(
      "max_rows: 7 filter {where: 'id > ? and id < ?' parameters {int_value: "
      "1} parameters {int_value: 2}}");
  auto plan = PlanSelect(spec, Posts(), auth::WhereLevel::kRaw);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->verb, Verb::kSelect);
  EXPECT_EQ(plan->table, "posts");
  EXPECT_EQ(plan->max_rows, 7u);
  EXPECT_THAT(Integers(*plan), ElementsAre(1, 2));
  EXPECT_EQ(plan->parameters[0], &spec.filter().parameters(0));
  EXPECT_FALSE(plan->may_dirty_session);
}

}  // namespace
}  // namespace berth::plan
