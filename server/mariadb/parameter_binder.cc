#include "server/mariadb/parameter_binder.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"

namespace berth::mariadb {
namespace {

void BindText(MYSQL_BIND& bind, enum_field_types type,
              const std::string& text) {
  bind.buffer_type = type;
  bind.buffer = const_cast<char*>(text.data());
  bind.buffer_length = text.size();
}

}  // namespace

absl::Status ParameterBinder::Bind(absl::Span<const v1::Value* const> values) {
  binds_.assign(values.size(), MYSQL_BIND{});
  ints_.clear();
  doubles_.clear();
  bytes_ = 0;
  has_long_data_ = false;
  for (size_t i = 0; i < values.size(); ++i) {
    const v1::Value& value = *values[i];
    MYSQL_BIND& bind = binds_[i];
    bytes_ += 9;
    switch (value.kind_case()) {
      case v1::Value::kNullValue:
        bind.buffer_type = MYSQL_TYPE_NULL;
        break;
      case v1::Value::kBoolValue:
        bind.buffer_type = MYSQL_TYPE_LONGLONG;
        bind.buffer = &ints_.emplace_back(value.bool_value() ? 1 : 0);
        break;
      case v1::Value::kIntValue:
        bind.buffer_type = MYSQL_TYPE_LONGLONG;
        bind.buffer = &ints_.emplace_back(value.int_value());
        break;
      case v1::Value::kUintValue:
        bind.buffer_type = MYSQL_TYPE_LONGLONG;
        bind.is_unsigned = 1;
        bind.buffer =
            &ints_.emplace_back(static_cast<int64_t>(value.uint_value()));
        break;
      case v1::Value::kDoubleValue:
        bind.buffer_type = MYSQL_TYPE_DOUBLE;
        bind.buffer = &doubles_.emplace_back(value.double_value());
        break;
      case v1::Value::kText:
        BindText(bind, MYSQL_TYPE_STRING, value.text());
        break;
      case v1::Value::kBlob:
        BindText(bind, MYSQL_TYPE_BLOB, value.blob());
        break;
      case v1::Value::kDecimal:
        BindText(bind, MYSQL_TYPE_NEWDECIMAL, value.decimal());
        break;
      case v1::Value::kJson:
        BindText(bind, MYSQL_TYPE_STRING, value.json());
        break;
      case v1::Value::kDate:
        BindText(bind, MYSQL_TYPE_STRING, value.date());
        break;
      case v1::Value::kDatetime:
        BindText(bind, MYSQL_TYPE_STRING, value.datetime());
        break;
      case v1::Value::kTime:
        BindText(bind, MYSQL_TYPE_STRING, value.time());
        break;
      case v1::Value::kLongData:
        bind.buffer_type = MYSQL_TYPE_LONG_BLOB;
        has_long_data_ = true;
        break;
      case v1::Value::kDefaultValue:
      case v1::Value::kList:
      case v1::Value::kRef:
      case v1::Value::KIND_NOT_SET:
        return errors::Error(absl::StatusCode::kInvalidArgument,
                             errors::kInvalidField)
            .Message(absl::StrCat("parameter ", i + 1,
                                  " has no value that can be bound"))
            .Field(absl::StrCat("parameters[", i, "]"),
                   "a value without a kind, a DEFAULT or a misplaced list");
    }
    bytes_ += bind.buffer_length;
  }
  return absl::OkStatus();
}

}  // namespace berth::mariadb
