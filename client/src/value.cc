#include "berth/client/value.h"

#include <google/protobuf/stubs/common.h>

#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace berth::client {
namespace {

absl::Status WrongKind(absl::string_view wanted) {
  return absl::InvalidArgumentError(absl::StrCat("the value is no ", wanted));
}

}  // namespace

v1::Value ToValue(std::nullopt_t) {
  v1::Value value;
  value.set_null_value(google::protobuf::NULL_VALUE);
  return value;
}

v1::Value ToValue(double number) {
  v1::Value value;
  value.set_double_value(number);
  return value;
}

v1::Value ToValue(absl::string_view text) {
  v1::Value value;
  if (IsValidUtf8(text)) {
    value.set_text(text.data(), text.size());
  } else {
    value.set_blob(text.data(), text.size());
  }
  return value;
}

v1::Value Blob(absl::string_view bytes) {
  v1::Value value;
  value.set_blob(bytes.data(), bytes.size());
  return value;
}

v1::Value Decimal(absl::string_view text) {
  v1::Value value;
  value.set_decimal(text.data(), text.size());
  return value;
}

v1::Value Json(absl::string_view text) {
  v1::Value value;
  value.set_json(text.data(), text.size());
  return value;
}

v1::Value Date(absl::string_view text) {
  v1::Value value;
  value.set_date(text.data(), text.size());
  return value;
}

v1::Value DateTime(absl::string_view text) {
  v1::Value value;
  value.set_datetime(text.data(), text.size());
  return value;
}

v1::Value Time(absl::string_view text) {
  v1::Value value;
  value.set_time(text.data(), text.size());
  return value;
}

v1::Value Default() {
  v1::Value value;
  value.mutable_default_value();
  return value;
}

v1::Value LongData() {
  v1::Value result;
  result.mutable_long_data();
  return result;
}

v1::Value List(std::vector<v1::Value> values) {
  v1::Value list;
  v1::ValueList* items = list.mutable_list();
  for (v1::Value& value : values) *items->add_values() = std::move(value);
  return list;
}

bool IsNull(const v1::Value& value) {
  return value.kind_case() == v1::Value::kNullValue;
}

absl::StatusOr<int64_t> AsInt(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kIntValue:
      return value.int_value();
    case v1::Value::kBoolValue:
      return value.bool_value() ? 1 : 0;
    case v1::Value::kUintValue:
      if (value.uint_value() >
          static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
        return absl::OutOfRangeError("the value is above 2^63-1");
      }
      return static_cast<int64_t>(value.uint_value());
    default:
      return WrongKind("integer");
  }
}

absl::StatusOr<uint64_t> AsUint(const v1::Value& value) {
  if (value.kind_case() == v1::Value::kUintValue) return value.uint_value();
  absl::StatusOr<int64_t> number = AsInt(value);
  if (!number.ok()) return number.status();
  if (*number < 0) return absl::OutOfRangeError("the value is negative");
  return static_cast<uint64_t>(*number);
}

absl::StatusOr<double> AsDouble(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kDoubleValue:
      return value.double_value();
    case v1::Value::kIntValue:
      return static_cast<double>(value.int_value());
    case v1::Value::kUintValue:
      return static_cast<double>(value.uint_value());
    default:
      return WrongKind("number");
  }
}

absl::StatusOr<absl::string_view> AsText(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kText:
      return absl::string_view(value.text());
    case v1::Value::kBlob:
      return absl::string_view(value.blob());
    case v1::Value::kDecimal:
      return absl::string_view(value.decimal());
    case v1::Value::kJson:
      return absl::string_view(value.json());
    case v1::Value::kDate:
      return absl::string_view(value.date());
    case v1::Value::kDatetime:
      return absl::string_view(value.datetime());
    case v1::Value::kTime:
      return absl::string_view(value.time());
    default:
      return WrongKind("text");
  }
}

std::string ToString(const v1::Value& value) {
  if (absl::StatusOr<absl::string_view> text = AsText(value); text.ok()) {
    return std::string(*text);
  }
  switch (value.kind_case()) {
    case v1::Value::kNullValue:
      return "NULL";
    case v1::Value::kDefaultValue:
      return "DEFAULT";
    case v1::Value::kBoolValue:
      return value.bool_value() ? "true" : "false";
    case v1::Value::kIntValue:
      return absl::StrCat(value.int_value());
    case v1::Value::kUintValue:
      return absl::StrCat(value.uint_value());
    case v1::Value::kDoubleValue:
      return absl::StrCat(value.double_value());
    case v1::Value::kList: {
      auto text = [](std::string* out, const v1::Value& item) {
        out->append(ToString(item));
      };
      return absl::StrCat("(", absl::StrJoin(value.list().values(), ", ", text),
                          ")");
    }
    default:
      return "";
  }
}

absl::StatusOr<const v1::Value*> Cell(const v1::ResultChunk& result, int row,
                                      absl::string_view column) {
  if (row < 0 || row >= result.rows().rows_size()) {
    return absl::OutOfRangeError(absl::StrCat("the result has no row ", row));
  }
  for (int i = 0; i < result.columns_size(); ++i) {
    if (result.columns(i).name() == column &&
        i < result.rows().rows(row).values_size()) {
      return &result.rows().rows(row).values(i);
    }
  }
  return absl::NotFoundError(
      absl::StrCat("the result has no column \"", column, "\""));
}

bool IsValidUtf8(absl::string_view text) {
  // The very check that protobuf makes of string fields.
  return google::protobuf::internal::IsStructurallyValidUTF8(
      text.data(), static_cast<int>(text.size()));
}

}  // namespace berth::client
