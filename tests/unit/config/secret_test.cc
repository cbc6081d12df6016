#include "server/base/secret.h"

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

#include "gtest/gtest.h"

namespace berth {
namespace {

template <typename T, typename = void>
struct IsPrintable : std::false_type {};
template <typename T>
struct IsPrintable<T, std::void_t<decltype(std::declval<std::ostream&>()
                                           << std::declval<const T&>())>>
    : std::true_type {};

TEST(SecretTest, CannotBePrinted) {
  static_assert(IsPrintable<std::string>::value);
  static_assert(!IsPrintable<Secret>::value);
  static_assert(!std::is_convertible_v<Secret, std::string>);
  static_assert(!std::is_convertible_v<Secret, absl::string_view>);
}

TEST(SecretTest, RevealsWhatItHolds) {
  EXPECT_EQ(Secret("abc").Reveal(), "abc");
  EXPECT_STREQ(Secret("abc").RevealCString(), "abc");
  EXPECT_STREQ(Secret().RevealCString(), "");
  EXPECT_TRUE(Secret("").empty());
}

TEST(SecretTest, AMoveLeavesNothingBehind) {
  Secret a("abc");
  Secret b = std::move(a);
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): the point.
  a = std::move(b);
  EXPECT_TRUE(b.empty());  // NOLINT(bugprone-use-after-move): the point.
  EXPECT_EQ(a.Reveal(), "abc");
}

TEST(SecretTest, CopiesAndCompares) {
  const Secret a("abc");
  Secret b;
  b = a;
  EXPECT_TRUE(a == b);
  EXPECT_FALSE(a == Secret("abd"));
  EXPECT_FALSE(a == Secret("abcd"));
}

}  // namespace
}  // namespace berth
