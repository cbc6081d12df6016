#include "server/catalog/registry.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace berth::catalog {
namespace {

std::shared_ptr<const Table> Make(const std::string& name) {
  Column column;
  column.name = "id";
  return std::make_shared<Table>(name, std::vector<Column>{column},
                                 std::vector<std::string>{});
}

TEST(Registry, FindsWhatWasPut) {
  Registry registry;
  registry.Put("shop", Make("users"));
  ASSERT_NE(registry.Find("shop", "users"), nullptr);
  EXPECT_EQ(registry.Find("shop", "Users"), nullptr);
  EXPECT_EQ(registry.Find("other", "users"), nullptr);
}

TEST(Registry, ATableInUseOutlivesItsReplacement) {
  Registry registry;
  registry.Put("shop", Make("users"));
  const std::shared_ptr<const Table> old = registry.Find("shop", "users");
  registry.Put("shop", Make("users"));
  EXPECT_NE(registry.Find("shop", "users"), old);
  EXPECT_EQ(old->name(), "users");
}

TEST(Registry, ForgetsTablesAndDatabases) {
  Registry registry;
  registry.PutAll("shop", {Make("a"), Make("b")});
  registry.Forget("shop", "a");
  registry.Forget("shop", "never there");
  EXPECT_EQ(registry.Find("shop", "a"), nullptr);
  EXPECT_NE(registry.Find("shop", "b"), nullptr);
  registry.ForgetDatabase("shop");
  EXPECT_TRUE(registry.List("shop").empty());
}

TEST(Registry, ListsByNameAndSuggests) {
  Registry registry;
  registry.PutAll("shop", {Make("users"), Make("posts")});
  const auto tables = registry.List("shop");
  ASSERT_EQ(tables.size(), 2u);
  EXPECT_EQ(tables[0]->name(), "posts");
  EXPECT_EQ(registry.NearestTable("shop", "user"), "users");
  EXPECT_EQ(registry.NearestTable("other", "user"), "");
}

TEST(Registry, AnUnknownNameIsReadAgainOnceASecond) {
  Registry registry;
  const absl::Time now = absl::UnixEpoch();
  EXPECT_TRUE(registry.MayReload("shop", "x", now));
  EXPECT_FALSE(registry.MayReload("shop", "x", now + absl::Milliseconds(999)));
  EXPECT_TRUE(registry.MayReload("shop", "y", now));
  EXPECT_TRUE(registry.MayReload("other", "x", now));
  EXPECT_TRUE(registry.MayReload("shop", "x", now + absl::Seconds(1)));
}

TEST(Registry, ReloadsOfManyNamesAreBounded) {
  Registry registry;
  const absl::Time now = absl::UnixEpoch();
  int allowed = 0;
  for (int i = 0; i < 5000; ++i) {
    if (registry.MayReload("shop", absl::StrCat("t", i), now)) ++allowed;
  }
  EXPECT_EQ(allowed, 1024);
  EXPECT_TRUE(registry.MayReload("shop", "late", now + absl::Seconds(1)));
}

TEST(Registry, CanBeUsedFromManyThreads) {
  Registry registry;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&registry, t] {
      for (int i = 0; i < 200; ++i) {
        const std::string name = absl::StrCat("t", t, "_", i % 10);
        registry.Put("shop", Make(name));
        EXPECT_NE(registry.Find("shop", name), nullptr);
        registry.Forget("shop", name);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(registry.List("shop").empty());
}

}  // namespace
}  // namespace berth::catalog
