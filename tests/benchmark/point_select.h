// A prepared point select on one connection of its own, without blocking: what
// the baselines of the suite are made of.
#ifndef BERTH_TESTS_BENCHMARK_POINT_SELECT_H_
#define BERTH_TESTS_BENCHMARK_POINT_SELECT_H_

#include <mysql.h>

#include <cstdint>
#include <string>

namespace berth::benchmark {

// Where MariaDB is. A socket wins over host and port.
struct DatabaseAddress {
  std::string socket;
  std::string host = "127.0.0.1";
  unsigned port = 3306;
  std::string user = "root";
  std::string password;
  std::string database = "bench";
};

// The row that the last select read. The texts belong to the PointSelect.
struct PointRow {
  int32_t id;
  int32_t k;
  char c[120];
  char pad[60];
  unsigned long c_length;
  unsigned long pad_length;
};

// Runs `SELECT id, k, c, pad FROM sbtest WHERE id = ?`, one at a time.
//
// Read unbuffered: no copy into a result of libmariadb's. Connecting and
// preparing block. Any failure ends the process with a message, since a
// benchmark has nothing to go on with.
class PointSelect {
 public:
  explicit PointSelect(const DatabaseAddress& address);
  PointSelect(const PointSelect&) = delete;
  PointSelect& operator=(const PointSelect&) = delete;
  ~PointSelect();

  // Sends the statement. Returns what to wait for on `fd()`, as MYSQL_WAIT_*
  // flags; 0 when `row()` is complete.
  int Start(int32_t id);
  // Goes on when the flags that were waited for are `ready`. Returns like
  // Start.
  int Continue(int ready);

  int fd() const { return mysql_get_socket(mysql_); }
  const PointRow& row() const { return row_; }

 private:
  // The libmariadb call that is running.
  enum class Step { kExecute, kFetchRow, kFetchEnd };

  int Proceed();
  [[noreturn]] void Fail(const char* what) const;

  MYSQL* mysql_;
  MYSQL_STMT* stmt_ = nullptr;
  int32_t id_ = 0;
  PointRow row_{};
  Step step_ = Step::kExecute;
  int result_ = 0;
};

}  // namespace berth::benchmark

#endif  // BERTH_TESTS_BENCHMARK_POINT_SELECT_H_
