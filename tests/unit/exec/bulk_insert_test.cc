// Batches of rows, on scripted connections: pieces, transactions, and the
// search for the row that is to blame.
#include "server/exec/bulk_insert.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "tests/unit/exec/exec_test_base.h"
#include "tests/unit/value_literals.h"

namespace berth::exec {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class BulkInsertTest : public ExecTest {
 protected:
  BulkInsertTest() {
    std::vector<catalog::Column> columns(2);
    columns[0].name = "id";
    columns[1].name = "name";
    for (catalog::Column& column : columns) column.type = v1::COLUMN_TYPE_INT;
    registry_.Put("shop", std::make_shared<catalog::Table>(
                              "pairs", columns, std::vector<std::string>()));
    header_.set_table("pairs");
    header_.add_columns("id");
    header_.add_columns("name");
    mariadb_.Answer({1});  // The table has transactions.
  }

  absl::Status Open() {
    bulk_.emplace(&caller_);
    return Await([this] { return bulk_->Open(header_); });
  }
  // Rows whose first value is their number.
  absl::Status Add(int first, int count) {
    rows_.Clear();
    for (int i = first; i < first + count; ++i) {
      v1::Row* row = rows_.add_rows();
      *row->add_values() = literals::Int(i);
      *row->add_values() = literals::Null();
    }
    return AddRows();
  }
  absl::Status AddRows() {
    response_.Clear();
    return Await([this] { return bulk_->Add(rows_, &response_); });
  }
  absl::Status Finish() {
    response_.Clear();
    return Await([this] { return bulk_->Finish(&response_); });
  }

  // The rows of each execution, as "0 to 9".
  std::vector<std::string> Executions() {
    std::vector<std::string> result;
    for (const std::string& statement : mariadb_.statements()) {
      const size_t at = statement.find(" /* ");
      if (at == std::string::npos) continue;
      result.push_back(statement.substr(at + 4, statement.size() - at - 4 - 3));
    }
    return result;
  }

  v1::BulkInsertHeader header_;
  v1::Rows rows_;
  v1::BulkInsertResponse response_;
  std::optional<BulkInsert> bulk_;
};

TEST_F(BulkInsertTest, RefusesAHeaderThatCannotBe) {
  header_.clear_table();
  EXPECT_EQ(errors::ReasonOf(Open()), "INVALID_FIELD");
  header_.set_table("pairs");
  header_.set_columns(1, "nmae");
  // Is it a new column? The fake table has none.
  EXPECT_FALSE(Open().ok());
  header_.clear_columns();
  EXPECT_EQ(errors::ReasonOf(Open()), "INVALID_FIELD");
  header_.add_columns("id");
  header_.set_commit(static_cast<v1::BulkCommit>(99));
  EXPECT_EQ(errors::ReasonOf(Open()), "INVALID_FIELD");
}

TEST_F(BulkInsertTest, BeginsWithTheFirstBatchAndCommitsAtTheEnd) {
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(mariadb_.connects(), 0);
  EXPECT_TRUE(Add(0, 10).ok());
  EXPECT_TRUE(bulk_->holds_transaction());
  EXPECT_EQ(response_.row_count(), 10u);
  EXPECT_FALSE(response_.committed());
  EXPECT_TRUE(Add(10, 5).ok());
  EXPECT_EQ(response_.total_rows(), 15u);
  EXPECT_TRUE(Finish().ok());
  EXPECT_TRUE(response_.committed());
  EXPECT_EQ(response_.total_rows(), 15u);
  EXPECT_FALSE(bulk_->holds_transaction());
  EXPECT_FALSE(caller_.lease);
  EXPECT_EQ(mariadb_.Count("START TRANSACTION"), 1);
  EXPECT_THAT(Executions(), ElementsAre("0 to 9", "0 to 4"));
  EXPECT_EQ(mariadb_.statements().back(), "COMMIT");
}

TEST_F(BulkInsertTest, SendsNothingForNoRows) {
  ASSERT_TRUE(Open().ok());
  EXPECT_TRUE(Add(0, 0).ok());
  EXPECT_TRUE(Finish().ok());
  EXPECT_TRUE(response_.committed());
  EXPECT_EQ(mariadb_.connects(), 0);
}

TEST_F(BulkInsertTest, ExecutesABatchInPieces) {
  mariadb_.TakeRows(40);
  ASSERT_TRUE(Open().ok());
  EXPECT_TRUE(Add(0, 100).ok());
  EXPECT_THAT(Executions(), ElementsAre("0 to 39", "40 to 79", "80 to 99"));
  EXPECT_EQ(response_.affected_rows(), 100u);
}

TEST_F(BulkInsertTest, CommitsEachBatchAndGivesTheConnectionBack) {
  header_.set_commit(v1::BULK_COMMIT_EACH_BATCH);
  ASSERT_TRUE(Open().ok());
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(Add(10 * i, 10).ok());
    EXPECT_TRUE(response_.committed());
    EXPECT_FALSE(bulk_->holds_transaction());
    EXPECT_FALSE(caller_.lease);
  }
  EXPECT_TRUE(Finish().ok());
  EXPECT_EQ(mariadb_.Count("COMMIT"), 3);
}

TEST_F(BulkInsertTest, FindsTheBadRowByHalves) {
  for (const int bad : {0, 1, 49, 50, 61, 98, 99}) {
    mariadb_.FailRow(bad, 1062);
    ASSERT_TRUE(Open().ok());
    const size_t before = Executions().size();
    const absl::Status status = Add(0, 100);
    EXPECT_EQ(errors::ReasonOf(status), "DUPLICATE_KEY");
    EXPECT_EQ(errors::MetadataOf(status, "row"), absl::StrCat(bad));
    EXPECT_EQ(errors::MetadataOf(status, "outcome"), "NOT_DONE");
    EXPECT_THAT(std::string(status.message()),
                HasSubstr(absl::StrCat("row ", bad, " of the stream")));
    EXPECT_LE(Executions().size() - before, 9u);
    EXPECT_EQ(mariadb_.statements().back(), "ROLLBACK");
    EXPECT_FALSE(bulk_->holds_transaction());
    mariadb_.FailRow(bad, 0);
  }
}

TEST_F(BulkInsertTest, NumbersTheBadRowFromTheBeginOfTheStream) {
  mariadb_.TakeRows(40);
  mariadb_.FailRow(157, 1406);
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Add(0, 100).ok());
  const absl::Status status = Add(100, 100);
  EXPECT_EQ(errors::ReasonOf(status), "VALUE_TOO_LONG");
  EXPECT_EQ(errors::MetadataOf(status, "row"), "157");
}

TEST_F(BulkInsertTest, NamesTheFirstOfSeveralBadRows) {
  mariadb_.FailRow(30, 1062);
  mariadb_.FailRow(70, 1048);
  ASSERT_TRUE(Open().ok());
  const absl::Status status = Add(0, 100);
  EXPECT_EQ(errors::MetadataOf(status, "row"), "30");
  EXPECT_EQ(errors::ReasonOf(status), "DUPLICATE_KEY");
}

// Somebody else's row was in the way, and is gone.
TEST_F(BulkInsertTest, NamesNoRowWhereEachIsGoodByItself) {
  ASSERT_TRUE(Open().ok());
  mariadb_.Fail("0 to 9 ", 1062);
  const absl::Status status = Add(0, 10);
  EXPECT_EQ(errors::ReasonOf(status), "DUPLICATE_KEY");
  EXPECT_EQ(errors::MetadataOf(status, "row"), "");
  EXPECT_EQ(mariadb_.statements().back(), "ROLLBACK");
}

TEST_F(BulkInsertTest, TriesNoHalvesWhereTheErrorIsNotThatOfARow) {
  ASSERT_TRUE(Open().ok());
  mariadb_.Fail("INSERT", 1205);
  EXPECT_EQ(errors::ReasonOf(Add(0, 10)), "LOCK_WAIT_TIMEOUT");
  EXPECT_THAT(Executions(), ElementsAre("0 to 9"));
}

TEST_F(BulkInsertTest, IsInDoubtWhereTheTableHasNoTransactions) {
  mariadb_.Answer({});
  mariadb_.FailRow(5, 1062);
  ASSERT_TRUE(Open().ok());
  const absl::Status status = Add(0, 10);
  EXPECT_EQ(errors::MetadataOf(status, "outcome"), "UNKNOWN");
  EXPECT_EQ(errors::MetadataOf(status, "row"), "");
  EXPECT_THAT(Executions(), ElementsAre("0 to 9"));
}

TEST_F(BulkInsertTest, RefusesABadBatchBeforeItIsSent) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Add(0, 10).ok());
  rows_.mutable_rows(3)->mutable_values()->RemoveLast();
  const absl::Status status = AddRows();
  EXPECT_EQ(errors::ReasonOf(status), "INVALID_FIELD");
  EXPECT_EQ(errors::MetadataOf(status, "row"), "13");
  EXPECT_THAT(Executions(), ElementsAre("0 to 9"));
  EXPECT_EQ(mariadb_.statements().back(), "ROLLBACK");
}

TEST_F(BulkInsertTest, BeginsOnAnotherConnectionWhereOneIsLost) {
  ASSERT_TRUE(Open().ok());
  mariadb_.Fail("START TRANSACTION", 2013);
  EXPECT_TRUE(Add(0, 10).ok());
  EXPECT_EQ(mariadb_.connects(), 2);
}

TEST_F(BulkInsertTest, ALostConnectionIsNotDoneBeforeCommitAndUnknownAtIt) {
  ASSERT_TRUE(Open().ok());
  mariadb_.Fail("INSERT", 2013);
  absl::Status status = Add(0, 10);
  EXPECT_EQ(errors::ReasonOf(status), "TRANSACTION_LOST");
  EXPECT_EQ(errors::MetadataOf(status, "outcome"), "NOT_DONE");
  EXPECT_EQ(mariadb_.Count("ROLLBACK"), 0);

  shard_.Call([this] { caller_.lease = pool::Lease(); });
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Add(0, 10).ok());
  mariadb_.Fail("COMMIT", 2013);
  status = Finish();
  EXPECT_EQ(errors::ReasonOf(status), "OUTCOME_UNKNOWN");
  EXPECT_EQ(errors::MetadataOf(status, "outcome"), "UNKNOWN");
  EXPECT_FALSE(response_.committed());
}

TEST_F(BulkInsertTest, SendsNothingForACallThatIsOver) {
  ASSERT_TRUE(Open().ok());
  Cancel();
  EXPECT_EQ(errors::ReasonOf(Add(0, 10)), "CANCELLED");
  EXPECT_THAT(Executions(), IsEmpty());
  EXPECT_THAT(mariadb_.statements(), Not(Contains("START TRANSACTION")));
}

}  // namespace
}  // namespace berth::exec
