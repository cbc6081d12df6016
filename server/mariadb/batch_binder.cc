#include "server/mariadb/batch_binder.h"

#include <cstring>
#include <limits>
#include <string>

namespace berth::mariadb {
namespace {

// The indicator of a value and its length.
constexpr uint64_t kCellOverhead = 10;

const std::string& TextOf(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kBlob:
      return value.blob();
    case v1::Value::kDecimal:
      return value.decimal();
    case v1::Value::kJson:
      return value.json();
    case v1::Value::kDate:
      return value.date();
    case v1::Value::kDatetime:
      return value.datetime();
    case v1::Value::kTime:
      return value.time();
    default:
      return value.text();
  }
}

uint64_t NumberOf(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kBoolValue:
      return value.bool_value() ? 1 : 0;
    case v1::Value::kIntValue:
      return static_cast<uint64_t>(value.int_value());
    case v1::Value::kUintValue:
      return value.uint_value();
    default: {
      const double number = value.double_value();
      uint64_t bits = 0;
      std::memcpy(&bits, &number, sizeof(bits));
      return bits;
    }
  }
}

bool FitsSigned(uint64_t number) {
  return number <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
}

}  // namespace

bool BatchBinder::Join(const v1::Value& value, Type* type) {
  Type own = Type::kText;
  switch (value.kind_case()) {
    case v1::Value::kNullValue:
    case v1::Value::kDefaultValue:
      return true;
    case v1::Value::kBoolValue:
    case v1::Value::kIntValue:
      own = Type::kSigned;
      break;
    case v1::Value::kUintValue:
      own = Type::kUnsigned;
      if (*type == Type::kSigned && FitsSigned(value.uint_value())) {
        own = Type::kSigned;
      }
      break;
    case v1::Value::kDoubleValue:
      own = Type::kDouble;
      break;
    case v1::Value::kDecimal:
      own = Type::kDecimal;
      break;
    case v1::Value::kBlob:
      own = Type::kBlob;
      break;
    default:
      break;
  }
  if (*type == Type::kUnsigned && own == Type::kSigned &&
      static_cast<int64_t>(NumberOf(value)) >= 0) {
    return true;
  }
  if (*type == Type::kNone) *type = own;
  return *type == own;
}

uint64_t BatchBinder::Bytes(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kNullValue:
    case v1::Value::kDefaultValue:
    case v1::Value::kBoolValue:
    case v1::Value::kIntValue:
    case v1::Value::kUintValue:
    case v1::Value::kDoubleValue:
      return kCellOverhead;
    default:
      return kCellOverhead + TextOf(value).size();
  }
}

int BatchBinder::Count(const Rows& rows, int first, int count,
                       uint64_t max_bytes) {
  std::vector<Type> types(columns_.size(), Type::kNone);
  bytes_ = 0;
  for (int i = 0; i < count; ++i) {
    const v1::Row& row = rows[first + i];
    uint64_t bytes = 0;
    bool joined = true;
    for (size_t c = 0; c < types.size() && joined; ++c) {
      const v1::Value& value = row.values(static_cast<int>(c));
      joined = Join(value, &types[c]);
      bytes += Bytes(value);
    }
    if (i > 0 && (!joined || bytes_ + bytes > max_bytes)) return i;
    bytes_ += bytes;
    // Only of a row that is taken.
    for (size_t c = 0; c < types.size(); ++c) columns_[c].type = types[c];
  }
  return count;
}

void BatchBinder::Append(const v1::Value& value, Column& column) {
  char indicator = STMT_INDICATOR_NONE;
  if (value.has_null_value()) indicator = STMT_INDICATOR_NULL;
  if (value.has_default_value()) indicator = STMT_INDICATOR_DEFAULT;
  column.indicators.push_back(indicator);
  const bool is_value = indicator == STMT_INDICATOR_NONE;
  switch (column.type) {
    case Type::kSigned:
    case Type::kUnsigned:
    case Type::kDouble:
      column.numbers.push_back(is_value ? NumberOf(value) : 0);
      break;
    default: {
      column.texts.push_back(is_value ? TextOf(value).data() : nullptr);
      column.lengths.push_back(is_value ? TextOf(value).size() : 0);
    }
  }
}

int BatchBinder::Bind(const Rows& rows, int first, int count, int width,
                      uint64_t max_bytes) {
  columns_.assign(static_cast<size_t>(width), Column());
  binds_.assign(columns_.size(), MYSQL_BIND{});
  const int bound = Count(rows, first, count, max_bytes);
  for (size_t c = 0; c < columns_.size(); ++c) {
    Column& column = columns_[c];
    column.indicators.reserve(static_cast<size_t>(bound));
    for (int i = 0; i < bound; ++i) {
      Append(rows[first + i].values(static_cast<int>(c)), column);
    }
    MYSQL_BIND& bind = binds_[c];
    bind.u.indicator = column.indicators.data();
    bind.buffer = column.texts.data();
    bind.length = column.lengths.data();
    switch (column.type) {
      case Type::kSigned:
      case Type::kUnsigned:
        bind.buffer_type = MYSQL_TYPE_LONGLONG;
        bind.is_unsigned = column.type == Type::kUnsigned;
        bind.buffer = column.numbers.data();
        break;
      case Type::kDouble:
        bind.buffer_type = MYSQL_TYPE_DOUBLE;
        bind.buffer = column.numbers.data();
        break;
      case Type::kDecimal:
        bind.buffer_type = MYSQL_TYPE_NEWDECIMAL;
        break;
      case Type::kBlob:
        bind.buffer_type = MYSQL_TYPE_BLOB;
        break;
      case Type::kNone:
      case Type::kText:
        bind.buffer_type = MYSQL_TYPE_STRING;
        break;
    }
  }
  return bound;
}

}  // namespace berth::mariadb
