#include "client/ctl/json_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "berth/client/mocks/mock_connection.h"
#include "berth/client/value.h"

namespace berth::ctl {
namespace {

using client::ToValue;
using client::mocks::MakeResult;
using client::mocks::MakeWrite;
using ::testing::ElementsAre;

TEST(JsonTextTest, StringsAreEscaped) {
  EXPECT_EQ(JsonString("a\"b\\c\nd\x01"), "\"a\\\"b\\\\c\\nd\\u0001\"");
  EXPECT_EQ(JsonString("日本"), "\"日本\"");
}

TEST(JsonTextTest, EveryKind) {
  EXPECT_EQ(JsonValue(ToValue(std::nullopt)), "null");
  EXPECT_EQ(JsonValue(ToValue(std::numeric_limits<uint64_t>::max())),
            "18446744073709551615");
  EXPECT_EQ(JsonValue(ToValue(0.1)), "0.1");
  EXPECT_EQ(JsonValue(ToValue(1.0 / 3)), "0.33333333333333331");
  EXPECT_EQ(JsonValue(ToValue(1e300)), "1e+300");
  EXPECT_EQ(JsonValue(client::Decimal("12.50")), "\"12.50\"");
  EXPECT_EQ(JsonValue(client::Blob("\xff")), "\"/w==\"");
  EXPECT_EQ(JsonValue(client::Date("2026-01-31")), "\"2026-01-31\"");
}

TEST(JsonTextTest, DocumentsKeepTheirFormInOneLine) {
  EXPECT_EQ(JsonValue(client::Json("{\"a\":\n[1.0]}")), "{\"a\": [1.0]}");
  EXPECT_EQ(JsonValue(client::Json("{broken")), "\"{broken\"");
}

TEST(JsonTextTest, RowsAreObjects) {
  EXPECT_THAT(
      JsonRows(MakeResult({"id", "id"}, {{ToValue(1), ToValue(2)},
                                         {ToValue(3), ToValue("x")}})),
      ElementsAre("{\"id\": 1, \"id_2\": 2}", "{\"id\": 3, \"id_2\": \"x\"}"));
}

TEST(JsonTextTest, WriteTellsWhatItDid) {
  EXPECT_EQ(JsonWrite(MakeWrite(2, {7, 8})),
            "{\"affected_rows\": 2, \"generated_ids\": [7, 8]}");
}

}  // namespace
}  // namespace berth::ctl
