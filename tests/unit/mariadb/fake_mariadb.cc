#include "tests/unit/mariadb/fake_mariadb.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "berth/v1/result.pb.h"
#include "server/base/status_macros.h"

namespace berth::mariadb {

absl::StatusOr<std::unique_ptr<Connection>> FakeMariaDb::Connect() {
  MutexLock lock(&mutex_);
  ++connects_;
  ++connecting_;
  most_connecting_ = std::max(most_connecting_, connecting_);
  while (hold_) proceed_.Wait(&mutex_);
  --connecting_;
  if (!refusal_.ok()) return refusal_;
  ++open_;
  return std::make_unique<FakeConnection>(this, connects_, generation_);
}

void FakeMariaDb::Refuse(absl::Status why) {
  MutexLock lock(&mutex_);
  refusal_ = std::move(why);
}

void FakeMariaDb::HoldConnects() {
  MutexLock lock(&mutex_);
  hold_ = true;
}

void FakeMariaDb::Proceed() {
  MutexLock lock(&mutex_);
  hold_ = false;
  proceed_.SignalAll();
}

void FakeMariaDb::HangUp() {
  MutexLock lock(&mutex_);
  ++generation_;
}

void FakeMariaDb::Fail(std::string part, unsigned int errno_number) {
  MutexLock lock(&mutex_);
  rules_.emplace_back(std::move(part), errno_number, /*hang=*/false);
}

void FakeMariaDb::EndTransaction(std::string part) {
  MutexLock lock(&mutex_);
  rules_.emplace_back(std::move(part), 0, /*hang=*/false);
  rules_.back().ends_transaction = true;
}

void FakeMariaDb::Hang(std::string part, bool answers_when_killed) {
  MutexLock lock(&mutex_);
  rules_.emplace_back(std::move(part), answers_when_killed ? 0 : 1317,
                      /*hang=*/true);
}

void FakeMariaDb::Release() {
  MutexLock lock(&mutex_);
  for (auto& [id, hung] : hung_) {
    hung.shard->Post([event = hung.event, released = hung.released] {
      *released = true;
      event->Signal();
    });
  }
  hung_.clear();
}

void FakeMariaDb::Answer(std::vector<int64_t> rows) {
  MutexLock lock(&mutex_);
  rows_ = std::move(rows);
}

void FakeMariaDb::TakeRows(int most) {
  MutexLock lock(&mutex_);
  most_rows_ = most;
}

void FakeMariaDb::FailRow(int64_t row, unsigned int errno_number) {
  MutexLock lock(&mutex_);
  bad_rows_.erase(row);
  if (errno_number != 0) bad_rows_[row] = errno_number;
}

std::vector<std::string> FakeMariaDb::statements() const {
  MutexLock lock(&mutex_);
  return statements_;
}

int FakeMariaDb::Count(const std::string& statement) const {
  MutexLock lock(&mutex_);
  return static_cast<int>(
      std::count(statements_.begin(), statements_.end(), statement));
}

FakeMariaDb::Rule FakeMariaDb::Take(const std::string& statement) {
  MutexLock lock(&mutex_);
  statements_.push_back(statement);
  for (auto rule = rules_.begin(); rule != rules_.end(); ++rule) {
    if (!absl::StrContains(statement, rule->part)) continue;
    Rule taken = std::move(*rule);
    rules_.erase(rule);
    return taken;
  }
  return Rule(std::string(), 0, /*hang=*/false);
}

void FakeMariaDb::Wake(uint64_t thread_id) {
  MutexLock lock(&mutex_);
  auto hung = hung_.find(thread_id);
  if (hung == hung_.end()) return;
  hung->second.shard->Post([event = hung->second.event] { event->Signal(); });
  hung_.erase(hung);
}

namespace {

// Sends its text at each execution. Its cursor answers all rows at once.
class FakePreparedStatement final : public PreparedStatement {
 public:
  FakePreparedStatement(FakeConnection* connection, std::string sql)
      : connection_(connection), sql_(std::move(sql)) {}

  size_t parameter_count() const override {
    return static_cast<size_t>(std::count(sql_.begin(), sql_.end(), '?'));
  }
  const std::vector<v1::Column>& columns() const override { return columns_; }
  runtime::Task<absl::Status> Execute(
      absl::Span<const v1::Value* const> parameters,
      ErrorContext::Effect effect, RowSink& sink) override {
    cursor_ = false;
    return connection_->Execute(sql_, parameters, effect, sink);
  }
  runtime::Task<absl::Status> SendLongData(uint32_t parameter,
                                           absl::string_view data) override {
    return connection_->Run(absl::StrCat("LONG DATA ", parameter, " ", data),
                            ErrorContext::Effect::kNone);
  }
  runtime::Task<absl::Status> OpenCursor(
      absl::Span<const v1::Value* const> /*parameters*/) override {
    const absl::Status status = co_await connection_->Run(
        absl::StrCat("CURSOR ", sql_), ErrorContext::Effect::kNone);
    cursor_ = status.ok();
    co_return status;
  }
  bool has_cursor() const override { return cursor_; }
  runtime::Task<absl::Status> Fetch(uint64_t /*max_rows*/,
                                    RowSink& sink) override {
    return connection_->Execute("FETCH", {}, ErrorContext::Effect::kNone, sink);
  }
  void CloseCursor() override { cursor_ = false; }

 private:
  FakeConnection* const connection_;
  const std::string sql_;
  const std::vector<v1::Column> columns_;
  bool cursor_ = false;
};

}  // namespace

runtime::Task<absl::StatusOr<std::unique_ptr<PreparedStatement>>>
FakeConnection::Prepare(std::string sql) {
  CO_RETURN_IF_ERROR(co_await Send(absl::StrCat("PREPARE ", sql),
                                   ErrorContext::Effect::kNone));
  std::unique_ptr<PreparedStatement> prepared =
      std::make_unique<FakePreparedStatement>(this, std::move(sql));
  co_return std::move(prepared);
}

runtime::Task<BatchResult> FakeConnection::ExecuteBatch(
    absl::string_view sql, const v1::Rows& rows, int first, int count,
    ErrorContext::Effect effect) {
  BatchResult result;
  result.rows = std::min(count, server_->Read(server_->most_rows_));
  const ErrorContext context = Context(effect);
  std::string text =
      absl::StrCat(sql, " /* ", first, " to ", first + result.rows - 1, " */");
  result.status = co_await Send(std::move(text), effect);
  if (!result.status.ok()) co_return std::move(result);
  const unsigned int bad = ErrorOfRows(rows, first, result.rows);
  if (bad != 0) {
    result.status = Failure(bad, context);
  } else {
    result.affected_rows = static_cast<uint64_t>(result.rows);
  }
  co_return std::move(result);
}

unsigned int FakeConnection::ErrorOfRows(const v1::Rows& rows, int first,
                                         int count) const {
  MutexLock lock(&server_->mutex_);
  for (int i = first; i < first + count; ++i) {
    const auto bad =
        server_->bad_rows_.find(rows.rows(i).values(0).int_value());
    if (bad != server_->bad_rows_.end()) return bad->second;
  }
  return 0;
}

ErrorContext FakeConnection::Context(ErrorContext::Effect effect) const {
  ErrorContext context;
  context.effect = effect;
  context.in_transaction = in_transaction() || !autocommit_;
  return context;
}

absl::Status FakeConnection::Failure(unsigned int errno_number,
                                     const ErrorContext& context) {
  if (IsFatal(errno_number)) MarkBroken();
  if (EndsTransaction(errno_number)) set_transaction_ended(true);
  return StatementError(DatabaseError(errno_number, "HY000",
                                      absl::StrCat("error ", errno_number)),
                        context);
}

FakeConnection::~FakeConnection() {
  MutexLock lock(&server_->mutex_);
  --server_->open_;
}

runtime::Task<absl::Status> FakeConnection::Send(std::string sql,
                                                 ErrorContext::Effect effect) {
  const ErrorContext context = Context(effect);
  FakeMariaDb::Rule rule = server_->Take(sql);
  if (rule.hangs) {
    runtime::AsyncEvent killed;
    bool released = false;
    {
      MutexLock lock(&server_->mutex_);
      FakeMariaDb::Hung& hung = server_->hung_[id_];
      hung.shard = &runtime::Shard::Current();
      hung.event = &killed;
      hung.released = &released;
    }
    co_await killed;
    if (released) rule.errno_number = 0;
  }
  if (LooksDead()) rule.errno_number = 2013;
  if (rule.ends_transaction) in_transaction_ = false;
  if (rule.errno_number == 0) co_return absl::OkStatus();
  co_return Failure(rule.errno_number, context);
}

runtime::Task<absl::Status> FakeConnection::Execute(
    absl::string_view sql, absl::Span<const v1::Value* const> /*parameters*/,
    ErrorContext::Effect effect, RowSink& sink) {
  CO_RETURN_IF_ERROR(co_await Send(std::string(sql), effect));
  std::vector<int64_t> rows;
  {
    MutexLock lock(&server_->mutex_);
    rows = server_->rows_;
  }
  ResultSummary summary;
  summary.has_columns = !rows.empty();
  if (summary.has_columns) {
    ResultMetadata metadata;
    v1::ResultChunk chunk;
    v1::Column* column = chunk.add_columns();
    column->set_name("n");
    metadata.columns.push_back(*column);
    metadata.wire = chunk.SerializeAsString();
    sink.BeginResult(metadata);
  }
  for (int64_t row : rows) {
    sink.Int(row);
    const RowSink::Next next = sink.EndRow();
    if (next == RowSink::Next::kFlush) {
      CO_RETURN_IF_ERROR(co_await sink.Flush());
    }
    summary.truncated = next == RowSink::Next::kStop;
    if (summary.truncated) break;
    ++summary.row_count;
  }
  co_return co_await sink.EndResult(summary);
}

runtime::Task<absl::Status> FakeConnection::Run(std::string sql,
                                                ErrorContext::Effect effect) {
  CO_RETURN_IF_ERROR(co_await Send(sql, effect));
  set_transaction_ended(false);
  if (absl::StartsWith(sql, "START TRANSACTION") ||
      absl::StartsWith(sql, "BEGIN NOT ATOMIC START TRANSACTION")) {
    in_transaction_ = true;
  }
  if (sql == "COMMIT" || sql == "ROLLBACK") in_transaction_ = false;
  if (sql == "SET autocommit=0") autocommit_ = false;
  if (sql == "SET autocommit=1") {
    autocommit_ = true;
    in_transaction_ = false;
  }
  co_return absl::OkStatus();
}

runtime::Task<absl::Status> FakeConnection::UseDatabase(std::string database) {
  CO_RETURN_IF_ERROR(co_await Send(absl::StrCat("USE ", database),
                                   ErrorContext::Effect::kNone));
  set_database(std::move(database));
  co_return absl::OkStatus();
}

runtime::Task<absl::Status> FakeConnection::Reset() {
  CO_RETURN_IF_ERROR(co_await Send("RESET", ErrorContext::Effect::kNone));
  in_transaction_ = false;
  autocommit_ = true;
  set_transaction_ended(false);
  MarkClean();
  co_return absl::OkStatus();
}

runtime::Task<absl::Status> FakeConnection::Ping() {
  {
    MutexLock lock(&server_->mutex_);
    ++server_->pings_;
  }
  co_return co_await Send("PING", ErrorContext::Effect::kNone);
}

absl::StatusOr<TextResult> FakeConnection::QueryBlocking(
    absl::string_view sql) {
  server_->Take(std::string(sql));
  uint64_t victim = 0;
  if (absl::ConsumePrefix(&sql, "KILL QUERY ") &&
      absl::SimpleAtoi(sql, &victim)) {
    server_->Wake(victim);
  }
  return TextResult();
}

void FakeConnection::Abort() {
  MarkBroken();
  server_->Wake(id_);
}

bool FakeConnection::LooksDead() const {
  MutexLock lock(&server_->mutex_);
  return generation_ != server_->generation_;
}

}  // namespace berth::mariadb
