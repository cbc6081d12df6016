// Rows of a bulk insert as arrays of values, a column each.
#ifndef BERTH_SERVER_MARIADB_BATCH_BINDER_H_
#define BERTH_SERVER_MARIADB_BATCH_BINDER_H_

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "berth/v1/value.pb.h"
#include "google/protobuf/repeated_field.h"
#include "server/mariadb/mariadb_include.h"

namespace berth::mariadb {

// Binds as many rows as one execution takes: an array has one type, so that
// rows are taken as long as each column keeps its own. A NULL and a DEFAULT go
// with every type, a truth value and an integer that fits with signed ones.
// Nothing is converted otherwise: that is MariaDB's, and it depends on the
// type. The values' types are those of ParameterBinder.
class BatchBinder {
 public:
  using Rows = google::protobuf::RepeatedPtrField<v1::Row>;

  BatchBinder() = default;

  // Binds rows from `first` on, which have `width` values each and none that is
  // no value of a row: at least one, and up to `count` while they stay within
  // `max_bytes` together. The rows must stay until the statement was executed.
  // Returns how many were bound.
  int Bind(const Rows& rows, int first, int count, int width,
           uint64_t max_bytes);

  MYSQL_BIND* binds() { return binds_.data(); }
  // The bytes of the bound values: what the execution will send, about.
  uint64_t bytes() const { return bytes_; }

 private:
  // What a column has in common; kNone: only NULL and DEFAULT so far.
  enum class Type {
    kNone,
    kSigned,
    kUnsigned,
    kDouble,
    kDecimal,
    kText,
    kBlob
  };

  struct Column {
    Column() = default;

    Type type = Type::kNone;
    std::vector<char> indicators;
    std::vector<uint64_t> numbers;
    std::vector<const char*> texts;
    std::vector<unsigned long> lengths;
  };

  // The type of the values so far and this one; false if they have none in
  // common.
  static bool Join(const v1::Value& value, Type* type);
  static uint64_t Bytes(const v1::Value& value);
  static void Append(const v1::Value& value, Column& column);
  // How many rows go into one execution.
  int Count(const Rows& rows, int first, int count, uint64_t max_bytes);

  std::vector<Column> columns_;
  std::vector<MYSQL_BIND> binds_;
  uint64_t bytes_ = 0;
};

}  // namespace berth::mariadb

#endif  // BERTH_SERVER_MARIADB_BATCH_BINDER_H_
