// Values of requests as parameters of prepared statements.
#ifndef BERTH_SERVER_MARIADB_PARAMETER_BINDER_H_
#define BERTH_SERVER_MARIADB_PARAMETER_BINDER_H_

#include <cstdint>
#include <deque>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "berth/v1/value.pb.h"
#include "server/mariadb/mariadb_include.h"

namespace berth::mariadb {

// Binds values, each with its own type: MariaDB converts, never this code.
// Decimals, dates and times travel as text, which MariaDB reads exactly.
class ParameterBinder {
 public:
  ParameterBinder() = default;

  // Makes the binds. The values must stay until the statement was executed.
  // Fails with INVALID_FIELD for a value without a kind or of a kind that only
  // a planner can turn into SQL.
  absl::Status Bind(absl::Span<const v1::Value* const> values);

  MYSQL_BIND* binds() { return binds_.data(); }
  // Whether a value stands for bytes that were sent before.
  bool has_long_data() const { return has_long_data_; }
  // The bytes of all values: what the execution will send, about.
  uint64_t bytes() const { return bytes_; }

 private:
  std::vector<MYSQL_BIND> binds_;
  uint64_t bytes_ = 0;
  bool has_long_data_ = false;
  // Storage of numbers; a deque, so that addresses stay.
  std::deque<int64_t> ints_;
  std::deque<double> doubles_;
};

}  // namespace berth::mariadb

#endif  // BERTH_SERVER_MARIADB_PARAMETER_BINDER_H_
