#include "server/auth/login_cache.h"

#include "gtest/gtest.h"
#include "tests/unit/manual_clock.h"

namespace berth::auth {
namespace {

class LoginCacheTest : public ::testing::Test {
 protected:
  void Add(absl::string_view header, const std::string& name) {
    Principal principal;
    principal.name = name;
    principal.where_level = WhereLevel::kClauses;
    cache_.Add(cache_.KeyOf(header), principal);
  }
  std::string Find(absl::string_view header) {
    const auto found = cache_.Find(cache_.KeyOf(header));
    return found.has_value() ? found->name : "nobody";
  }

  ManualClock clock_;
  LoginCache cache_{&clock_};
};

TEST_F(LoginCacheTest, FindsWhatWasAdded) {
  EXPECT_EQ(Find("Basic YTpi"), "nobody");
  Add("Basic YTpi", "a");
  Add("Basic YTpj", "c");
  EXPECT_EQ(Find("Basic YTpi"), "a");
  EXPECT_EQ(Find("Basic YTpj"), "c");
  EXPECT_EQ(Find("Basic YTpk"), "nobody");
  EXPECT_EQ(Find(""), "nobody");
  EXPECT_EQ(cache_.Find(cache_.KeyOf("Basic YTpi"))->where_level,
            WhereLevel::kClauses);
}

TEST_F(LoginCacheTest, ForgetsWhoHasNotCalledForTenMinutes) {
  Add("Basic YTpi", "a");
  for (int i = 0; i < 5; ++i) {
    clock_.Advance(absl::Minutes(9));
    EXPECT_EQ(Find("Basic YTpi"), "a");
  }
  clock_.Advance(absl::Minutes(10) + absl::Seconds(1));
  EXPECT_EQ(Find("Basic YTpi"), "nobody");
  Add("Basic YTpi", "a");
  EXPECT_EQ(Find("Basic YTpi"), "a");
}

TEST_F(LoginCacheTest, HasAKeyOfItsOwnForEachProcess) {
  const LoginCache other(&clock_);
  EXPECT_EQ(cache_.KeyOf("Basic YTpi"), cache_.KeyOf("Basic YTpi"));
  EXPECT_NE(cache_.KeyOf("Basic YTpi"), other.KeyOf("Basic YTpi"));
}

}  // namespace
}  // namespace berth::auth
