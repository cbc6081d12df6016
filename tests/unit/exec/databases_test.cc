#include "server/exec/databases.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"

namespace berth::exec {
namespace {

using ::testing::HasSubstr;

void ExpectUnknown(const Databases& databases, absl::string_view name) {
  const auto resolved = databases.Resolve(name);
  ASSERT_FALSE(resolved.ok()) << name;
  EXPECT_EQ(resolved.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(errors::ReasonOf(resolved.status()), "UNKNOWN_DATABASE");
}

TEST(DatabasesResolve, GivesTheDefaultForNoName) {
  const Databases databases({"shop", "blog"}, /*any_name=*/false);
  EXPECT_EQ(*databases.Resolve(""), "shop");
  EXPECT_EQ(databases.default_name(), "shop");
}

TEST(DatabasesResolve, TakesTheFrontedNamesOnly) {
  const Databases databases({"shop", "blog"}, /*any_name=*/false);
  EXPECT_EQ(*databases.Resolve("shop"), "shop");
  EXPECT_EQ(*databases.Resolve("blog"), "blog");
  for (const char* name : {"Shop", "shop ", "mysql", "other"}) {
    ExpectUnknown(databases, name);
  }
}

TEST(DatabasesResolve, NamesTheDatabaseAndTheDefaultInItsError) {
  const Databases databases({"shop"}, /*any_name=*/false);
  const absl::Status status = databases.Resolve("shpo").status();
  EXPECT_EQ(errors::MetadataOf(status, "database"), "shpo");
  EXPECT_THAT(std::string(status.message()), HasSubstr("\"shop\""));
}

TEST(DatabasesResolve, TakesAnyPlainNameWhereItMayBeCreated) {
  const Databases databases({"shop"}, /*any_name=*/true);
  for (const std::string& name :
       {std::string("other"), std::string("A-b_1$"), std::string(64, 'x')}) {
    const auto resolved = databases.Resolve(name);
    ASSERT_TRUE(resolved.ok()) << name;
    EXPECT_EQ(*resolved, name);
  }
}

TEST(DatabasesResolve, RefusesNamesThatAreNotPlainOrTooLong) {
  const Databases databases({"shop"}, /*any_name=*/true);
  for (const std::string& name :
       {std::string("a b"), std::string("a.b"), std::string("../x"),
        std::string("a`b"), std::string("a%"), std::string("k\xC3\xB6ln"),
        std::string("a\0b", 3), std::string(65, 'x')}) {
    ExpectUnknown(databases, name);
  }
}

TEST(DatabasesResolve, NeverGivesASystemDatabaseUnasked) {
  const Databases databases({"shop"}, /*any_name=*/true);
  for (const char* name : {"mysql", "MySQL", "sys", "information_schema",
                           "INFORMATION_SCHEMA", "performance_schema"}) {
    ExpectUnknown(databases, name);
  }
}

}  // namespace
}  // namespace berth::exec
