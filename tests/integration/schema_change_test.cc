// Columns are added, altered and dropped while the table is read and written
// through cached statements: right answers or a clean error, never the values
// of other columns.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "berth/client/client.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_servers.h"
#include "tests/support/wait.h"

namespace berth::test {
namespace {

using client::Session;
using client::Values;

constexpr int kRows = 20;

TestServers& Servers() {
  static TestServers servers;
  return servers;
}

// What a cell of the row `id` must be, by its column's name and type; empty:
// no such column was ever there.
std::string Expected(const v1::Column& column, int id) {
  if (column.name() == "id") return absl::StrCat(id);
  if (column.name() == "a") return absl::StrCat(id * 10);
  if (column.name() == "b") return absl::StrCat("b", id);
  if (column.name() == "extra") return "e";
  return "";
}

// Text columns give text, the others integers.
bool KindFits(const v1::Column& column, const v1::Value& value) {
  const bool text = column.type() == v1::COLUMN_TYPE_VARCHAR ||
                    column.type() == v1::COLUMN_TYPE_CHAR;
  return text ? value.has_text() : value.has_int_value();
}

// Whether an error is one that a changing schema may cause.
bool IsClean(const absl::Status& status) {
  const std::string reason = client::ReasonOf(status);
  return client::OutcomeOf(status) == client::Outcome::kNotDone &&
         (reason == "UNKNOWN_COLUMN" || reason == "SCHEMA_DRIFT" ||
          reason == "WRITE_CONFLICT");
}

class SchemaChangeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string sql =
        "CREATE OR REPLACE TABLE shifting (id INT NOT NULL PRIMARY KEY, "
        "a INT NOT NULL, b VARCHAR(20) NOT NULL);";
    for (int id = 1; id <= kRows; ++id) {
      absl::StrAppend(&sql, "INSERT INTO shifting VALUES (", id, ",", id * 10,
                      ",'b", id, "');");
    }
    Servers().mariadb.Sql(sql);
  }

  // Looks at an answer to a question for row `id`.
  void Look(const absl::StatusOr<v1::ResultChunk>& result, int id) {
    if (!result.ok()) {
      EXPECT_TRUE(IsClean(result.status())) << result.status();
      ++errors_;
      return;
    }
    ++answers_;
    ASSERT_EQ(result->rows().rows_size(), 1) << "of row " << id;
    const v1::Row& row = result->rows().rows(0);
    ASSERT_EQ(row.values_size(), result->columns_size());
    for (int i = 0; i < row.values_size(); ++i) {
      const v1::Column& column = result->columns(i);
      EXPECT_EQ(client::ToString(row.values(i)), Expected(column, id))
          << column.name();
      EXPECT_TRUE(KindFits(column, row.values(i)))
          << column.ShortDebugString() << row.values(i).ShortDebugString();
    }
  }

  // Runs `work` on a thread with a rising number until the end.
  void Start(std::function<void(int)> work) {
    threads_.emplace_back([this, work = std::move(work)] {
      for (int i = 0; !stop_; ++i) work(i);
    });
  }

  void StartReaders() {
    Start([this](int i) {
      const int id = i % kRows + 1;
      Look(
          Servers().client.Select(SelectFrom("shifting", "id = ?", Values(id))),
          id);
    });
    Start([this](int i) {
      const int id = i % kRows + 1;
      v1::SelectSpec spec = SelectFrom("shifting", "id = ?", Values(id));
      spec.add_columns("b");
      spec.add_columns("a");
      Look(Servers().client.Select(spec), id);
    });
    Start([this](int i) {
      // The statements that a session keeps are of an older schema each time.
      static thread_local Session session =
          Servers().client.OpenSession().value();
      const int id = i % kRows + 1;
      Look(session.Select(SelectFrom("shifting", "id = ?", Values(id))), id);
    });
  }

  // Rows that no reader asks for.
  void StartWriter() {
    Start([this](int i) {
      const int id = 1000 + i;
      auto done = Servers().client.Insert(
          InsertInto("shifting", {"b", "id", "a"},
                     Values(absl::StrCat("b", id), id, id * 10)));
      if (done.ok()) {
        ++answers_;
        ++written_;
      } else {
        EXPECT_TRUE(IsClean(done.status())) << done.status();
        ++errors_;
      }
    });
  }

  void Stop() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  std::atomic<bool> stop_ = false;
  std::atomic<int> answers_ = 0;
  std::atomic<int> errors_ = 0;
  std::atomic<int> written_ = 0;
  std::vector<std::thread> threads_;
};

TEST_F(SchemaChangeTest, UnderLoadNoAnswerHasWrongColumns) {
  StartReaders();
  StartWriter();
  const char* const changes[] = {
      "ADD COLUMN extra VARCHAR(5) NOT NULL DEFAULT 'e' FIRST",
      "MODIFY a BIGINT NOT NULL AFTER b",
      "MODIFY a VARCHAR(20) NOT NULL FIRST",
      "DROP COLUMN extra",
      "MODIFY b CHAR(30) NOT NULL FIRST",
      "ADD COLUMN extra CHAR(1) NOT NULL DEFAULT 'e' AFTER id",
      "MODIFY a INT NOT NULL",
      "DROP COLUMN extra, MODIFY b VARCHAR(20) NOT NULL AFTER a"};
  const int rounds = Scaled(50);
  for (int round = 0; round < rounds; ++round) {
    for (const char* change : changes) {
      Servers().mariadb.Sql(absl::StrCat("ALTER TABLE shifting ", change));
      absl::SleepFor(absl::Milliseconds(100));
    }
  }
  Stop();
  EXPECT_GT(answers_, rounds * 100);
  // Errors are the exception: one for each statement that a change surprised.
  EXPECT_LT(errors_, answers_ / 4);
  EXPECT_EQ(Servers().mariadb.Sql(
                "SELECT COUNT(*) FROM shifting WHERE a = id * 10 AND "
                "b = CONCAT('b', id)"),
            absl::StrCat(kRows + written_));
  RecordProperty("answers", answers_);
  RecordProperty("errors", errors_);
}

// Without load, to see what each change does to the first statement after it.
TEST_F(SchemaChangeTest, FirstStatementAfterAChangeIsRight) {
  Session session = Servers().client.OpenSession().value();
  const v1::SelectSpec all = SelectFrom("shifting", "id = ?", Values(3));
  const auto alter = [](const std::string& change) {
    Servers().mariadb.Sql("ALTER TABLE shifting " + change);
  };
  Look(session.Select(all), 3);
  alter("ADD extra CHAR DEFAULT 'e' FIRST");
  Look(session.Select(all), 3);
  EXPECT_THAT(session.Update(UpdateOf("shifting", "extra", client::ToValue("e"),
                                      "id = 3")),
              IsOk());
  alter("MODIFY a VARCHAR(9)");
  Look(session.Select(all), 3);
  alter("DROP extra, DROP b");
  // The caller did not name the dropped columns: at most one error.
  auto rows = session.Select(all);
  if (!rows.ok()) {
    EXPECT_TRUE(IsClean(rows.status())) << rows.status();
    rows = session.Select(all);
  }
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ(Cells(*rows), "3,30");
  EXPECT_TRUE(session.Alive());
}

TEST_F(SchemaChangeTest, StarInSqlSeesAddedColumns) {
  Session session = Servers().client.OpenSession().value();
  const auto star = [&] {
    auto results =
        session.Execute("SELECT * FROM shifting WHERE id = ?", Values(3));
    EXPECT_THAT(results, IsOk());
    return results.ok() ? Cells(results->front()) : "";
  };
  EXPECT_EQ(star(), "3,30,b3");
  Servers().mariadb.Sql(
      "ALTER TABLE shifting ADD extra CHAR DEFAULT 'e' FIRST");
  EXPECT_EQ(star(), "e,3,30,b3");
  Servers().mariadb.Sql("ALTER TABLE shifting DROP extra, DROP b");
  EXPECT_EQ(star(), "3,30");
  EXPECT_TRUE(session.Alive());
}

}  // namespace
}  // namespace berth::test
