#include "server/mariadb/parameter_binder.h"

#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "server/base/error.h"

namespace berth::mariadb {
namespace {

// Binds one value and keeps all that the bind points to.
class One {
 public:
  explicit One(v1::Value value) : value_(std::move(value)) {
    const v1::Value* values[] = {&value_};
    status_ = binder_.Bind(values);
  }

  const absl::Status& status() const { return status_; }
  const MYSQL_BIND& bind() { return *binder_.binds(); }
  int64_t integer() {
    int64_t number = 0;
    std::memcpy(&number, bind().buffer, sizeof(number));
    return number;
  }
  std::string text() {
    return std::string(static_cast<const char*>(bind().buffer),
                       bind().buffer_length);
  }

 private:
  v1::Value value_;
  ParameterBinder binder_;
  absl::Status status_;
};

TEST(ParameterBinder, BindsNull) {
  v1::Value value;
  value.set_null_value(google::protobuf::NULL_VALUE);
  EXPECT_EQ(One(value).bind().buffer_type, MYSQL_TYPE_NULL);
}

TEST(ParameterBinder, BindsBooleansAsIntegers) {
  for (bool truth : {false, true}) {
    v1::Value value;
    value.set_bool_value(truth);
    One one(value);
    EXPECT_EQ(one.bind().buffer_type, MYSQL_TYPE_LONGLONG);
    EXPECT_EQ(one.integer(), truth ? 1 : 0);
  }
}

TEST(ParameterBinder, BindsSignedIntegers) {
  for (int64_t number : {std::numeric_limits<int64_t>::min(), int64_t{-1},
                         int64_t{0}, std::numeric_limits<int64_t>::max()}) {
    v1::Value value;
    value.set_int_value(number);
    One one(value);
    EXPECT_EQ(one.bind().buffer_type, MYSQL_TYPE_LONGLONG);
    EXPECT_FALSE(one.bind().is_unsigned);
    EXPECT_EQ(one.integer(), number);
  }
}

TEST(ParameterBinder, BindsUnsignedIntegersUpToTheLargest) {
  v1::Value value;
  value.set_uint_value(std::numeric_limits<uint64_t>::max());
  One one(value);
  EXPECT_EQ(one.bind().buffer_type, MYSQL_TYPE_LONGLONG);
  EXPECT_TRUE(one.bind().is_unsigned);
  EXPECT_EQ(static_cast<uint64_t>(one.integer()),
            std::numeric_limits<uint64_t>::max());
}

TEST(ParameterBinder, BindsDoublesAsDoubles) {
  v1::Value value;
  value.set_double_value(-0.1);
  One one(value);
  EXPECT_EQ(one.bind().buffer_type, MYSQL_TYPE_DOUBLE);
  double number = 0;
  std::memcpy(&number, one.bind().buffer, sizeof(number));
  EXPECT_EQ(number, -0.1);
}

TEST(ParameterBinder, BindsEveryKindOfTextWithItsType) {
  const std::string text("a\0b\xC3\xA4", 5);
  const auto check = [&text](v1::Value value, enum_field_types type) {
    One one(std::move(value));
    EXPECT_TRUE(one.status().ok());
    EXPECT_EQ(one.bind().buffer_type, type);
    EXPECT_EQ(one.text(), text);
  };
  v1::Value value;
  value.set_text(text);
  check(value, MYSQL_TYPE_STRING);
  value.set_blob(text);
  check(value, MYSQL_TYPE_BLOB);
  value.set_decimal(text);
  check(value, MYSQL_TYPE_NEWDECIMAL);
  value.set_json(text);
  check(value, MYSQL_TYPE_STRING);
  value.set_date(text);
  check(value, MYSQL_TYPE_STRING);
  value.set_datetime(text);
  check(value, MYSQL_TYPE_STRING);
  value.set_time(text);
  check(value, MYSQL_TYPE_STRING);
}

TEST(ParameterBinder, BindsTheEmptyTextAsTextAndNotAsNull) {
  v1::Value value;
  value.set_text("");
  One one(value);
  EXPECT_EQ(one.bind().buffer_type, MYSQL_TYPE_STRING);
  EXPECT_NE(one.bind().buffer, nullptr);
  EXPECT_EQ(one.bind().buffer_length, 0u);
}

TEST(ParameterBinder, RefusesWhatOnlyAPlannerUnderstands) {
  v1::Value unset;
  v1::Value list;
  list.mutable_list()->add_values()->set_int_value(1);
  v1::Value default_value;
  default_value.mutable_default_value();
  for (const v1::Value& value : {unset, list, default_value}) {
    One one(value);
    EXPECT_EQ(one.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(errors::ReasonOf(one.status()), "INVALID_FIELD");
  }
}

TEST(ParameterBinder, KeepsTheNumbersOfManyValues) {
  constexpr int kValues = 10'000;
  std::vector<v1::Value> values(kValues);
  std::vector<const v1::Value*> pointers;
  for (int i = 0; i < kValues; ++i) {
    if (i % 2 == 0) {
      values[i].set_int_value(i);
    } else {
      values[i].set_double_value(i);
    }
    pointers.push_back(&values[i]);
  }
  ParameterBinder binder;
  ASSERT_TRUE(binder.Bind(pointers).ok());
  for (int i = 0; i < kValues; ++i) {
    const void* buffer = binder.binds()[i].buffer;
    if (i % 2 == 0) {
      EXPECT_EQ(*static_cast<const int64_t*>(buffer), i);
    } else {
      EXPECT_EQ(*static_cast<const double*>(buffer), i);
    }
  }
}

TEST(ParameterBinder, CountsTheBytesOfEachExecutionAnew) {
  v1::Value value;
  value.set_blob(std::string(1000, 'x'));
  const v1::Value* two[] = {&value, &value};
  const v1::Value* one[] = {&value};
  ParameterBinder binder;
  EXPECT_EQ(binder.bytes(), 0u);
  ASSERT_TRUE(binder.Bind(two).ok());
  EXPECT_GE(binder.bytes(), 2000u);
  EXPECT_LT(binder.bytes(), 2100u);
  ASSERT_TRUE(binder.Bind(one).ok());
  EXPECT_LT(binder.bytes(), 1100u);
}

TEST(ParameterBinder, BindsNothing) {
  ParameterBinder binder;
  EXPECT_TRUE(binder.Bind({}).ok());
  EXPECT_EQ(binder.bytes(), 0u);
}

}  // namespace
}  // namespace berth::mariadb
