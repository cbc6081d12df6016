#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/plan/delete_planner.h"
#include "server/plan/update_planner.h"
#include "tests/unit/plan/sample_table.h"

namespace berth::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Update(const std::string& spec) {
  const auto message = Parse<v1::UpdateSpec>(spec);
  auto plan = PlanUpdate(message, Posts(), auth::WhereLevel::kRaw);
  return plan.ok() ? plan->sql : std::string(plan.status().message());
}

std::string Delete(const std::string& spec) {
  const auto message = Parse<v1::DeleteSpec>(spec);
  auto plan = PlanDelete(message, Posts(), auth::WhereLevel::kRaw);
  return plan.ok() ? plan->sql : std::string(plan.status().message());
}

constexpr char kSetTitle[] = "assignments {column: 'title' value {text: 'x'}} ";

TEST(PlanUpdate, BindsValuesThenTheFilter) {
  const auto spec = Parse<v1::UpdateSpec>(R"pb(
    assignments {
      column: "order"
      value { int_value: 1 }
    }
    assignments {
      column: "Title"
      expression {
        where: "concat(title, ?, ?)"
        parameters { int_value: 2 }
        parameters { int_value: 3 }
      }
    }
    assignments {
      column: "published"
      value { default_value {} }
    }
    filter {
      where: "id = ?"
      parameters { int_value: 4 }
    }
  )pb");
  auto plan = PlanUpdate(spec, Posts(), auth::WhereLevel::kRaw);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->sql,
            "UPDATE `posts` SET `order` = ?, `title` = (concat(title, ?, ?)), "
            "`published` = DEFAULT WHERE id = ?");
  EXPECT_THAT(Integers(*plan), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(plan->verb, Verb::kUpdate);
  EXPECT_EQ(plan->table, "posts");
}

TEST(PlanUpdate, AnExpressionCannotHoldAnotherAssignment) {
  EXPECT_EQ(Update("assignments {column: 'order' expression {where: '1, id = "
                   "2'}} all_rows: true"),
            "UPDATE `posts` SET `order` = (1, id = 2)");
  EXPECT_THAT(Update("assignments {column: 'order' expression {where: '1) "
                     "where (1'}} all_rows: true"),
              HasSubstr("assignments[0].expression.where: `)`"));
}

TEST(PlanUpdate, DefaultIsAnExpressionToo) {
  EXPECT_EQ(Update("assignments {column: 'order' expression {where: "
                   "'default'}} all_rows: true"),
            "UPDATE `posts` SET `order` = default");
}

TEST(PlanUpdate, ListsExpandInExpressions) {
  EXPECT_EQ(Update("assignments {column: 'order' expression {where: 'id in "
                   "(?)' parameters {list {}}}} all_rows: true"),
            "UPDATE `posts` SET `order` = (id in (SELECT NULL FROM DUAL WHERE "
            "FALSE))");
}

TEST(PlanUpdate, MayBeOrderedAndLimited) {
  EXPECT_EQ(Update(absl::StrCat(
                kSetTitle, "filter {where: 'published order by id limit 3'}")),
            "UPDATE `posts` SET `title` = ? WHERE published order by id limit "
            "3");
  EXPECT_EQ(Update(absl::StrCat(kSetTitle, "filter {where: 'limit 3'}")),
            "UPDATE `posts` SET `title` = ? limit 3");
}

TEST(PlanUpdate, NotesWhatMayDirtyTheSession) {
  const auto spec = Parse<v1::UpdateSpec>(
      "assignments {column: 'order' expression {where: "
      "'last_insert_id(7)'}} "
      "all_rows: true");
  EXPECT_TRUE(
      PlanUpdate(spec, Posts(), auth::WhereLevel::kRaw)->may_dirty_session);
}

struct Bad {
  const char* spec;
  const char* message;
};

class RefusedUpdate : public ::testing::TestWithParam<Bad> {};

TEST_P(RefusedUpdate, SaysWhy) {
  EXPECT_THAT(Update(GetParam().spec), HasSubstr(GetParam().message));
}

#define SET "assignments {column: 'title' value {text: 'x'}} "
INSTANTIATE_TEST_SUITE_P(
    All, RefusedUpdate,
    ::testing::Values(
        Bad{"all_rows: true", "assignments: required"},
        Bad{SET, "filter.where: empty; to mean every row"},
        Bad{SET "filter {where: '  '}", "filter.where: empty"},
        Bad{SET "all_rows: true filter {where: 'id = 1'}", "all_rows: contra"},
        Bad{SET "filter {where: 'order by id'}",
            "filter.where: names neither a condition nor a LIMIT"},
        Bad{SET "filter {where: 'join users u on 1'}", "joins and aliases"},
        Bad{SET "filter {where: 'p where p.id = 1'}", "joins and aliases"},
        Bad{SET "filter {where: ', users where 1'}", "joins and aliases"},
        Bad{SET "filter {where: 'id = 1 group by id'}", "GROUP is not allowed"},
        Bad{SET "filter {where: 'id = 1 for update'}", "FOR is not allowed"},
        Bad{SET "filter {where: '1 union select 1'}", "UNION is not allowed"},
        Bad{SET SET "all_rows: true",
            "assignments[1].column: column \"title\" is given twice"},
        Bad{"assignments {column: 'slug' value {text: ''}} all_rows: "
            "true",
            "assignments[0].column: column \"slug\" is computed"},
        Bad{"assignments {column: 'titel' value {text: ''}} all_rows: "
            "true",
            "did you mean \"title\"?"},
        Bad{"assignments {column: 'title'} all_rows: true",
            "assignments[0]: needs `value` or `expression`"},
        Bad{"assignments {column: 'title' value {}} all_rows: true",
            "assignments[0].value: the value has no kind"},
        Bad{"assignments {column: 'title' value {list {}}} all_rows: "
            "true",
            "assignments[0].value: a list"},
        Bad{"assignments {column: 'title' expression {}} all_rows: true",
            "assignments[0].expression.where: required"},
        Bad{"assignments {column: 'title' expression {where: '?'}} "
            "all_rows: "
            "true",
            "assignments[0].expression.parameters: the text has 1"}));
#undef SET

TEST(PlanDelete, FollowsTheFilter) {
  const auto spec = Parse<v1::DeleteSpec>(
      "filter {where: 'id in (?) limit 5' parameters {list {values "
      "{int_value: 7}}}}");
  auto plan = PlanDelete(spec, Posts(), auth::WhereLevel::kRaw);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->sql, "DELETE FROM `posts` WHERE id in (?) limit 5");
  EXPECT_THAT(Integers(*plan), ElementsAre(7));
  EXPECT_EQ(plan->verb, Verb::kDelete);
  EXPECT_EQ(Delete("all_rows: true"), "DELETE FROM `posts`");
}

TEST(PlanDelete, RefusesWhatSaysNotWhichRows) {
  EXPECT_THAT(Delete(""), HasSubstr("filter.where: empty"));
  EXPECT_THAT(Delete("filter {where: 'order by id'}"),
              HasSubstr("names neither"));
  EXPECT_THAT(Delete("all_rows: true filter {where: 'id = 1'}"),
              HasSubstr("all_rows: contradicts"));
  EXPECT_THAT(Delete("filter {where: 'id = 1 returning id'}"),
              HasSubstr("RETURNING is not allowed"));
  EXPECT_THAT(Delete("filter {where: 'p join users u on 1'}"),
              HasSubstr("joins and aliases"));
}

}  // namespace
}  // namespace berth::plan
