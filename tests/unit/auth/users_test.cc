#include "server/auth/users.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "server/auth/password.h"
#include "tests/unit/auth/cheap_hash.h"

namespace berth::auth {
namespace {

User Make(const std::string& name, const std::string& hash, WhereLevel level) {
  User user;
  user.name = name;
  user.password_hash = hash;
  user.where_level = level;
  return user;
}

Credentials Of(const std::string& user, const std::string& password) {
  Credentials credentials;
  credentials.user = user;
  credentials.password = Secret(password);
  return credentials;
}

TEST(Users, GiveThePrincipalOfRightCredentials) {
  const Users users({Make("alice", CheapHash("a"), WhereLevel::kClauses),
                     Make("bob", CheapHash("b"), WhereLevel::kRaw)});
  const auto alice = users.Verify(Of("alice", "a"));
  ASSERT_TRUE(alice.ok() && alice->has_value());
  EXPECT_EQ((*alice)->name, "alice");
  EXPECT_EQ((*alice)->where_level, WhereLevel::kClauses);
  const auto bob = users.Verify(Of("bob", "b"));
  ASSERT_TRUE(bob.ok() && bob->has_value());
  EXPECT_EQ((*bob)->name, "bob");
  EXPECT_EQ((*bob)->where_level, WhereLevel::kRaw);
}

TEST(Users, GiveNobodyForWrongCredentials) {
  const Users users({Make("alice", CheapHash("a"), WhereLevel::kStrict),
                     Make("bob", CheapHash("b"), WhereLevel::kStrict)});
  for (const Credentials& wrong :
       {Of("alice", "b"), Of("alice", ""), Of("bob", "a"), Of("", ""),
        Of("Alice", "a"), Of("alice ", "a")}) {
    const auto nobody = users.Verify(wrong);
    ASSERT_TRUE(nobody.ok()) << nobody.status();
    EXPECT_FALSE(nobody->has_value()) << wrong.user;
  }
}

// The password of the user whose hash is tried in the place of theirs.
TEST(Users, LetNoUnknownUserInWithThePasswordOfAnother) {
  const Users users({Make("alice", CheapHash("a"), WhereLevel::kStrict)});
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(
        users.Verify(Of(absl::StrCat("user", i), "a")).value().has_value());
  }
}

TEST(Users, TakeAsLongForAnUnknownUser) {
  const Users users(
      {Make("alice", HashPassword(Secret("a")).value(), WhereLevel::kStrict)});
  const auto shortest = [&users](const std::string& name) {
    absl::Duration best = absl::InfiniteDuration();
    for (int i = 0; i < 3; ++i) {
      const absl::Time start = absl::Now();
      EXPECT_FALSE(users.Verify(Of(name, "wrong")).value().has_value());
      best = std::min(best, absl::Now() - start);
    }
    return best;
  };
  // Without the hash it would be a thousandth.
  EXPECT_GT(shortest("mallory"), shortest("alice") / 10);
}

}  // namespace
}  // namespace berth::auth
