// Values of the API, shortly.
#ifndef BERTH_TESTS_UNIT_VALUE_LITERALS_H_
#define BERTH_TESTS_UNIT_VALUE_LITERALS_H_

#include <cstdint>
#include <string>

#include "berth/v1/value.pb.h"

namespace berth::literals {

inline v1::Value Int(int64_t number) {
  v1::Value value;
  value.set_int_value(number);
  return value;
}
inline v1::Value Uint(uint64_t number) {
  v1::Value value;
  value.set_uint_value(number);
  return value;
}
inline v1::Value Double(double number) {
  v1::Value value;
  value.set_double_value(number);
  return value;
}
inline v1::Value Decimal(const std::string& number) {
  v1::Value value;
  value.set_decimal(number);
  return value;
}
inline v1::Value Bool(bool truth) {
  v1::Value value;
  value.set_bool_value(truth);
  return value;
}
inline v1::Value Text(const std::string& text) {
  v1::Value value;
  value.set_text(text);
  return value;
}
inline v1::Value Blob(const std::string& bytes) {
  v1::Value value;
  value.set_blob(bytes);
  return value;
}
inline v1::Value Date(const std::string& date) {
  v1::Value value;
  value.set_date(date);
  return value;
}
inline v1::Value Null() {
  v1::Value value;
  value.set_null_value(google::protobuf::NULL_VALUE);
  return value;
}
inline v1::Value Default() {
  v1::Value value;
  value.mutable_default_value();
  return value;
}

}  // namespace berth::literals

#endif  // BERTH_TESTS_UNIT_VALUE_LITERALS_H_
