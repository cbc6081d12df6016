// Making and reading values.
//
//   spec.mutable_filter()->set_where("email = ? AND age > ?");
//   *spec.mutable_filter()->add_parameters() = ToValue("alice@example.com");
//   *spec.mutable_filter()->add_parameters() = ToValue(18);
#ifndef BERTH_CLIENT_VALUE_H_
#define BERTH_CLIENT_VALUE_H_

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "berth/client/export.h"
#include "berth/v1/result.pb.h"
#include "berth/v1/value.pb.h"

namespace berth::client {

// NULL.
BERTH_CLIENT_EXPORT v1::Value ToValue(std::nullopt_t null);
BERTH_CLIENT_EXPORT v1::Value ToValue(double value);
// Text where the bytes are valid UTF-8, else a blob.
BERTH_CLIENT_EXPORT v1::Value ToValue(absl::string_view value);
inline v1::Value ToValue(const char* value) {
  return ToValue(absl::string_view(value));
}
inline v1::Value ToValue(const std::string& value) {
  return ToValue(absl::string_view(value));
}
inline v1::Value ToValue(v1::Value value) { return value; }

// A truth value or an integer of any width and sign.
template <std::integral T>
v1::Value ToValue(T value) {
  v1::Value result;
  if constexpr (std::same_as<T, bool>) {
    result.set_bool_value(value);
  } else if constexpr (std::signed_integral<T>) {
    result.set_int_value(value);
  } else {
    result.set_uint_value(value);
  }
  return result;
}

// The value, or NULL where there is none.
template <typename T>
v1::Value ToValue(const std::optional<T>& value) {
  return value.has_value() ? ToValue(*value) : ToValue(std::nullopt);
}

// One value of each argument, for the parameters of a statement.
template <typename... T>
std::vector<v1::Value> Values(const T&... values) {
  return {ToValue(values)...};
}

// Values whose kind C++ does not know. The texts are as `berth/v1/value.proto`
// describes them.
BERTH_CLIENT_EXPORT v1::Value Blob(absl::string_view bytes);
BERTH_CLIENT_EXPORT v1::Value Decimal(absl::string_view text);
BERTH_CLIENT_EXPORT v1::Value Json(absl::string_view text);
BERTH_CLIENT_EXPORT v1::Value Date(absl::string_view text);
BERTH_CLIENT_EXPORT v1::Value DateTime(absl::string_view text);
BERTH_CLIENT_EXPORT v1::Value Time(absl::string_view text);
// The column's default, in inserts and assignments.
BERTH_CLIENT_EXPORT v1::Value Default();
// What `Session::SendLongData` has sent for this parameter.
BERTH_CLIENT_EXPORT v1::Value LongData();
// Several values for one placeholder, as in `id IN (?)`.
BERTH_CLIENT_EXPORT v1::Value List(std::vector<v1::Value> values);

// Whether the value is NULL.
BERTH_CLIENT_EXPORT bool IsNull(const v1::Value& value);

// The typed getters. Each fails with INVALID_ARGUMENT where the value is NULL
// or of another kind, and with OUT_OF_RANGE where an integer does not fit.
BERTH_CLIENT_EXPORT absl::StatusOr<int64_t> AsInt(const v1::Value& value);
BERTH_CLIENT_EXPORT absl::StatusOr<uint64_t> AsUint(const v1::Value& value);
// Integers are converted; a DECIMAL is not.
BERTH_CLIENT_EXPORT absl::StatusOr<double> AsDouble(const v1::Value& value);
// The text or bytes of every kind that has some. The view lives as long as the
// value.
BERTH_CLIENT_EXPORT absl::StatusOr<absl::string_view> AsText(
    const v1::Value& value);

// For people: NULL, digits, the text itself, or `(1, 2)`.
BERTH_CLIENT_EXPORT std::string ToString(const v1::Value& value);

// The value of `column` in the row `row` of `result`. Fails with OUT_OF_RANGE
// where there is no such row and NOT_FOUND where there is no such column. The
// pointer lives as long as the result.
BERTH_CLIENT_EXPORT absl::StatusOr<const v1::Value*> Cell(
    const v1::ResultChunk& result, int row, absl::string_view column);

// Whether a protobuf field of the type string may hold `text`.
BERTH_CLIENT_EXPORT bool IsValidUtf8(absl::string_view text);

}  // namespace berth::client

#endif  // BERTH_CLIENT_VALUE_H_
