// Values compared as programs compare them.
#include "server/program/comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/program/number.h"
#include "tests/unit/value_literals.h"

namespace berth::program {
namespace {

using literals::Blob;
using literals::Bool;
using literals::Date;
using literals::Decimal;
using literals::Double;
using literals::Int;
using literals::Null;
using literals::Text;
using literals::Uint;

using v1::Comparison;

constexpr Comparison::Operator kEqual = Comparison::OPERATOR_UNSPECIFIED;

bool Is(const v1::Value& left, Comparison::Operator op,
        const v1::Value& right) {
  const absl::StatusOr<bool> holds = Compare(left, op, right);
  EXPECT_TRUE(holds.ok()) << holds.status();
  return holds.ok() && *holds;
}

// All operators at once: they agree with `order`.
void ExpectOrder(const v1::Value& left, const v1::Value& right, int order) {
  const std::string both =
      absl::StrCat(left.ShortDebugString(), " and ", right.ShortDebugString());
  EXPECT_EQ(Is(left, kEqual, right), order == 0) << both;
  EXPECT_EQ(Is(left, Comparison::NOT_EQUAL, right), order != 0) << both;
  EXPECT_EQ(Is(left, Comparison::LESS, right), order < 0) << both;
  EXPECT_EQ(Is(left, Comparison::LESS_OR_EQUAL, right), order <= 0) << both;
  EXPECT_EQ(Is(left, Comparison::GREATER, right), order > 0) << both;
  EXPECT_EQ(Is(left, Comparison::GREATER_OR_EQUAL, right), order >= 0) << both;
}

// In this order, and in the other one.
void ExpectLess(const v1::Value& less, const v1::Value& more) {
  ExpectOrder(less, more, -1);
  ExpectOrder(more, less, 1);
}
void ExpectEqual(const v1::Value& a, const v1::Value& b) {
  ExpectOrder(a, b, 0);
  ExpectOrder(b, a, 0);
}

TEST(Comparison, NumbersOfAllKindsCompareAsNumbers) {
  ExpectEqual(Int(7), Uint(7));
  ExpectEqual(Int(1), Bool(true));
  ExpectEqual(Decimal("7.00"), Int(7));
  ExpectEqual(Decimal("+007.50"), Double(7.5));
  ExpectEqual(Decimal(".5"), Decimal("0.500"));
  ExpectEqual(Double(-0.0), Int(0));
  ExpectEqual(Decimal("-0.00"), Uint(0));
  ExpectLess(Int(-1), Uint(0));
  ExpectLess(Decimal("-12.51"), Decimal("-12.50"));
  ExpectLess(Decimal("9.9"), Decimal("10"));
  ExpectLess(Decimal("0.05"), Decimal("0.5"));
}

TEST(Comparison, NothingIsLostBeyondWhatADoubleHolds) {
  constexpr int64_t kLarge = int64_t{1} << 53;
  ExpectEqual(Int(kLarge), Double(9007199254740992.0));
  ExpectLess(Double(9007199254740992.0), Int(kLarge + 1));
  ExpectLess(Int(std::numeric_limits<int64_t>::max()), Uint(uint64_t{1} << 63));
  ExpectLess(Uint(std::numeric_limits<uint64_t>::max()),
             Decimal("18446744073709551615.000000000000000001"));
  ExpectLess(Int(std::numeric_limits<int64_t>::min()),
             Uint(std::numeric_limits<uint64_t>::max()));
  // 0.1 as a double is a little more than a tenth.
  ExpectLess(Decimal("0.1"), Double(0.1));
  ExpectEqual(
      Decimal("0.1000000000000000055511151231257827021181583404541015625"),
      Double(0.1));
  ExpectLess(Int(0), Double(std::numeric_limits<double>::denorm_min()));
  ExpectLess(Decimal(std::string(300, '9')),
             Double(std::numeric_limits<double>::max()));
}

// Decimals with two digits, as exact integers of hundredths.
TEST(Comparison, AgreesWithExactArithmeticOnRandomNumbers) {
  std::mt19937_64 random(20240229);
  std::uniform_int_distribution<int64_t> near(-300, 300);
  std::uniform_int_distribution<int> kind(0, 3);
  const auto make = [&](int64_t hundredths) {
    const bool whole = hundredths % 100 == 0;
    switch (kind(random)) {
      case 0:
        if (whole) return Int(hundredths / 100);
        break;
      case 1:
        if (whole && hundredths >= 0) return Uint(hundredths / 100);
        break;
      case 2:
        if (hundredths % 25 == 0) return Double(hundredths / 100.0);
        break;
      default:
        break;
    }
    const int64_t magnitude = std::abs(hundredths);
    return Decimal(absl::StrCat(hundredths < 0 ? "-" : "", magnitude / 100, ".",
                                magnitude % 100 / 10, magnitude % 10));
  };
  for (int i = 0; i < 20'000; ++i) {
    const int64_t a = near(random);
    const int64_t b = near(random);
    ExpectOrder(make(a), make(b), a < b ? -1 : a > b ? 1 : 0);
    if (HasFailure()) return;
  }
}

// Of any size, as C++ compares them.
TEST(Comparison, AgreesWithDoublesOnRandomDoubles) {
  std::mt19937_64 random(20240301);
  for (int i = 0; i < 3'000; ++i) {
    const double a = std::ldexp(static_cast<double>(random()) - 9e18,
                                static_cast<int>(random() % 200) - 100);
    const double b = random() % 3 == 0 ? std::nextafter(a, 0) : -a;
    ExpectOrder(Double(a), Double(b), a < b ? -1 : a > b ? 1 : 0);
    if (HasFailure()) return;
  }
}

TEST(Comparison, TextAndBytesCompareByteByByte) {
  ExpectEqual(Text("a"), Text("a"));
  ExpectLess(Text("A"), Text("a"));
  ExpectLess(Text("a"), Text("ab"));
  ExpectLess(Text(""), Text(std::string(1, '\0')));
  ExpectLess(Text("z"), Blob("\xff"));
  ExpectLess(Date("2024-02-28"), Date("2024-02-29"));
  ExpectEqual(Date("2024-02-29"), Text("2024-02-29"));
}

TEST(Comparison, NullEqualsNothingButNull) {
  EXPECT_TRUE(Is(Null(), kEqual, Null()));
  EXPECT_FALSE(Is(Null(), Comparison::NOT_EQUAL, Null()));
  for (const v1::Value& value : {Int(0), Text(""), Decimal("0"), Blob("")}) {
    EXPECT_FALSE(Is(Null(), kEqual, value));
    EXPECT_TRUE(Is(value, Comparison::NOT_EQUAL, Null()));
    EXPECT_FALSE(Is(Null(), Comparison::LESS, value));
    EXPECT_FALSE(Is(Null(), Comparison::GREATER_OR_EQUAL, value));
  }
}

TEST(Comparison, RefusesKindsThatHaveNothingInCommon) {
  EXPECT_FALSE(Compare(Int(1), kEqual, Text("1")).ok());
  EXPECT_FALSE(Compare(Date("2024-02-29"), kEqual, Int(20240229)).ok());
  EXPECT_FALSE(Compare(Date("2024-02-29"), kEqual, Blob("x")).ok());
  EXPECT_FALSE(Compare(Decimal("x"), kEqual, Int(1)).ok());
}

TEST(CheckComparable, RefusesWhatIsNoValue) {
  v1::Value value;
  EXPECT_FALSE(CheckComparable(value).ok());
  value.mutable_default_value();
  EXPECT_FALSE(CheckComparable(value).ok());
  value.mutable_list();
  EXPECT_FALSE(CheckComparable(value).ok());
  EXPECT_FALSE(CheckComparable(Double(std::nan(""))).ok());
  for (const char* wrong : {"", ".", "-", "1e5", "1.2.3", " 1", "0x1"}) {
    EXPECT_FALSE(CheckComparable(Decimal(wrong)).ok()) << wrong;
  }
  for (const char* right : {"1", "1.", ".1", "+1.5", "-0"}) {
    EXPECT_TRUE(CheckComparable(Decimal(right)).ok()) << right;
  }
}

}  // namespace
}  // namespace berth::program
