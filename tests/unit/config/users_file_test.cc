#include "server/config/users_file.h"

#include <sys/stat.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/config/reader.h"

namespace berth::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Of the least cost; HASH in the files below.
constexpr char kHash[] =
    "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"
    "OSdSF8mvUrJJBqmZs4SZ4ZJOkSpgIHZY5iAdy/TTDk4";

class UsersFileTest : public ::testing::Test {
 protected:
  // Writes users.yaml, readable by its owner and by `others`.
  std::string Write(const std::string& text, mode_t others = 0) {
    const std::string path =
        ::testing::TempDir() + "/" +
        ::testing::UnitTest::GetInstance()->current_test_info()->name() +
        "_users.yaml";
    std::ofstream(path) << absl::StrReplaceAll(text, {{"HASH", kHash}});
    chmod(path.c_str(), 0600 | others);
    return path;
  }

  std::vector<auth::User> ReadText(
      const std::string& text,
      auth::WhereLevel by_default = auth::WhereLevel::kStrict) {
    problems_.clear();
    return ReadUsersFile(Write(text), by_default, &problems_);
  }

  // The configuration with `text` for a users file.
  absl::StatusOr<Config> ReadWith(const std::string& text,
                                  const std::string& where = "",
                                  mode_t others = 0) {
    Sources sources;
    sources.environment["BERTH_SECURITY_USERS_FILE"] = Write(text, others);
    if (!where.empty()) sources.environment["BERTH_SECURITY_WHERE"] = where;
    return Read(sources);
  }

  std::vector<std::string> problems_;
};

TEST_F(UsersFileTest, HasUsersWithTheirHashesAndLevels) {
  const auto users = ReadText(
      "users:\n"
      "  alice: {password: \"HASH\", where: raw}\n"
      "  bob o'brien:\n"
      "    where: clauses\n"
      "    password: HASH\n"
      "  \"42\": {password: 'HASH'}\n");
  EXPECT_THAT(problems_, IsEmpty());
  ASSERT_EQ(users.size(), 3u);
  EXPECT_EQ(users[0].name, "alice");
  EXPECT_EQ(users[0].password_hash, kHash);
  EXPECT_EQ(users[0].where_level, auth::WhereLevel::kRaw);
  EXPECT_EQ(users[1].name, "bob o'brien");
  EXPECT_EQ(users[1].password_hash, kHash);
  EXPECT_EQ(users[1].where_level, auth::WhereLevel::kClauses);
  EXPECT_EQ(users[2].name, "42");
  EXPECT_EQ(users[2].where_level, auth::WhereLevel::kStrict);
}

TEST_F(UsersFileTest, ReportsAllProblemsEachWithItsLineAndNoneWithAHash) {
  ReadText(
      "user: {}\n"
      "users:\n"
      "  alice: {password: hunter2}\n"
      "  alice: {password: \"HASH\"}\n"
      "  bob:\n"
      "    pasword: \"HASH\"\n"
      "  carol: {password: \"HASH\", where: loose}\n"
      "  dora: [hunter2]\n"
      "  \"a:b\": {password: \"HASH\"}\n"
      "  eve: {password: [\"HASH\"]}\n"
      "  fred:\n"
      "  gina: {password: \"HASH\", password: \"HASH\"}\n"
      "  hugo: {password: \"HASH\", where: }\n");
  EXPECT_THAT(
      problems_,
      ElementsAre(
          HasSubstr(".yaml:1: unknown key user; did you mean users?"),
          HasSubstr(".yaml:3: users.alice.password: must be a hash in quotes"),
          HasSubstr(".yaml:4: users.alice: is set twice"),
          HasSubstr(".yaml:6: unknown key users.bob.pasword; did you mean "
                    "password?"),
          HasSubstr(".yaml:5: users.bob: has no password"),
          HasSubstr(".yaml:7: users.carol.where: must be one of strict"),
          HasSubstr(".yaml:8: users.dora: must hold keys and values"),
          HasSubstr(".yaml:9: users: a user's name must be 1 to 64 bytes"),
          HasSubstr(".yaml:10: users.eve.password: must be a hash in quotes"),
          HasSubstr(".yaml:11: users.fred: has no password"),
          HasSubstr(".yaml:12: users.gina.password: is set twice"),
          HasSubstr(".yaml:13: users.hugo.where: must be one of strict")));
  for (const std::string& problem : problems_) {
    EXPECT_THAT(problem,
                AllOf(Not(HasSubstr("hunter2")), Not(HasSubstr("OSdSF8mv"))));
  }
}

TEST_F(UsersFileTest, NeedsAUser) {
  for (const char* text : {"", "users:\n", "users: {}\n", "# nothing\n"}) {
    ReadText(text);
    EXPECT_THAT(problems_, ElementsAre(HasSubstr("names no user"))) << text;
  }
  ReadText("[users]\n");
  EXPECT_THAT(problems_, ElementsAre(HasSubstr("must hold keys")));
}

TEST_F(UsersFileTest, RefusesBrokenYamlWithItsLine) {
  ReadText("users:\n  alice: {\n");
  EXPECT_THAT(problems_, ElementsAre(HasSubstr("_users.yaml:")));
}

TEST_F(UsersFileTest, IsReadWithTheConfigurationAndItsProblemsWithTheOthers) {
  auto config = ReadWith("users: {alice: {password: \"HASH\"}}");
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_EQ(config->security.users.size(), 1u);
  EXPECT_EQ(config->security.users[0].name, "alice");
  config = ReadWith("users: {alice: {password: \"x\"}}", "loose");
  EXPECT_THAT(std::string(config.status().message()),
              AllOf(HasSubstr("BERTH_SECURITY_WHERE: security.where: must be"),
                    HasSubstr("users.yaml:1: users.alice.password: must be")));
}

TEST_F(UsersFileTest, MustBeThereAndClosedToOthers) {
  auto config = ReadWith("users: {alice: {password: \"HASH\"}}", "", 0004);
  EXPECT_THAT(std::string(config.status().message()),
              AllOf(HasSubstr("security.users_file: "),
                    HasSubstr("open to other users"), EndsWith("users.yaml")));
  EXPECT_TRUE(ReadWith("users: {a: {password: \"HASH\"}}", "", 0040).ok());
  Sources sources;
  sources.environment["BERTH_SECURITY_USERS_FILE"] = "/nonexistent/users.yaml";
  EXPECT_EQ(Read(sources).status().message(),
            "BERTH_SECURITY_USERS_FILE: security.users_file: cannot read "
            "/nonexistent/users.yaml: No such file or directory");
}

// The user's own, else the service's, else strict.
TEST_F(UsersFileTest, GivesEachUserALevel) {
  const std::string text =
      "users: {own: {password: \"HASH\", where: raw}, none: {password: "
      "\"HASH\"}}";
  const auto levels = [&](const std::string& where) {
    const auto config = ReadWith(text, where);
    EXPECT_TRUE(config.ok()) << config.status();
    std::string names;
    for (const auth::User& user : config->security.users) {
      absl::StrAppend(&names, user.name, "=", auth::NameOf(user.where_level),
                      " ");
    }
    return names;
  };
  EXPECT_EQ(levels(""), "own=raw none=strict ");
  EXPECT_EQ(levels("clauses"), "own=raw none=clauses ");
  EXPECT_EQ(levels("raw"), "own=raw none=raw ");
}

}  // namespace
}  // namespace berth::config
