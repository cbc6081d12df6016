#include "server/auth/password.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/auth/cheap_hash.h"

namespace berth::auth {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(HashPassword, MakesAHashThatVerifies) {
  const absl::StatusOr<std::string> hash = HashPassword(Secret("s3cret"));
  ASSERT_TRUE(hash.ok()) << hash.status();
  EXPECT_THAT(*hash, StartsWith("$argon2id$v=19$m=65536,t=2,p=1$"));
  EXPECT_EQ(PasswordHashProblem(*hash), "");
  EXPECT_TRUE(VerifyPassword(*hash, Secret("s3cret")).value());
  EXPECT_FALSE(VerifyPassword(*hash, Secret("s3cres")).value());
  EXPECT_NE(HashPassword(Secret("s3cret")).value(), *hash);
}

TEST(VerifyPassword, ComparesWholePasswords) {
  const std::string hash = CheapHash("s3cret");
  EXPECT_TRUE(VerifyPassword(hash, Secret("s3cret")).value());
  for (const std::string& wrong :
       {std::string(), std::string("s3cre"), std::string("s3crets"),
        std::string("S3cret"), std::string("s3cret\0", 7)}) {
    EXPECT_FALSE(VerifyPassword(hash, Secret(wrong)).value()) << wrong;
  }
}

TEST(PasswordHashProblem, TakesTheParametersOfOthers) {
  // Of the reference implementation's command: four lanes, three passes.
  EXPECT_EQ(PasswordHashProblem(
                "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$"
                "OSdSF8mvUrJJBqmZs4SZ4ZJOkSpgIHZY5iAdy/TTDk4"),
            "");
  EXPECT_EQ(PasswordHashProblem(CheapHash("x")), "");
}

TEST(PasswordHashProblem, RefusesWhatIsNoHash) {
  const std::string good = CheapHash("s3cret");
  // To Argon2 one that lost its end may be a shorter one, from 16 bytes on.
  const std::string cut = good.substr(0, good.rfind('$') + 12);
  for (const std::string& bad :
       {std::string(), std::string("s3cret"), cut,
        good.substr(0, good.rfind('$')), absl::StrCat(good, "$"),
        absl::StrCat(good, "\n"), absl::StrCat(" ", good),
        absl::StrCat(good, std::string(1, '\0')),
        absl::StrCat(good, std::string(200, 'A')), "$argon2i" + good.substr(9),
        "$2y" + good}) {
    const std::string problem = PasswordHashProblem(bad);
    EXPECT_THAT(problem, HasSubstr("berthd --hash-password")) << bad;
    EXPECT_THAT(problem, ::testing::Not(HasSubstr("s3cret")));
  }
}

TEST(PasswordHashProblem, RefusesAHashThatCostsTooMuch) {
  std::string hash = CheapHash("x");
  const std::string rest = hash.substr(hash.find(",p="));
  for (const char* cost : {"m=262145,t=1", "m=1048576,t=1", "m=64,t=11"}) {
    EXPECT_THAT(
        PasswordHashProblem(absl::StrCat("$argon2id$v=19$", cost, rest)),
        HasSubstr("at most m=262144,t=10"));
  }
  EXPECT_EQ(
      PasswordHashProblem(absl::StrCat("$argon2id$v=19$m=262144,t=10", rest)),
      "");
}

}  // namespace
}  // namespace berth::auth
