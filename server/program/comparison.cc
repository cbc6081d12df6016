#include "server/program/comparison.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/program/number.h"

namespace berth::program {
namespace {

using Kind = v1::Value::KindCase;

// The bytes of a value that compares byte by byte; null for all others.
const std::string* BytesOf(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kText:
      return &value.text();
    case v1::Value::kBlob:
      return &value.blob();
    case v1::Value::kJson:
      return &value.json();
    case v1::Value::kDate:
      return &value.date();
    case v1::Value::kDatetime:
      return &value.datetime();
    case v1::Value::kTime:
      return &value.time();
    default:
      return nullptr;
  }
}

// The field's name, such as `int_value`.
std::string NameOf(const v1::Value& value) {
  const auto* field = v1::Value::descriptor()->FindFieldByNumber(
      static_cast<int>(value.kind_case()));
  return field == nullptr ? "no kind" : field->name();
}

bool MatchKinds(Kind left, Kind right) {
  return left == right || left == v1::Value::kText || right == v1::Value::kText;
}

absl::StatusOr<int> Order(const v1::Value& left, const v1::Value& right) {
  const std::string* left_bytes = BytesOf(left);
  const std::string* right_bytes = BytesOf(right);
  if (left_bytes != nullptr && right_bytes != nullptr &&
      MatchKinds(left.kind_case(), right.kind_case())) {
    return left_bytes->compare(*right_bytes);
  }
  const std::optional<Number> left_number = Number::Of(left);
  const std::optional<Number> right_number = Number::Of(right);
  if (left_number.has_value() && right_number.has_value()) {
    return Number::Compare(*left_number, *right_number);
  }
  return absl::InvalidArgumentError(absl::StrCat(
      NameOf(left), " and ", NameOf(right), " cannot be compared"));
}

bool Holds(int order, v1::Comparison::Operator op) {
  switch (op) {
    case v1::Comparison::NOT_EQUAL:
      return order != 0;
    case v1::Comparison::LESS:
      return order < 0;
    case v1::Comparison::LESS_OR_EQUAL:
      return order <= 0;
    case v1::Comparison::GREATER:
      return order > 0;
    case v1::Comparison::GREATER_OR_EQUAL:
      return order >= 0;
    default:
      return order == 0;
  }
}

}  // namespace

absl::StatusOr<bool> Compare(const v1::Value& left, v1::Comparison::Operator op,
                             const v1::Value& right) {
  if (left.has_null_value() && right.has_null_value()) return Holds(0, op);
  if (left.has_null_value() || right.has_null_value()) {
    return op == v1::Comparison::NOT_EQUAL;
  }
  const absl::StatusOr<int> order = Order(left, right);
  if (!order.ok()) return order.status();
  return Holds(*order, op);
}

absl::Status CheckComparable(const v1::Value& value) {
  if (value.has_null_value() || BytesOf(value) != nullptr ||
      Number::Of(value).has_value()) {
    return absl::OkStatus();
  }
  if (value.has_decimal()) {
    return absl::InvalidArgumentError("not a decimal such as `-12.50`");
  }
  return absl::InvalidArgumentError(
      absl::StrCat(NameOf(value), " cannot be compared"));
}

bool IsNumber(const v1::Value& value) { return Number::Of(value).has_value(); }

}  // namespace berth::program
