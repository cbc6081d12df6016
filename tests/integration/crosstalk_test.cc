// No answer ever reaches another caller: every query carries a number that must
// come back, with cancellations at random moments.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "berth/client/client.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_servers.h"
#include "tests/support/wait.h"

namespace berth::test {
namespace {

using client::Session;
using client::Values;

constexpr int kThreads = 8;
constexpr int kQueries = 20'000;
constexpr int kRows = 1000;

TestServers& Servers() {
  static TestServers* servers = [] {
    BerthdProcess::Options options;
    // Fewer connections than threads: every connection changes hands often.
    options.config = "pool:\n  max_size: 5\n  acquire_timeout: 30s\n";
    static TestServers made(options);
    made.mariadb.Sql(
        "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(40) NOT NULL, n INT);"
        "INSERT INTO t SELECT seq, CONCAT('value ', seq), 0 FROM "
        "seq_1_to_1000");
    return &made;
  }();
  return *servers;
}

struct Counts {
  std::atomic<int> answered = 0;
  std::atomic<int> cancelled = 0;
  std::atomic<int> wrong = 0;
};

// One caller with numbers of its own.
class Caller {
 public:
  Caller(int number, Counts* counts)
      : random_(number), number_(number), counts_(counts) {}

  void Run(int queries) {
    for (int i = 0; i < queries; ++i) {
      nonce_ = absl::StrCat("caller ", number_, " query ", i, " ", random_());
      switch (random_() % 6) {
        case 0:
          Echo();
          break;
        case 1:
          SelectRow();
          break;
        case 2:
          UpdateRow();
          break;
        case 3:
          InSession();
          break;
        case 4:
          Pipeline();
          break;
        default:
          LargeAnswer();
      }
    }
  }

 private:
  // A third of the calls have too little time, somewhere between none and what
  // the answer takes.
  client::CallOptions Options() {
    client::CallOptions options;
    if (random_() % 3 == 0) {
      options.timeout = absl::Microseconds(100 + random_() % 3000);
    }
    return options;
  }

  // Counts an answer, which must be `expected`, or an error, which must be the
  // caller's own doing.
  template <typename Result>
  void Check(const Result& result, const std::string& got,
             const std::string& expected) {
    if (result.ok()) {
      ++counts_->answered;
      if (got != expected) {
        ++counts_->wrong;
        ADD_FAILURE() << got.substr(0, 100) << " instead of "
                      << expected.substr(0, 100);
      }
      return;
    }
    const absl::StatusCode code = ToStatus(result).code();
    if (code == absl::StatusCode::kDeadlineExceeded ||
        code == absl::StatusCode::kCancelled) {
      ++counts_->cancelled;
    } else {
      ADD_FAILURE() << ToStatus(result);
    }
  }

  void CheckExecuted(const absl::StatusOr<std::vector<v1::ResultChunk>>& result,
                     const std::string& expected) {
    Check(result, result.ok() ? Cells(result->front()) : "", expected);
  }

  void Echo() {
    // Statements of different shapes, so that caches take part.
    const int columns = 1 + static_cast<int>(random_() % 3);
    std::string sql = "SELECT ?";
    std::string expected = nonce_;
    std::vector<v1::Value> values = Values(nonce_);
    for (int i = 1; i < columns; ++i) {
      absl::StrAppend(&sql, ", ? AS c", i);
      absl::StrAppend(&expected, ",", i);
      values.push_back(client::ToValue(i));
    }
    CheckExecuted(Servers().client.Execute(Sql(sql, values), Options()),
                  expected);
  }

  void SelectRow() {
    const int id = 1 + static_cast<int>(random_() % kRows);
    v1::SelectSpec spec = SelectFrom("t", "id = ?", Values(id));
    spec.add_columns("v");
    auto result = Servers().client.Select(spec, Options());
    Check(result, result.ok() ? Cells(*result) : "",
          absl::StrCat("value ", id));
  }

  void UpdateRow() {
    // A row of the caller's own, so that nobody waits for a lock.
    const int id = number_ + 1;
    auto result = Servers().client.Update(
        UpdateOf("t", "n",
                 client::ToValue(static_cast<int>(random_() % 1000000)),
                 "id = ? AND ? = ?", Values(id, nonce_, nonce_)),
        Options());
    Check(result, result.ok() ? absl::StrCat(result->matched_rows()) : "", "1");
  }

  void InSession() {
    auto session = Servers().client.OpenSession();
    if (!session.ok()) return Check(session, "", "");
    const std::string mark = nonce_;
    if (session->Execute("SET @mark = ?", Values(mark)).ok()) {
      CheckExecuted(session->Execute("SELECT @mark"), mark);
    }
    const uint32_t kind = random_() % 3;
    if (kind == 0) {
      EXPECT_THAT(session->End(), IsOk());
    } else if (kind == 1) {
      // Leaves in the middle of a statement.
      (void)session->Send(Request(Sql("SELECT SLEEP(0.05), ?", Values(mark))));
      session->Cancel();
    }
  }

  void Pipeline() {
    auto session = Servers().client.OpenSession();
    if (!session.ok()) return Check(session, "", "");
    std::vector<uint32_t> ids;
    for (int i = 0; i < 5; ++i) {
      auto id = session->Send(
          Request(Sql("SELECT ?", Values(absl::StrCat(nonce_, "/", i)))));
      if (id.ok()) ids.push_back(*id);
    }
    const size_t taken = random_() % 6;
    for (size_t i = 0; i < ids.size() && i < taken; ++i) {
      auto answer = session->Receive(ids[i]);
      Check(answer, answer.ok() ? Cells(answer->front().result()) : "",
            absl::StrCat(nonce_, "/", i));
    }
    EXPECT_THAT(session->End(), IsOk());
  }

  void LargeAnswer() {
    // Long enough to be cut off within.
    auto result = Servers().client.Execute(
        Sql("SELECT CONCAT(?, '/', seq) FROM seq_1_to_300", Values(nonce_)),
        Options());
    std::string expected;
    for (int i = 1; i <= 300; ++i) {
      absl::StrAppend(&expected, i == 1 ? "" : ";", nonce_, "/", i);
    }
    CheckExecuted(result, expected);
  }

  std::mt19937 random_;
  const int number_;
  Counts* const counts_;
  std::string nonce_;
};

TEST(CrosstalkTest, EveryAnswerIsTheCallersOwn) {
  Counts counts;
  const int queries = Scaled(kQueries);
  std::vector<std::thread> threads;
  Servers();
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([i, queries, &counts] {
      Caller(i, &counts).Run((queries + kThreads - 1) / kThreads);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counts.wrong, 0);
  EXPECT_GT(counts.answered, queries / 3);
  EXPECT_GT(counts.cancelled, queries / 100);
  RecordProperty("answered", counts.answered);
  RecordProperty("cancelled", counts.cancelled);
  EXPECT_TRUE(Eventually([] {
    auto stats = Servers().client.GetPoolStats();
    return stats.ok() && stats->in_use() == 0 && stats->waiting() == 0;
  }));
  EXPECT_EQ(BusyConnections(Servers().mariadb), "");
  // Rows that no caller writes are as they were.
  EXPECT_EQ(Servers().mariadb.Sql(
                "SELECT COUNT(*) FROM t WHERE v = CONCAT('value ', id)"),
            absl::StrCat(kRows));
}

// A kill that comes late must not hit the next statement of the connection.
TEST(CrosstalkTest, CancelAtTheEndOfAStatementHitsNobodyElse) {
  std::atomic<bool> stop = false;
  std::atomic<int> innocent = 0;
  std::thread bystander([&] {
    for (int i = 0; !stop; ++i) {
      auto result = Servers().client.Execute(Sql("SELECT ?", Values(i)));
      EXPECT_THAT(result, IsOk());
      if (result.ok()) {
        EXPECT_EQ(Cells(result->front()), absl::StrCat(i));
      }
      ++innocent;
    }
  });
  std::mt19937 random(1);
  const int rounds = Scaled(10'000);
  for (int i = 0; i < rounds; ++i) {
    client::CallOptions options;
    options.timeout = absl::Microseconds(200 + random() % 2500);
    (void)Servers().client.Execute(Sql("SELECT SLEEP(0.001)"), options);
  }
  stop = true;
  bystander.join();
  EXPECT_GT(innocent, 0);
}

}  // namespace
}  // namespace berth::test
