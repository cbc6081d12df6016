#include "server/plan/fragment.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/limits.h"
#include "tests/unit/plan/sample_table.h"

namespace berth::plan {
namespace {

using ::testing::HasSubstr;

constexpr auto kCondition = FragmentStart::kCondition;
constexpr auto kClause = FragmentStart::kClause;
constexpr auto kAlias = FragmentStart::kAlias;

struct Case {
  const char* text;
  FragmentStart start;
};

class StartOfFragmentTest : public ::testing::TestWithParam<Case> {};

TEST_P(StartOfFragmentTest, IsDecided) {
  auto tokens = catalog::Tokenize(GetParam().text, "where");
  ASSERT_TRUE(tokens.ok()) << tokens.status();
  EXPECT_EQ(StartOfFragment(*tokens, Posts()), GetParam().start)
      << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(Empty, StartOfFragmentTest,
                         ::testing::Values(Case{"", FragmentStart::kEmpty},
                                           Case{" \n\t ",
                                                FragmentStart::kEmpty}));

INSTANTIATE_TEST_SUITE_P(
    Conditions, StartOfFragmentTest,
    ::testing::Values(
        Case{"id = 1", kCondition}, Case{"  id=1", kCondition},
        Case{"title like 'a%'", kCondition},
        Case{"id = 1 order by title limit 10", kCondition},
        Case{"id in (1,2)", kCondition}, Case{"id IN(1)", kCondition},
        Case{"id between 1 and 2", kCondition},
        Case{"not published", kCondition},
        Case{"(id = 1 or id = 2)", kCondition}, Case{"`id` = 1", kCondition},
        Case{"`order` = 1", kCondition}, Case{"1=1", kCondition},
        Case{"? < id", kCondition}, Case{"'a' = title", kCondition},
        Case{"-id < 1", kCondition}, Case{"published", kCondition},
        Case{"published order by id", kCondition},
        Case{"published limit 3", kCondition},
        Case{"`published` order by id", kCondition},
        Case{"published group by title", kCondition},
        Case{"left(title, 1) = 'a'", kCondition},
        Case{"LEFT (title, 1) = 'a'", kCondition},
        Case{"right(title, 1) = 'a'", kCondition},
        Case{"not left(title, 1) = 'a'", kCondition},
        Case{"case left(title, 1) when 'a' then 1 end", kCondition},
        Case{"exists (select 1)", kCondition},
        Case{"length(title) > 3", kCondition}, Case{"posts.id = 1", kCondition},
        Case{"title is null", kCondition}, Case{"title regexp 'x'", kCondition},
        Case{"unknown = 1", kCondition}, Case{"id and published", kCondition},
        Case{"case when id then 1 else 0 end", kCondition},
        Case{"p", kCondition}, Case{"match(title) against ('x')", kCondition}));

INSTANTIATE_TEST_SUITE_P(
    Clauses, StartOfFragmentTest,
    ::testing::Values(
        Case{"where id = 1", kClause}, Case{"WHERE id = 1", kClause},
        Case{"\twhere(id = 1)", kClause}, Case{"where not published", kClause},
        Case{"where -id < 1", kClause}, Case{"order by id", kClause},
        Case{"Order By id desc limit 3", kClause},
        Case{"group by title having count(*) > 1", kClause},
        Case{"having id > 1", kClause}, Case{"limit 10", kClause},
        Case{"limit ?", kClause}, Case{"for update", kClause},
        Case{"lock in share mode", kClause},
        Case{"join users u on u.id = posts.id", kClause},
        Case{"inner join users on 1", kClause},
        Case{"left join users u on 1", kClause},
        Case{"left outer join users u on 1", kClause},
        Case{"right join users u on 1", kClause},
        Case{"cross join users", kClause}, Case{"natural join users", kClause},
        Case{"straight_join users", kClause},
        Case{"use index (a) where id = 1", kClause},
        Case{"force index (a)", kClause}, Case{"ignore index (a)", kClause},
        Case{", users u where u.id = posts.id", kClause},
        Case{"as p where p.id = 1", kClause}, Case{"partition (p0)", kClause}));

INSTANTIATE_TEST_SUITE_P(
    Aliases, StartOfFragmentTest,
    ::testing::Values(Case{"p order by p.id", kAlias},
                      Case{"u join users x on 1", kAlias},
                      Case{"u left join users x on 1", kAlias},
                      Case{"`p` where p.id = 1", kAlias},
                      Case{"p, users u where p.id = u.id", kAlias},
                      Case{"p limit 3", kAlias}, Case{"p for update", kAlias}));

absl::StatusOr<Fragment> Read(const v1::Filter& filter) {
  return ReadFragment(filter, Posts(), auth::WhereLevel::kRaw, "filter");
}

absl::StatusOr<Fragment> ReadText(const std::string& where) {
  v1::Filter filter;
  filter.set_where(where);
  return Read(filter);
}

TEST(ReadFragment, PutsWhereBeforeConditionsOnly) {
  EXPECT_EQ(ReadText("id = 1")->sql, " WHERE id = 1");
  EXPECT_EQ(ReadText("where id = 1")->sql, " where id = 1");
  EXPECT_EQ(ReadText("p where id = 1")->sql, " p where id = 1");
  EXPECT_EQ(ReadText(" ")->sql, "");
}

TEST(ReadFragment, QualifiesOnlyWhereOtherTablesOrAliasesAre) {
  EXPECT_EQ(ReadText("id = 1")->qualifier, "");
  EXPECT_EQ(ReadText("use index (a, b) where id = 1")->qualifier, "");
  EXPECT_EQ(ReadText("use index for join (a) where 1")->qualifier, "");
  EXPECT_EQ(ReadText("order by id, title")->qualifier, "");
  EXPECT_EQ(ReadText("where id = 1 order by id, title")->qualifier, "");
  EXPECT_EQ(ReadText("group by id, title")->qualifier, "");
  EXPECT_EQ(ReadText("id in (select id from a join b)")->qualifier, "");
  EXPECT_EQ(ReadText("join users u on 1")->qualifier, "`posts`");
  EXPECT_EQ(ReadText(", users u")->qualifier, "`posts`");
  EXPECT_EQ(ReadText("p join users u on 1")->qualifier, "`p`");
  EXPECT_EQ(ReadText("p order by p.id")->qualifier, "`p`");
  EXPECT_EQ(ReadText("as `a``b` where 1")->qualifier, "`a``b`");
}

TEST(ReadFragment, FindsClausesOutsideParenthesesOnly) {
  const auto nested = ReadText("id in (select id from b order by x limit 3)");
  EXPECT_FALSE(nested->has_limit);
  EXPECT_FALSE(nested->has_order_by);
  EXPECT_FALSE(ReadText("title = 'limit 3 order by'")->has_limit);
  EXPECT_FALSE(ReadText("`limit` = 3")->has_limit);
  EXPECT_FALSE(ReadText("posts.limit = 3")->has_limit);
  EXPECT_FALSE(ReadText("use index for order by (a)")->has_order_by);
  const auto full = ReadText("id = 1 ORDER BY id LIMIT 3 FOR UPDATE");
  EXPECT_TRUE(full->has_order_by);
  EXPECT_TRUE(full->has_limit);
  EXPECT_TRUE(full->has_lock);
  EXPECT_EQ(full->sql.substr(full->order_at), "LIMIT 3 FOR UPDATE");
  EXPECT_EQ(full->sql.substr(full->limit_at), "FOR UPDATE");
  EXPECT_TRUE(ReadText("id = 1 lock in share mode")->has_lock);
  EXPECT_TRUE(ReadText("id = 1 fetch first 3 rows only")->has_limit);
}

struct Bad {
  const char* where;
  const char* message;
};

class RefusedFragment : public ::testing::TestWithParam<Bad> {};

TEST_P(RefusedFragment, NamesTheField) {
  auto fragment = ReadText(GetParam().where);
  ASSERT_FALSE(fragment.ok());
  EXPECT_EQ(errors::ReasonOf(fragment.status()), errors::kInvalidField);
  EXPECT_THAT(std::string(fragment.status().message()),
              HasSubstr(absl::StrCat("filter.", GetParam().message)));
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedFragment,
    ::testing::Values(
        Bad{"1=1; drop table x", "where: `;`"}, Bad{"id = 1 -- ", "where: a c"},
        Bad{"id = 1 # x", "where: a comment"},
        Bad{"id /* x */ = 1", "where: a comment"},
        Bad{"id = 1 /*! or 1=1 */", "where: a comment"},
        Bad{"1=0) or (1=1", "where: `)`"}, Bad{"(id = 1", "where: `(`"},
        Bad{"title = 'x", "where: unterminated"},
        Bad{"id = ?", "parameters: the text has 1 placeholders, 0 values"}));

TEST(ReadFragment, PlaceholdersInTextsAreNone) {
  EXPECT_TRUE(ReadText("title = '?' or `a?` = \"?\"").ok());
}

TEST(ReadFragment, MoreValuesThanPlaceholdersAreRefused) {
  auto fragment = Read(Parse<v1::Filter>(
      "where: 'id = ?' parameters {int_value: 1} parameters {int_value: 2}"));
  EXPECT_THAT(std::string(fragment.status().message()),
              HasSubstr("1 placeholders, 2 values"));
  EXPECT_FALSE(Read(Parse<v1::Filter>("parameters {int_value: 1}")).ok());
}

TEST(ReadFragment, LongTextsAreRefused) {
  auto fragment = ReadText(std::string(limits::kFragmentBytes + 1, ' '));
  EXPECT_EQ(errors::ReasonOf(fragment.status()), errors::kLimit);
  EXPECT_EQ(errors::MetadataOf(fragment.status(), "limit_value"), "65536");
}

// The text and the number of parameters that a list of `count` makes.
std::string Expanded(const std::string& where, int count) {
  v1::Filter filter;
  filter.set_where(where);
  v1::ValueList* list = filter.add_parameters()->mutable_list();
  for (int i = 0; i < count; ++i) list->add_values()->set_int_value(i);
  auto fragment = Read(filter);
  if (!fragment.ok()) return std::string(fragment.status().message());
  std::string values;
  for (const v1::Value* value : fragment->parameters) {
    absl::StrAppend(&values, " ", value->int_value());
  }
  return absl::StrCat(fragment->sql, " |", values);
}

TEST(ReadFragment, ListsArePaddedToPowersOfTwo) {
  EXPECT_EQ(Expanded("id in (?)", 1), " WHERE id in (?) | 0");
  EXPECT_EQ(Expanded("id in (?)", 2), " WHERE id in (?,?) | 0 1");
  EXPECT_EQ(Expanded("id IN ( ? )", 3), " WHERE id IN ( ?,?,?,? ) | 0 1 2 2");
  EXPECT_EQ(Expanded("id not in(?)", 5),
            " WHERE id not in(?,?,?,?,?,?,?,?) | 0 1 2 3 4 4 4 4");
}

TEST(ReadFragment, AnEmptyListMatchesNothing) {
  EXPECT_EQ(Expanded("id in (?)", 0),
            " WHERE id in (SELECT NULL FROM DUAL WHERE FALSE) |");
  EXPECT_EQ(Expanded("id not in (?) limit 3", 0),
            " WHERE id not in (SELECT NULL FROM DUAL WHERE FALSE) limit 3 |");
}

TEST(ReadFragment, AListElsewhereIsRefused) {
  for (const char* where :
       {"id = ?", "id in (?, 1)", "id in (1, ?)", "id in ((?))", "f(?)"}) {
    EXPECT_THAT(Expanded(where, 2), HasSubstr("filter.parameters[0]: a list"))
        << where;
  }
}

TEST(ReadFragment, AListIsLimited) {
  EXPECT_THAT(Expanded("id in (?)", limits::kListValues + 1),
              HasSubstr("at most 10000 values of a list"));
}

TEST(ReadFragment, ListsArePaddedOnlyWhereTheStatementHasRoom) {
  v1::Filter filter;
  for (int i = 0; i < 5; ++i) {
    absl::StrAppend(filter.mutable_where(), i == 0 ? "" : " or ", "id in (?)");
    v1::ValueList* list = filter.add_parameters()->mutable_list();
    for (int j = 0; j < limits::kListValues; ++j) {
      list->add_values()->set_int_value(j);
    }
  }
  auto fragment = Read(filter);
  ASSERT_TRUE(fragment.ok()) << fragment.status();
  EXPECT_LE(fragment->parameters.size(), limits::kPlaceholders);
}

TEST(ReadFragment, ListsKeepTheOrderOfParametersAndClauses) {
  const auto filter = Parse<v1::Filter>(R"(
      where: "id > ? and id in (?) and id < ? limit ? for update"
      parameters { int_value: 1 }
      parameters { list { values { int_value: 2 } values { int_value: 3 } } }
      parameters { int_value: 4 } parameters { int_value: 5 })");
  auto fragment = Read(filter);
  ASSERT_TRUE(fragment.ok()) << fragment.status();
  EXPECT_EQ(fragment->sql,
            " WHERE id > ? and id in (?,?) and id < ? limit ? for update");
  EXPECT_EQ(fragment->sql.substr(fragment->order_at), "limit ? for update");
  EXPECT_EQ(fragment->sql.substr(fragment->limit_at), "for update");
  EXPECT_EQ(fragment->parameters.size(), 5u);
}

struct BadValue {
  const char* value;
  const char* message;
};

class RefusedParameter : public ::testing::TestWithParam<BadValue> {};

TEST_P(RefusedParameter, NamesItsField) {
  auto fragment = Read(Parse<v1::Filter>(
      absl::StrCat("where: 'id in (1) and id in (?) and id in (?)' "
                   "parameters {int_value: 1} parameters {",
                   GetParam().value, "}")));
  ASSERT_FALSE(fragment.ok());
  EXPECT_EQ(errors::ReasonOf(fragment.status()), errors::kInvalidField);
  EXPECT_THAT(std::string(fragment.status().message()),
              HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedParameter,
    ::testing::Values(
        BadValue{"", "filter.parameters[1]: the value has no kind"},
        BadValue{"double_value: nan", "filter.parameters[1]: NaN"},
        BadValue{"double_value: -inf", "filter.parameters[1]: NaN"},
        BadValue{"default_value {}", "filter.parameters[1]: DEFAULT"},
        BadValue{"list {values {list {}}}",
                 "filter.parameters[1].list.values[0]: a list"},
        BadValue{"list {values {int_value: 1} values {}}",
                 "filter.parameters[1].list.values[1]: the value has no kind"},
        BadValue{"list {values {default_value {}}}",
                 "filter.parameters[1].list.values[0]: DEFAULT"}));

TEST(ReadFragment, NotesWhatMayDirtyTheSession) {
  for (const char* where :
       {"(@a := id) > 1", "id = @a", "get_lock('a', 1)", "GET_LOCK ('a', 1)",
        "release_all_locks()", "nextval(s) = 1", "next value for s > 1",
        "setval(s, 1)", "id in (select last_insert_id(7))"}) {
    EXPECT_TRUE(ReadText(where)->may_dirty_session) << where;
  }
  for (const char* where : {"id = 1", "title = 'get_lock(1)'", "get_lock = 1",
                            "sleep(1)", "title = 'a@b'", "next = 1"}) {
    EXPECT_FALSE(ReadText(where)->may_dirty_session) << where;
  }
}

}  // namespace
}  // namespace berth::plan
