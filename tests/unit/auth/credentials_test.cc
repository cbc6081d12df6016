#include "server/auth/credentials.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace berth::auth {
namespace {

std::string Basic(absl::string_view pair) {
  return absl::StrCat("Basic ", absl::Base64Escape(pair));
}

TEST(ParseBasicCredentials, DividesAtTheFirstColon) {
  const auto credentials = ParseBasicCredentials(Basic("alice:pa:ss\n"));
  ASSERT_TRUE(credentials.has_value());
  EXPECT_EQ(credentials->user, "alice");
  EXPECT_EQ(credentials->password.Reveal(), "pa:ss\n");
}

TEST(ParseBasicCredentials, TakesEveryByteAndNothing) {
  const std::string bytes("\0\xFF\x01", 3);
  EXPECT_EQ(ParseBasicCredentials(Basic(absl::StrCat("a:", bytes)))
                ->password.Reveal(),
            bytes);
  EXPECT_EQ(ParseBasicCredentials(Basic(":"))->user, "");
}

TEST(ParseBasicCredentials, RefusesWhatIsNone) {
  for (const std::string& header :
       {std::string(), std::string("Basic "), std::string("Basic ???"),
        std::string("Bearer YTpi"), Basic("alice"), std::string("YTpi")}) {
    EXPECT_FALSE(ParseBasicCredentials(header).has_value()) << header;
  }
}

TEST(ParseBasicCredentials, TakesOneSpellingOnly) {
  ASSERT_TRUE(ParseBasicCredentials("Basic YTpiYw==").has_value());
  for (const char* header :
       {"Basic YTpiYw", "Basic YTpiYx==", "Basic  YTpiYw==", "Basic YTpiYw== ",
        "Basic YT piYw==", "basic YTpiYw=="}) {
    EXPECT_FALSE(ParseBasicCredentials(header).has_value()) << header;
  }
}

}  // namespace
}  // namespace berth::auth
