// What every column type of MariaDB 10.11 can hold, at its ends.
#ifndef BERTH_TESTS_INTEGRATION_TYPE_CASES_H_
#define BERTH_TESTS_INTEGRATION_TYPE_CASES_H_

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "berth/v1/value.pb.h"

namespace berth::test {

// One value: what is written through Berth, what comes back, and how the
// `mariadb` command-line client is told the same value.
struct ValueCase {
  v1::Value written;
  std::string literal;
  // If it is not what was written, as with padded columns.
  std::optional<v1::Value> read = std::nullopt;

  const v1::Value& expected() const { return read ? *read : written; }
};

struct TypeCase {
  std::string name;
  // The type in SQL.
  std::string sql;
  v1::ColumnType type;
  std::vector<ValueCase> values;
};

inline void PrintTo(const TypeCase& type, std::ostream* out) {
  *out << type.sql;
}

// In all of them NULL is tried, too.
std::vector<TypeCase> NumberTypes();
std::vector<TypeCase> TimeTypes();
std::vector<TypeCase> TextTypes();
std::vector<TypeCase> BinaryTypes();
std::vector<TypeCase> OtherTypes();

}  // namespace berth::test

#endif  // BERTH_TESTS_INTEGRATION_TYPE_CASES_H_
