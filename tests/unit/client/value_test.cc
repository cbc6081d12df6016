#include "berth/client/value.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace berth::client {
namespace {

TEST(ValueTest, EveryTypeHasItsKind) {
  EXPECT_EQ(ToValue(true).kind_case(), v1::Value::kBoolValue);
  EXPECT_EQ(ToValue(-1).kind_case(), v1::Value::kIntValue);
  EXPECT_EQ(ToValue(1u).kind_case(), v1::Value::kUintValue);
  EXPECT_EQ(ToValue(1.5).kind_case(), v1::Value::kDoubleValue);
  EXPECT_EQ(ToValue("Grüße").kind_case(), v1::Value::kText);
  EXPECT_EQ(ToValue("\xff").kind_case(), v1::Value::kBlob);
  EXPECT_EQ(ToValue(std::string("x")).kind_case(), v1::Value::kText);
  EXPECT_EQ(ToValue(std::nullopt).kind_case(), v1::Value::kNullValue);
  EXPECT_EQ(ToValue(std::optional<int>()).kind_case(), v1::Value::kNullValue);
  EXPECT_EQ(Default().kind_case(), v1::Value::kDefaultValue);
  EXPECT_EQ(List(Values(1, "x", std::nullopt)).list().values_size(), 3);
}

TEST(ValueTest, IntegersThatDoNotFitAreOutOfRange) {
  EXPECT_EQ(
      AsInt(ToValue(std::numeric_limits<uint64_t>::max())).status().code(),
      absl::StatusCode::kOutOfRange);
  EXPECT_EQ(AsUint(ToValue(-1)).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(AsUint(ToValue(5)).value(), 5u);
}

TEST(ValueTest, NullHasNoText) {
  EXPECT_FALSE(AsText(ToValue(std::nullopt)).ok());
  EXPECT_EQ(ToString(ToValue(std::nullopt)), "NULL");
  EXPECT_EQ(ToString(List({ToValue(1), ToValue("a")})), "(1, a)");
  EXPECT_EQ(AsText(Decimal("1.50")).value(), "1.50");
}

}  // namespace
}  // namespace berth::client
