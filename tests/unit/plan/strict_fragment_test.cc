#include "server/plan/strict_fragment.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/limits.h"
#include "server/plan/delete_planner.h"
#include "server/plan/select_planner.h"
#include "server/plan/update_planner.h"
#include "tests/unit/plan/sample_table.h"

namespace berth::plan {
namespace {

using ::testing::HasSubstr;

constexpr auto kStrict = auth::WhereLevel::kStrict;

absl::StatusOr<Fragment> Read(const v1::Filter& filter) {
  return ReadFragment(filter, Posts(), kStrict, "filter");
}

// The text as it is written anew, with `'` for back quotes; or the error. Each
// placeholder gets NULL.
std::string Strict(const std::string& where) {
  v1::Filter filter;
  filter.set_where(where);
  auto tokens = catalog::Tokenize(where, "where");
  for (size_t i = 0; tokens.ok() && i < tokens->size(); ++i) {
    if ((*tokens)[i].kind == catalog::TokenKind::kPlaceholder) {
      filter.add_parameters()->set_null_value(google::protobuf::NULL_VALUE);
    }
  }
  const auto fragment = Read(filter);
  return fragment.ok() ? fragment->sql
                       : std::string(fragment.status().message());
}

struct Case {
  const char* where;
  const char* sql;
};

class StrictFragment : public ::testing::TestWithParam<Case> {};

TEST_P(StrictFragment, IsWrittenAnew) {
  EXPECT_EQ(Strict(GetParam().where), GetParam().sql);
}

// What is written anew is its own canonical form.
TEST_P(StrictFragment, StaysAsItWasWritten) {
  EXPECT_EQ(Strict(GetParam().sql), GetParam().sql);
}

INSTANTIATE_TEST_SUITE_P(
    Conditions, StrictFragment,
    ::testing::Values(
        Case{"", ""}, Case{" \n", ""}, Case{"id=?", " WHERE `id` = ?"},
        Case{"where ID = 1", " WHERE `id` = 1"},
        Case{"`Title`='it''s; -- ?'", " WHERE `title` = 'it''s; -- ?'"},
        Case{"title = \"a 'quote' \"\" \"",
             " WHERE `title` = 'a ''quote'' \" '"},
        Case{"posts.id = 1 and `posts`.`title` = ?",
             " WHERE `id` = 1 AND `title` = ?"},
        Case{"order = 1 and `order` > 2", " WHERE `order` = 1 AND `order` > 2"},
        Case{"published", " WHERE `published`"},
        Case{"not published or NOT not id xor id && 1",
             " WHERE NOT `published` OR NOT NOT `id` XOR `id` AND 1"},
        Case{"id<=>null", " WHERE `id` <=> NULL"},
        Case{"id<>1 and id!=2 and id<3 and id<=4 and id>5 and id>=6",
             " WHERE `id` <> 1 AND `id` != 2 AND `id` < 3 AND `id` <= 4 AND "
             "`id` > 5 AND `id` >= 6"},
        Case{"id in(1,?, 'a')", " WHERE `id` IN (1, ?, 'a')"},
        Case{"id Not In (-1)", " WHERE `id` NOT IN (- 1)"},
        Case{"id between 1 and 2 and id not between ? and ?",
             " WHERE `id` BETWEEN 1 AND 2 AND `id` NOT BETWEEN ? AND ?"},
        Case{"title like 'a|%' escape '|'",
             " WHERE `title` LIKE 'a|%' ESCAPE '|'"},
        Case{"title not like ?", " WHERE `title` NOT LIKE ?"},
        Case{"id is null or id is not null and (id = 1) is not unknown",
             " WHERE `id` IS NULL OR `id` IS NOT NULL AND (`id` = 1) IS NOT "
             "UNKNOWN"},
        Case{"id+1*2-3/4%5 div 6 mod 7 & 8|9^10<<11>>12",
             " WHERE `id` + 1 * 2 - 3 / 4 % 5 DIV 6 MOD 7 & 8 | 9 ^ 10 << 11 "
             ">> 12"},
        Case{"id--1", " WHERE `id` - - 1"}, Case{"-+~id", " WHERE - + ~ `id`"},
        Case{"id = 1.5e-3 or id = 2. or id = 3E5 or id = 007",
             " WHERE `id` = 1.5e-3 OR `id` = 2. OR `id` = 3E5 OR `id` = 007"},
        Case{"lower ( title ) = concat(?,'b',null)",
             " WHERE LOWER(`title`) = CONCAT(?, 'b', NULL)"},
        Case{"id < now() and id < Current_Timestamp",
             " WHERE `id` < NOW() AND `id` < CURRENT_TIMESTAMP"},
        Case{"left(title,1)='a' and if(id,1,2) and mod(id,2)",
             " WHERE LEFT(`title`, 1) = 'a' AND IF(`id`, 1, 2) AND MOD(`id`, "
             "2)"},
        Case{"case id when 1 then 2 else 3 end = case when id then true else "
             "false end",
             " WHERE CASE `id` WHEN 1 THEN 2 ELSE 3 END = CASE WHEN `id` THEN "
             "TRUE ELSE FALSE END"},
        Case{"((id = 1) or (id = 2))", " WHERE ((`id` = 1) OR (`id` = 2))"}));

INSTANTIATE_TEST_SUITE_P(
    Clauses, StrictFragment,
    ::testing::Values(
        Case{"order by id", " ORDER BY `id`"},
        Case{"published order by title desc, id asc, length(title)",
             " WHERE `published` ORDER BY `title` DESC, `id` ASC, "
             "LENGTH(`title`)"},
        Case{"limit 10", " LIMIT 10"}, Case{"limit ?", " LIMIT ?"},
        Case{"limit 5,10", " LIMIT 5, 10"},
        Case{"id=1 limit ? offset 20", " WHERE `id` = 1 LIMIT ? OFFSET 20"},
        Case{"for update", " FOR UPDATE"},
        Case{"id=1 order by id limit 1 for update skip locked",
             " WHERE `id` = 1 ORDER BY `id` LIMIT 1 FOR UPDATE SKIP LOCKED"},
        Case{"id=1 for update nowait", " WHERE `id` = 1 FOR UPDATE NOWAIT"},
        Case{"id=1 lock in share mode", " WHERE `id` = 1 LOCK IN SHARE MODE"}));

struct Bad {
  const char* where;
  const char* reason;
  const char* message;
};

class RefusedByStrict : public ::testing::TestWithParam<Bad> {};

TEST_P(RefusedByStrict, SaysWhy) {
  v1::Filter filter;
  filter.set_where(GetParam().where);
  const auto fragment = Read(filter);
  ASSERT_FALSE(fragment.ok()) << fragment->sql;
  EXPECT_EQ(errors::ReasonOf(fragment.status()), GetParam().reason);
  EXPECT_THAT(std::string(fragment.status().message()),
              HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    NoSql, RefusedByStrict,
    ::testing::Values(
        Bad{"id =", "INVALID_FIELD",
            "filter.where: ends where a value or a column was expected"},
        Bad{"id = = 1", "INVALID_FIELD",
            "`=` at byte 6 where a value or a column was expected"},
        Bad{"id = 1 2", "INVALID_FIELD",
            "`2` at byte 8 where the end or a further clause was expected"},
        Bad{"and id", "INVALID_FIELD", "`and` at byte 1"},
        Bad{"id = 1 and order by id", "INVALID_FIELD", "`by` at byte 18"},
        Bad{"id in 1", "INVALID_FIELD", "where `(` was expected"},
        Bad{"id in ()", "INVALID_FIELD", "`)` at byte 8"},
        Bad{"id between 1 or 2", "INVALID_FIELD", "where AND was expected"},
        Bad{"id is 5", "INVALID_FIELD", "NULL, TRUE, FALSE or UNKNOWN"},
        Bad{"id < = 1", "INVALID_FIELD", "`=` at byte 6"},
        Bad{"id = 12abc", "INVALID_FIELD", "is not a number"},
        Bad{"id = 1..2", "INVALID_FIELD", "is not a number"},
        Bad{"order by", "INVALID_FIELD", "a value or a column"},
        Bad{"limit id", "INVALID_FIELD", "a number of rows"},
        Bad{"limit -1", "INVALID_FIELD", "a number of rows"},
        Bad{"limit 1.5", "INVALID_FIELD", "a number of rows"},
        Bad{"limit 1 order by id", "INVALID_FIELD", "`order` at byte 9"},
        Bad{"for update limit 1", "INVALID_FIELD", "`limit` at byte 12"},
        Bad{"for share", "INVALID_FIELD", "where UPDATE was expected"},
        Bad{"case when id then 1", "INVALID_FIELD", "where END was expected"},
        Bad{"'a' 'b'", "INVALID_FIELD", "`'b'` at byte 5"},
        Bad{"id = ?", "INVALID_FIELD", "the text has 1 placeholders, 0"},
        Bad{"titel = 1", "UNKNOWN_COLUMN", "did you mean \"title\"?"},
        Bad{"`titel` = 1", "UNKNOWN_COLUMN", "did you mean \"title\"?"},
        Bad{"posts.titel = 1", "UNKNOWN_COLUMN", "did you mean \"title\"?"}));

std::string Repeat(const std::string& text, int times) {
  return absl::StrReplaceAll(std::string(static_cast<size_t>(times), 'x'),
                             {{"x", text}});
}

TEST(StrictFragmentLimits, NestingIsBounded) {
  struct Nested {
    const char* open;
    const char* close;
  };
  for (const Nested& nested :
       {Nested{"(", ")"}, Nested{"not ", ""}, Nested{"- ", ""},
        Nested{"lower(", ")"}, Nested{"id in (", ")"},
        Nested{"id between 1 and ", ""}, Nested{"case when ", " then 1 end"}}) {
    const auto text = [&](int times) {
      return absl::StrCat(Repeat(nested.open, times), "id",
                          Repeat(nested.close, times));
    };
    EXPECT_THAT(Strict(text(limits::kStrictNesting)),
                Not(HasSubstr("filter.where")))
        << nested.open;
    EXPECT_THAT(Strict(text(limits::kStrictNesting + 1)),
                HasSubstr("at most 32 levels of nesting"))
        << nested.open;
  }
}

TEST(StrictFragmentLimits, TenThousandParenthesesAreRefused) {
  EXPECT_THAT(
      Strict(absl::StrCat(Repeat("(", 10'000), "1", Repeat(")", 10'000))),
      HasSubstr("at most 4096 words and signs"));
  EXPECT_THAT(Strict(absl::StrCat(Repeat("(", 2'000), "1", Repeat(")", 2'000))),
              HasSubstr("at most 32 levels of nesting"));
}

TEST(StrictFragmentLimits, LongRowsOfConditionsAreNotNested) {
  EXPECT_THAT(Strict(absl::StrCat(Repeat("id = 1 or ", 1000), "id")),
              HasSubstr(" WHERE `id` = 1 OR "));
}

TEST(StrictFragmentLists, AreExpanded) {
  const auto filter = Parse<v1::Filter>(R"(
      where: "id > ? and id in (?) and id not in (?) limit ? for update"
      parameters { int_value: 1 }
      parameters { list { values { int_value: 2 } values { int_value: 3 }
                          values { int_value: 4 } } }
      parameters { list {} } parameters { int_value: 5 })");
  auto fragment = Read(filter);
  ASSERT_TRUE(fragment.ok()) << fragment.status();
  EXPECT_EQ(fragment->sql,
            " WHERE `id` > ? AND `id` IN (?,?,?,?) AND `id` NOT IN (SELECT "
            "NULL FROM DUAL WHERE FALSE) LIMIT ? FOR UPDATE");
  EXPECT_EQ(fragment->sql.substr(fragment->order_at), " LIMIT ? FOR UPDATE");
  EXPECT_EQ(fragment->sql.substr(fragment->limit_at), " FOR UPDATE");
  EXPECT_EQ(fragment->parameters.size(), 6u);
  EXPECT_FALSE(fragment->may_dirty_session);
}

TEST(StrictFragmentLists, StandAlone) {
  auto fragment = Read(Parse<v1::Filter>(
      "where: 'lower(?)' parameters {list {values {int_value: 1}}}"));
  EXPECT_THAT(std::string(fragment.status().message()),
              HasSubstr("filter.parameters[0]: a list"));
}

TEST(StrictPlans, KeepTheOrderOfClauses) {
  const auto select = [](const std::string& spec) {
    const auto message = Parse<v1::SelectSpec>(spec);
    auto plan = PlanSelect(message, Posts(), kStrict);
    return plan.ok() ? plan->sql : std::string(plan.status().message());
  };
  EXPECT_EQ(select("columns: 'id' max_rows: 1 filter {where: 'id=1 for "
                   "update'}"),
            "SELECT `id` FROM `posts` WHERE `id` = 1 LIMIT 1 FOR UPDATE");
  EXPECT_EQ(select("columns: 'id' order_by {column: 'id'} filter {where: "
                   "'id=1 limit 5'}"),
            "SELECT `id` FROM `posts` WHERE `id` = 1 ORDER BY `id` LIMIT 5");
  EXPECT_EQ(select("columns: 'id' limit: 2 filter {where: 'order by id'}"),
            "SELECT `id` FROM `posts` ORDER BY `id` LIMIT 2");
  EXPECT_EQ(select("columns: 'id'"), "SELECT `id` FROM `posts`");
  EXPECT_EQ(select("limit: 1 filter {where: 'limit 1'}"),
            "limit: the filter has a LIMIT of its own");
}

TEST(StrictPlans, ExpressionsOfAssignmentsAreWrittenAnew) {
  const auto update = [](const std::string& text) {
    const auto message = Parse<v1::UpdateSpec>(
        absl::StrCat("assignments {column: 'order' expression {where: \"", text,
                     "\"}} filter {where: 'id=1'}"));
    auto plan = PlanUpdate(message, Posts(), kStrict);
    return plan.ok() ? plan->sql : std::string(plan.status().message());
  };
  EXPECT_EQ(update("order+1"),
            "UPDATE `posts` SET `order` = (`order` + 1) WHERE `id` = 1");
  EXPECT_EQ(update("NOW()"),
            "UPDATE `posts` SET `order` = (NOW()) WHERE `id` = 1");
  EXPECT_EQ(update("default"),
            "UPDATE `posts` SET `order` = default WHERE `id` = 1");
  EXPECT_THAT(update("(select 1)"),
              HasSubstr("assignments[0].expression.where: `select` at byte 2"));
  EXPECT_THAT(update("1, id = 2"), HasSubstr("`,` at byte 2"));
  EXPECT_THAT(update("order + ?"), HasSubstr("1 placeholders, 0 values"));
  EXPECT_THAT(update("titel"), HasSubstr("did you mean"));
  EXPECT_THAT(update("1 where 1"), HasSubstr("`where` at byte 3"));
  EXPECT_THAT(update(" "), HasSubstr("required"));
}

TEST(StrictPlans, WritesSayWhichRows) {
  const auto remove = [](const std::string& spec) {
    const auto message = Parse<v1::DeleteSpec>(spec);
    auto plan = PlanDelete(message, Posts(), kStrict);
    return plan.ok() ? plan->sql : std::string(plan.status().message());
  };
  EXPECT_EQ(remove("filter {where: 'id=1 order by id limit 2'}"),
            "DELETE FROM `posts` WHERE `id` = 1 ORDER BY `id` LIMIT 2");
  EXPECT_THAT(remove("filter {where: ' '}"), HasSubstr("empty; to mean"));
  EXPECT_THAT(remove("filter {where: 'order by id'}"),
              HasSubstr("names neither"));
  EXPECT_THAT(remove("filter {where: 'id = 1 for update'}"),
              HasSubstr("FOR is not allowed here"));
  EXPECT_EQ(remove("all_rows: true"), "DELETE FROM `posts`");
}

}  // namespace
}  // namespace berth::plan
