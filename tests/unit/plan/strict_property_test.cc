// Properties of the level `strict` on random conditions, and on the conditions
// of LuaFan's document.
#include <algorithm>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/plan/fragment.h"
#include "tests/support/random_condition.h"
#include "tests/unit/plan/sample_table.h"

namespace berth::plan {
namespace {

constexpr uint32_t kSeed = 17;
constexpr int kConditions = 5000;

absl::StatusOr<Fragment> Read(const std::string& where, size_t values,
                              const catalog::Table& table) {
  v1::Filter filter;
  filter.set_where(where);
  for (size_t i = 0; i < values; ++i) filter.add_parameters()->set_int_value(1);
  auto fragment =
      ReadFragment(filter, table, auth::WhereLevel::kStrict, "filter");
  // They point into the filter.
  if (fragment.ok()) fragment->parameters.clear();
  return fragment;
}

TEST(StrictProperty, WhatIsWrittenAnewIsReadAsItself) {
  test::ConditionGenerator generator(kSeed, {"id", "title", "order"});
  absl::flat_hash_set<std::string> different;
  for (int i = 0; i < kConditions; ++i) {
    const test::RandomCondition condition = generator.Next();
    const auto once = Read(condition.where, condition.values.size(), Posts());
    ASSERT_TRUE(once.ok()) << once.status() << "\n" << condition.where;
    const auto twice = Read(once->sql, condition.values.size(), Posts());
    ASSERT_TRUE(twice.ok()) << twice.status() << "\n" << once->sql;
    ASSERT_EQ(twice->sql, once->sql) << condition.where;
    EXPECT_EQ(twice->order_at, once->order_at);
    EXPECT_EQ(twice->limit_at, once->limit_at);
    different.insert(once->sql);
  }
  // The generator makes conditions, not one.
  EXPECT_GT(different.size(), kConditions * 9 / 10);
}

catalog::Table Made(const std::string& name,
                    std::initializer_list<const char*> names) {
  std::vector<catalog::Column> columns;
  for (const char* column_name : names) {
    catalog::Column column;
    column.name = column_name;
    columns.push_back(std::move(column));
  }
  return catalog::Table(name, std::move(columns), {"id"});
}

// `ctx.users("one", "email = ?", …)` in the document.
TEST(StrictProperty, EveryConditionOfLuaFansDocumentPasses) {
  const catalog::Table users =
      Made("users", {"id", "name", "email", "created_at", "age", "last_login"});
  const catalog::Table posts =
      Made("posts",
           {"id", "user_id", "title", "content", "published", "created_at"});
  std::ifstream file(LUAFAN_DOCUMENT);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const std::regex call(R"re(ctx\.(\w+)\("\w+", "([^"]*)")re");
  absl::flat_hash_set<std::string> seen;
  for (std::sregex_iterator found(text.begin(), text.end(), call), none;
       found != none; ++found) {
    const std::string table = (*found)[1];
    const std::string where = (*found)[2];
    ASSERT_TRUE(table == "users" || table == "posts") << table;
    const auto values =
        static_cast<size_t>(std::count(where.begin(), where.end(), '?'));
    const auto fragment = Read(where, values, table == "users" ? users : posts);
    EXPECT_TRUE(fragment.ok()) << fragment.status() << "\n" << where;
    seen.insert(where);
  }
  EXPECT_THAT(seen, ::testing::UnorderedElementsAre(
                        "email = ?", "id = ?", "user_id = ?",
                        "id = ? AND user_id = ?", "created_at > ?", "age > ?",
                        "user_id = ? ORDER BY created_at DESC LIMIT 10"));
}

}  // namespace
}  // namespace berth::plan
