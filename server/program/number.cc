#include "server/program/number.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

namespace berth::program {
namespace {

bool AreDigits(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isdigit(c); });
}

int Sign(int comparison) { return (comparison > 0) - (comparison < 0); }

}  // namespace

std::optional<Number> Number::Parse(absl::string_view text) {
  Number number;
  number.negative_ = absl::ConsumePrefix(&text, "-");
  if (!number.negative_) absl::ConsumePrefix(&text, "+");
  const size_t point = std::min(text.find('.'), text.size());
  absl::string_view whole = text.substr(0, point);
  absl::string_view fraction =
      point < text.size() ? text.substr(point + 1) : absl::string_view();
  if (whole.empty() && fraction.empty()) return std::nullopt;
  if (!AreDigits(whole) || !AreDigits(fraction)) return std::nullopt;
  while (absl::ConsumePrefix(&whole, "0")) {
  }
  while (absl::ConsumeSuffix(&fraction, "0")) {
  }
  number.whole_ = std::string(whole);
  number.fraction_ = std::string(fraction);
  if (whole.empty() && fraction.empty()) number.negative_ = false;
  return number;
}

std::optional<Number> Number::Of(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kBoolValue:
      return Parse(value.bool_value() ? "1" : "0");
    case v1::Value::kIntValue:
      return Parse(absl::StrCat(value.int_value()));
    case v1::Value::kUintValue:
      return Parse(absl::StrCat(value.uint_value()));
    case v1::Value::kDecimal:
      return Parse(value.decimal());
    case v1::Value::kDoubleValue:
      if (!std::isfinite(value.double_value())) return std::nullopt;
      // The smallest double has 1,074 digits behind the point.
      return Parse(absl::StrFormat("%.1074f", value.double_value()));
    default:
      return std::nullopt;
  }
}

int Number::Compare(const Number& a, const Number& b) {
  if (a.negative_ != b.negative_) return a.negative_ ? -1 : 1;
  int magnitude = 0;
  if (a.whole_.size() != b.whole_.size()) {
    magnitude = a.whole_.size() < b.whole_.size() ? -1 : 1;
  } else {
    magnitude = a.whole_.compare(b.whole_);
  }
  if (magnitude == 0) magnitude = a.fraction_.compare(b.fraction_);
  return Sign(a.negative_ ? -Sign(magnitude) : magnitude);
}

}  // namespace berth::program
