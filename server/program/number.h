// Numbers compared without loss, whatever kind they are of.
#ifndef BERTH_SERVER_PROGRAM_NUMBER_H_
#define BERTH_SERVER_PROGRAM_NUMBER_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "berth/v1/value.pb.h"

namespace berth::program {

// A number in decimal digits, of any length.
class Number {
 public:
  // The number that a bool, an integer, a double or a decimal is; doubles with
  // all their digits. Nothing for a value of another kind, for a decimal that
  // is not written as `[+-]12.50`, and for NaN and infinities.
  static std::optional<Number> Of(const v1::Value& value);
  // Reads `[+-]digits[.digits]`, where one of both must have a digit.
  static std::optional<Number> Parse(absl::string_view text);

  // Negative, zero or positive as `a` is less than, equal to or greater than
  // `b`.
  static int Compare(const Number& a, const Number& b);

 private:
  Number() = default;

  bool negative_ = false;  // Never for zero.
  std::string whole_;      // Without zeros in front.
  std::string fraction_;   // Without zeros at the end.
};

}  // namespace berth::program

#endif  // BERTH_SERVER_PROGRAM_NUMBER_H_
