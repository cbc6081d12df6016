// A MariaDB of scripted connections.
#ifndef BERTH_TESTS_UNIT_MARIADB_FAKE_MARIADB_H_
#define BERTH_TESTS_UNIT_MARIADB_FAKE_MARIADB_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/mutex.h"
#include "server/mariadb/connection.h"
#include "server/runtime/async_event.h"
#include "server/runtime/shard.h"
#include "tests/unit/manual_clock.h"

namespace berth::mariadb {

// What the connections talk to. Answers every statement at once unless told
// otherwise. Outlives its connections. Thread-safe.
class FakeMariaDb {
 public:
  // Opens a connection, or fails as Refuse says.
  absl::StatusOr<std::unique_ptr<Connection>> Connect();
  std::function<absl::StatusOr<std::unique_ptr<Connection>>()> Connector() {
    return [this] { return Connect(); };
  }

  // From now on connecting fails with `why`; OK: it succeeds again.
  void Refuse(absl::Status why);
  // Lets attempts to connect wait until Proceed.
  void HoldConnects();
  void Proceed();
  // Hangs up on every connection there is.
  void HangUp();
  // The next statement that contains `part` fails with this error of MariaDB.
  void Fail(std::string part, unsigned int errno_number);
  // The next statement that contains `part` also ends the transaction.
  void EndTransaction(std::string part);
  // The next statement that contains `part` takes until it is killed or
  // released. Killed, it fails, or answers as if nothing had been.
  void Hang(std::string part, bool answers_when_killed = false);
  // Lets every statement that hangs succeed.
  void Release();
  // The integers that every statement with parameters or results answers with,
  // as rows of one column; none: it has no columns.
  void Answer(std::vector<int64_t> rows);

  // An execution of an array takes so many rows at most.
  void TakeRows(int most);
  // Every execution of an array with a row whose first value is this integer
  // fails with this error, as a whole; 0: none does any more.
  void FailRow(int64_t row, unsigned int errno_number);

  int connects() const { return Read(connects_); }
  int open() const { return Read(open_); }
  // The most attempts to connect that there were at one time.
  int most_connecting() const { return Read(most_connecting_); }
  int pings() const { return Read(pings_); }
  // Every statement so far, resets as `RESET`. That of an array is followed by
  // its rows: ` /* 0 to 9 */`.
  std::vector<std::string> statements() const;
  int Count(const std::string& statement) const;

 private:
  friend class FakeConnection;

  struct Rule {
    Rule(std::string text, unsigned int number, bool hang)
        : part(std::move(text)), errno_number(number), hangs(hang) {}
    std::string part;
    unsigned int errno_number;
    bool hangs;
    bool ends_transaction = false;
  };
  struct Hung {
    runtime::Shard* shard = nullptr;
    runtime::AsyncEvent* event = nullptr;
    bool* released = nullptr;
  };

  int Read(const int& number) const {
    MutexLock lock(&mutex_);
    return number;
  }
  // Writes the statement down and takes the rule for it out.
  Rule Take(const std::string& statement);
  // Ends the statement that hangs on this connection, if any.
  void Wake(uint64_t thread_id);

  mutable Mutex mutex_;
  absl::Status refusal_;
  CondVar proceed_;
  bool hold_ = false;
  int connects_ = 0;
  int connecting_ = 0;
  int most_connecting_ = 0;
  int open_ = 0;
  int pings_ = 0;
  int generation_ = 0;
  std::list<Rule> rules_;
  std::map<uint64_t, Hung> hung_;
  std::vector<int64_t> rows_;
  int most_rows_ = std::numeric_limits<int>::max();
  std::map<int64_t, unsigned int> bad_rows_;
  std::vector<std::string> statements_;
};

// One connection. Knows transactions and autocommit as far as its statements
// say.
class FakeConnection final : public Connection {
 public:
  FakeConnection(FakeMariaDb* server, uint64_t id, int generation)
      : server_(server), id_(id), generation_(generation) {}
  ~FakeConnection() override;

  void Attach() override {}
  void Detach() override {}
  runtime::Task<absl::Status> Execute(
      absl::string_view sql, absl::Span<const v1::Value* const> parameters,
      ErrorContext::Effect effect, RowSink& sink) override;
  runtime::Task<BatchResult> ExecuteBatch(absl::string_view sql,
                                          const v1::Rows& rows, int first,
                                          int count,
                                          ErrorContext::Effect effect) override;
  runtime::Task<absl::StatusOr<std::unique_ptr<PreparedStatement>>> Prepare(
      std::string sql) override;
  runtime::Task<absl::Status> Run(std::string sql,
                                  ErrorContext::Effect effect) override;
  runtime::Task<absl::Status> UseDatabase(std::string database) override;
  runtime::Task<absl::Status> Reset() override;
  runtime::Task<absl::Status> Ping() override;
  absl::StatusOr<TextResult> QueryBlocking(absl::string_view sql) override;
  void Abort() override;
  bool LooksDead() const override;
  bool in_transaction() const override {
    return in_transaction_ && !transaction_ended();
  }
  bool autocommit() const override { return autocommit_; }
  uint64_t thread_id() const override { return id_; }
  std::string server_version() const override { return "10.11.6-MariaDB"; }

 private:
  // The number of the error that these rows cause; 0: none.
  unsigned int ErrorOfRows(const v1::Rows& rows, int first, int count) const;
  absl::Status Failure(unsigned int errno_number, const ErrorContext& context);
  ErrorContext Context(ErrorContext::Effect effect) const;
  // What becomes of a statement before it is answered.
  runtime::Task<absl::Status> Send(std::string sql,
                                   ErrorContext::Effect effect);

  FakeMariaDb* const server_;
  const uint64_t id_;
  const int generation_;
  bool in_transaction_ = false;
  bool autocommit_ = true;
};

}  // namespace berth::mariadb

#endif  // BERTH_TESTS_UNIT_MARIADB_FAKE_MARIADB_H_
