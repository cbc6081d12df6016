#include "server/mariadb/batch_binder.h"

#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/unit/value_literals.h"

namespace berth::mariadb {
namespace {

using literals::Default;
using literals::Int;
using literals::Null;
using literals::Text;
using literals::Uint;

constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();

// Rows of one column.
class OneColumn {
 public:
  explicit OneColumn(const std::vector<v1::Value>& values) {
    for (const v1::Value& value : values) {
      *rows_.add_rows()->add_values() = value;
    }
  }

  int Bind(int first = 0, uint64_t max_bytes = kNoLimit) {
    return binder_.Bind(rows_.rows(), first, rows_.rows_size() - first,
                        /*width=*/1, max_bytes);
  }
  const MYSQL_BIND& bind() { return *binder_.binds(); }
  int indicator(int i) { return bind().u.indicator[i]; }
  int64_t integer(int i) {
    return static_cast<const int64_t*>(bind().buffer)[i];
  }
  std::string text(int i) {
    return std::string(static_cast<const char* const*>(bind().buffer)[i],
                       bind().length[i]);
  }
  uint64_t bytes() const { return binder_.bytes(); }

 private:
  v1::Rows rows_;
  BatchBinder binder_;
};

TEST(BatchBinder, BindsIntegersAsOneArray) {
  v1::Value truth;
  truth.set_bool_value(true);
  OneColumn column(
      {Int(-1), Int(std::numeric_limits<int64_t>::max()), truth, Uint(5)});
  EXPECT_EQ(column.Bind(), 4);
  EXPECT_EQ(column.bind().buffer_type, MYSQL_TYPE_LONGLONG);
  EXPECT_FALSE(column.bind().is_unsigned);
  EXPECT_EQ(column.integer(0), -1);
  EXPECT_EQ(column.integer(1), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(column.integer(2), 1);
  EXPECT_EQ(column.integer(3), 5);
}

TEST(BatchBinder, BindsUnsignedIntegersWithTheSignedOnesThatFit) {
  OneColumn column(
      {Uint(std::numeric_limits<uint64_t>::max()), Int(3), Int(-1)});
  EXPECT_EQ(column.Bind(), 2);
  EXPECT_TRUE(column.bind().is_unsigned);
  EXPECT_EQ(column.integer(0), -1);
  EXPECT_EQ(column.integer(1), 3);
  EXPECT_EQ(column.Bind(2), 1);
  EXPECT_FALSE(column.bind().is_unsigned);
}

TEST(BatchBinder, BindsDoubles) {
  v1::Value value;
  value.set_double_value(-0.1);
  OneColumn column({value, Null()});
  EXPECT_EQ(column.Bind(), 2);
  EXPECT_EQ(column.bind().buffer_type, MYSQL_TYPE_DOUBLE);
  double number = 0;
  std::memcpy(&number, column.bind().buffer, sizeof(number));
  EXPECT_EQ(number, -0.1);
}

TEST(BatchBinder, BindsEveryKindOfTextWithItsType) {
  std::vector<v1::Value> texts(5);
  texts[0].set_text("");
  texts[1].set_json("[]");
  texts[2].set_date("2024-01-01");
  texts[3].set_datetime("2024-01-01 00:00:00");
  texts[4].set_time("01:00:00");
  OneColumn column(texts);
  EXPECT_EQ(column.Bind(), 5);
  EXPECT_EQ(column.bind().buffer_type, MYSQL_TYPE_STRING);
  EXPECT_EQ(column.text(0), "");
  EXPECT_EQ(column.text(1), "[]");
  EXPECT_EQ(column.text(4), "01:00:00");
  v1::Value blob;
  blob.set_blob(std::string("\0x", 2));
  OneColumn blobs({blob});
  EXPECT_EQ(blobs.Bind(), 1);
  EXPECT_EQ(blobs.bind().buffer_type, MYSQL_TYPE_BLOB);
  EXPECT_EQ(blobs.text(0), std::string("\0x", 2));
  v1::Value decimal;
  decimal.set_decimal("1.50");
  OneColumn decimals({decimal});
  EXPECT_EQ(decimals.Bind(), 1);
  EXPECT_EQ(decimals.bind().buffer_type, MYSQL_TYPE_NEWDECIMAL);
  EXPECT_EQ(decimals.text(0), "1.50");
}

TEST(BatchBinder, NullAndDefaultGoWithEveryType) {
  OneColumn column({Null(), Default(), Text("a"), Null()});
  EXPECT_EQ(column.Bind(), 4);
  EXPECT_EQ(column.indicator(0), STMT_INDICATOR_NULL);
  EXPECT_EQ(column.indicator(1), STMT_INDICATOR_DEFAULT);
  EXPECT_EQ(column.indicator(2), STMT_INDICATOR_NONE);
  EXPECT_EQ(column.text(2), "a");
  OneColumn nothing({Null(), Default()});
  EXPECT_EQ(nothing.Bind(), 2);
}

TEST(BatchBinder, BeginsAnewWhereTheTypeChanges) {
  OneColumn column({Int(1), Text("a"), Null(), Text("b"), Int(2)});
  EXPECT_EQ(column.Bind(0), 1);
  EXPECT_EQ(column.Bind(1), 3);
  EXPECT_EQ(column.bind().buffer_type, MYSQL_TYPE_STRING);
  EXPECT_EQ(column.Bind(4), 1);
  EXPECT_EQ(column.integer(0), 2);
}

TEST(BatchBinder, TakesRowsAsLongAsTheirBytesFitAndAtLeastOne) {
  const std::string text(1000, 'x');
  OneColumn column({Text(text), Text(text), Text(text)});
  EXPECT_EQ(column.Bind(0, 2100), 2);
  EXPECT_GE(column.bytes(), 2000u);
  EXPECT_LE(column.bytes(), 2100u);
  EXPECT_EQ(column.Bind(2, 2100), 1);
  EXPECT_EQ(column.Bind(0, 10), 1);
  EXPECT_GE(column.bytes(), 1000u);
}

}  // namespace
}  // namespace berth::mariadb
