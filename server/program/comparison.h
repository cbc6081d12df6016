// What it means to compare two values in a program.
#ifndef BERTH_SERVER_PROGRAM_COMPARISON_H_
#define BERTH_SERVER_PROGRAM_COMPARISON_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "berth/v1/transaction.pb.h"
#include "berth/v1/value.pb.h"

namespace berth::program {

// Whether `left` compares with `right` as `op` says; see transaction.proto.
//
// Numbers of all kinds, decimals and truth values among them, compare as
// numbers; everything else byte by byte, with its own kind or with text. NULL
// equals NULL, is not equal to anything else, and neither less nor greater.
// Fails with a message, without a field, for values that cannot be compared.
absl::StatusOr<bool> Compare(const v1::Value& left, v1::Comparison::Operator op,
                             const v1::Value& right);

// What could never be compared with anything: a DEFAULT, a list, a decimal that
// is none. OK for a value that could.
absl::Status CheckComparable(const v1::Value& value);

// Whether the value is compared as a number.
bool IsNumber(const v1::Value& value);

}  // namespace berth::program

#endif  // BERTH_SERVER_PROGRAM_COMPARISON_H_
