#include "server/catalog/sql_quote.h"

#include "gtest/gtest.h"

namespace berth::catalog {
namespace {

TEST(SqlQuote, BackQuotesInIdentifiersAreDoubled) {
  EXPECT_EQ(QuoteIdentifier("users"), "`users`");
  EXPECT_EQ(QuoteIdentifier("a` drop table x; --"), "`a`` drop table x; --`");
  EXPECT_EQ(QuoteIdentifier(""), "``");
  EXPECT_EQ(QuoteIdentifier("`"), "````");
  EXPECT_EQ(QuoteIdentifier("``a`"), "`````a```");
}

TEST(SqlQuote, QuotesInLiteralsAreDoubled) {
  EXPECT_EQ(QuoteLiteral("O'Hara"), "'O''Hara'");
  EXPECT_EQ(QuoteLiteral(""), "''");
}

TEST(SqlQuote, LiteralsThatDependOnSqlModeAreHexadecimal) {
  EXPECT_EQ(QuoteLiteral("\\' or 1"), "_utf8mb4 X'5c27206f722031'");
  EXPECT_EQ(QuoteLiteral(absl::string_view("a\0", 2)), "_utf8mb4 X'6100'");
}

}  // namespace
}  // namespace berth::catalog
