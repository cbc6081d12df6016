#include "server/catalog/tokenizer.h"

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"

namespace berth::catalog {
namespace {

using ::testing::HasSubstr;

// The tokens, each in brackets.
std::string Split(absl::string_view sql) {
  auto tokens = Tokenize(sql, "f");
  if (!tokens.ok()) return std::string(tokens.status().message());
  std::string text;
  for (const Token& token : *tokens) {
    absl::StrAppend(&text, "[", token.text, "]");
  }
  return text;
}

TEST(Tokenizer, SplitsWordsNumbersOperatorsAndPlaceholders) {
  EXPECT_EQ(Split("a.b>=? and c in(1,2.5e3)"),
            "[a][.][b][>][=][?][and][c][in][(][1][,][2.5e3][)]");
  EXPECT_EQ(Split("@a:=1"), "[@][a][:=][1]");
  EXPECT_EQ(Split("größe = 1"), "[größe][=][1]");
  EXPECT_EQ(Split(" \t\r\n "), "");
}

TEST(Tokenizer, QuotedTextIsOneToken) {
  EXPECT_EQ(Split("'it''s; -- ?'"), "['it''s; -- ?']");
  EXPECT_EQ(Split(R"('a\'b' x)"), R"(['a\'b'][x])");
  EXPECT_EQ(Split(R"("a""b\"c" x)"), R"(["a""b\"c"][x])");
  EXPECT_EQ(Split("`a``b;` x"), "[`a``b;`][x]");
  EXPECT_EQ(Split(R"(`a\` x)"), R"([`a\`][x])");
  EXPECT_EQ(Split(R"('\\' x)"), R"(['\\'][x])");
}

TEST(Tokenizer, CountsParentheses) {
  auto tokens = Tokenize("a (b (c)) d", "f");
  ASSERT_TRUE(tokens.ok());
  std::vector<int> depths;
  for (const Token& token : *tokens) depths.push_back(token.depth);
  EXPECT_EQ(depths, (std::vector<int>{0, 0, 1, 1, 2, 1, 0, 0}));
}

TEST(Tokenizer, DoubleMinusIsACommentOnlyBeforeABlank) {
  EXPECT_EQ(Split("a--1"), "[a][-][-][1]");
  EXPECT_THAT(Split("a -- b"), HasSubstr("comment"));
  EXPECT_THAT(Split("a --"), HasSubstr("comment"));
  EXPECT_THAT(Split("a --\n1"), HasSubstr("comment"));
}

struct Refused {
  const char* sql;
  const char* why;
};

class TokenizerRefuses : public ::testing::TestWithParam<Refused> {};

TEST_P(TokenizerRefuses, NamesThePosition) {
  auto tokens = Tokenize(GetParam().sql, "filter.where");
  ASSERT_FALSE(tokens.ok());
  EXPECT_EQ(errors::ReasonOf(tokens.status()), errors::kInvalidField);
  EXPECT_THAT(std::string(tokens.status().message()),
              HasSubstr(GetParam().why));
}

INSTANTIATE_TEST_SUITE_P(
    All, TokenizerRefuses,
    ::testing::Values(Refused{"1=1; drop table x",
                              "`;` is not allowed at byte 4"},
                      Refused{"a # b", "comment is not allowed at byte 3"},
                      Refused{"a /* b */", "comment is not allowed at byte 3"},
                      Refused{"/*! or 1=1 */", "comment"},
                      Refused{"/*M! or 1=1 */", "comment"},
                      Refused{"/*!50000 or */", "comment"},
                      Refused{"a = 'x", "unterminated quote at byte 5"},
                      Refused{"a = 'x\\'", "unterminated quote"},
                      Refused{"a = \"x", "unterminated quote"},
                      Refused{"`a", "unterminated quote at byte 1"},
                      Refused{"1=0) or (1=1", "`)` without `(` at byte 4"},
                      Refused{"(a", "`(` without `)`"}));

TEST(Tokenizer, RefusesNulBytes) {
  auto tokens = Tokenize(absl::string_view("a = '\0'", 7), "f");
  EXPECT_THAT(std::string(tokens.status().message()), HasSubstr("NUL"));
}

TEST(Tokenizer, NamesLoseTheirQuotes) {
  auto tokens = Tokenize("`a``b` c \"d\"", "f");
  ASSERT_TRUE(tokens.ok());
  EXPECT_EQ(NameOf((*tokens)[0]), "a`b");
  EXPECT_EQ(NameOf((*tokens)[1]), "c");
  EXPECT_EQ(NameOf((*tokens)[2]), "d");
}

}  // namespace
}  // namespace berth::catalog
