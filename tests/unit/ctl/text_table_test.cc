#include "client/ctl/text_table.h"

#include <gtest/gtest.h>

#include "berth/client/mocks/mock_connection.h"
#include "berth/client/value.h"

namespace berth::ctl {
namespace {

using client::Blob;
using client::ToValue;
using client::mocks::MakeResult;

TEST(DisplayWidthTest, WideCharactersTakeTwoAndCombiningOnesNone) {
  EXPECT_EQ(DisplayWidth("abc"), 3);
  EXPECT_EQ(DisplayWidth("Grüße"), 5);
  EXPECT_EQ(DisplayWidth("日本語"), 6);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1);
  EXPECT_EQ(DisplayWidth("😀"), 2);
  EXPECT_EQ(DisplayWidth(""), 0);
  EXPECT_EQ(DisplayWidth("\xff"), 1);
}

TEST(CellTextTest, NothingSteersTheTerminal) {
  EXPECT_EQ(CellText(ToValue("a\nb\tc\x1b[2J\x7f")), "a\\nb\\tc\\x1b[2J\\x7f");
  EXPECT_EQ(CellText(ToValue(std::string("a\0b", 3))), "a\\x00b");
  // The control characters beyond ASCII steer some terminals, too.
  EXPECT_EQ(CellText(ToValue("\u009b2J")), "\\u009b2J");
}

TEST(CellTextTest, BytesAreHexadecimal) {
  EXPECT_EQ(CellText(Blob(std::string("\0\xff", 2))), "0x00ff");
}

TEST(TextTableTest, AlignsNumbersToTheRightAndTextToTheLeft) {
  EXPECT_EQ(TextTable(MakeResult(
                {"id", "name", "note"},
                {{ToValue(1), ToValue("日本"), ToValue("x")},
                 {ToValue(10), ToValue("Ann"), ToValue(std::nullopt)}})),
            " id | name | note\n"
            "----+------+------\n"
            "  1 | 日本 | x\n"
            " 10 | Ann  | NULL\n"
            "(2 rows)\n");
}

TEST(TextTableTest, SaysThatMoreRowsExist) {
  v1::ResultChunk result = MakeResult({"id"}, {{ToValue(1)}});
  result.mutable_end()->set_truncated(true);
  EXPECT_EQ(TextTable(result), " id\n----\n  1\n(1 row; more exist)\n");
}

TEST(TextTableTest, NoRowsHaveAHead) {
  EXPECT_EQ(TextTable(MakeResult({"id"}, {})), " id\n----\n(0 rows)\n");
}

}  // namespace
}  // namespace berth::ctl
