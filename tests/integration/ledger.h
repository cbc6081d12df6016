// A ledger of numbered inserts: whether what callers were told is true.
#ifndef BERTH_TESTS_INTEGRATION_LEDGER_H_
#define BERTH_TESTS_INTEGRATION_LEDGER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "berth/client/client.h"
#include "tests/support/mariadb_server.h"

namespace berth::test {

// What callers were told about each number, and whether that is true. The
// numbers are in the column `n` of the table `ledger`.
class Ledger {
 public:
  void Note(int64_t number, const absl::Status& told)
      ABSL_LOCKS_EXCLUDED(mutex_);

  int acknowledged() const { return acknowledged_; }

  // After the last number. Prints what it has counted as `name`.
  void Check(MariadbServer& mariadb, absl::string_view name)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  static std::map<int64_t, int> Stored(MariadbServer& mariadb);

  absl::Mutex mutex_;
  std::map<int64_t, client::Outcome> told_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int> reasons_ ABSL_GUARDED_BY(mutex_);
  std::atomic<int> acknowledged_ = 0;
};

// Threads that insert numbers, each one once, until they are stopped: by unary
// calls, in sessions and in transactions by turns.
class Writers {
 public:
  Writers(const client::Client& client, absl::Duration timeout, Ledger* ledger);
  ~Writers() { Stop(); }

  void Stop();
  // By how much the slowest request passed its deadline.
  absl::Duration Overrun() const {
    return absl::Milliseconds(overrun_ms_.load());
  }

 private:
  void Write();
  // The session is kept while it lives.
  absl::Status InSession(std::optional<client::Session>& session,
                         int64_t number);
  absl::Status InTransaction(int64_t number);
  absl::Status Timed(const std::function<absl::Status()>& request);

  const client::Client client_;
  const absl::Duration timeout_;
  Ledger* const ledger_;
  std::atomic<bool> stop_ = false;
  std::atomic<int64_t> last_ = 0;
  std::atomic<int64_t> overrun_ms_ = INT64_MIN;
  std::vector<std::thread> threads_;
};

}  // namespace berth::test

#endif  // BERTH_TESTS_INTEGRATION_LEDGER_H_
