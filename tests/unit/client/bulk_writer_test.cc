#include "berth/client/bulk_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "berth/client/client.h"
#include "tests/unit/client/fake_service.h"

namespace berth::client {
namespace {

class BulkWriterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    service_.Start();
    client_.emplace(Client::Connect(service_.endpoint()).value());
  }

  BulkWriter Open(const char* table, BulkOptions options = {},
                  v1::BulkCommit commit = v1::BULK_COMMIT_UNSPECIFIED) {
    v1::BulkInsertHeader header;
    header.set_table(table);
    header.add_columns("id");
    header.set_commit(commit);
    return client_->BulkInsert(header, std::move(options)).value();
  }

  BulkWriter OpenEach(const char* table, BulkOptions options = {}) {
    return Open(table, std::move(options), v1::BULK_COMMIT_EACH_BATCH);
  }

  // Until the service has so many rows: what is cancelled before may not even
  // reach it.
  void WaitForRows(int count) {
    EXPECT_EQ(service_.Await(service_.bulk_rows, count), count);
  }

  void WaitForCancelled(int count) {
    EXPECT_EQ(service_.Await(service_.cancelled, count), count);
  }

  testing::FakeService service_;
  std::optional<Client> client_;
};

v1::Rows RowsOf(int count) {
  v1::Rows rows;
  for (int i = 0; i < count; ++i) *rows.add_rows()->add_values() = ToValue(i);
  return rows;
}

// Adds rows until one fails, as a stream that broke does only when it is used.
absl::Status AddUntilItFails(BulkWriter& writer) {
  absl::Status status;
  for (int i = 0; i < 100'000 && status.ok(); ++i) {
    status = writer.Add(Values(i));
  }
  return status;
}

TEST_F(BulkWriterTest, GathersRowsIntoBatches) {
  std::vector<uint64_t> batches;
  BulkOptions options;
  options.batch_rows = 10;
  options.on_answer = [&](const v1::BulkInsertResponse& answer) {
    batches.push_back(answer.row_count());
  };
  BulkWriter writer = Open("users", options);
  for (int i = 0; i < 25; ++i) ASSERT_TRUE(writer.Add(Values(i)).ok());
  auto done = writer.Finish();
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_THAT(batches, ::testing::ElementsAre(10, 10, 5, 0));
  EXPECT_EQ(done->sent_rows, 25);
  EXPECT_EQ(done->stored_batches, 3);
  EXPECT_EQ(done->committed_rows, 25);
  EXPECT_EQ(done->affected_rows, 25);
  EXPECT_EQ(service_.committed_rows, 25);
}

TEST_F(BulkWriterTest, BatchesHaveABoundInBytes) {
  BulkOptions options;
  options.batch_bytes = 100;
  BulkWriter writer = Open("users", options);
  const std::string text(60, 'x');
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(writer.Add(Values(text)).ok());
  auto done = writer.Finish();
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->sent_batches, 3);
}

TEST_F(BulkWriterTest, BatchThatIsWrittenFollowsTheGatheredRows) {
  BulkWriter writer = OpenEach("users");
  ASSERT_TRUE(writer.Add(Values(1)).ok());
  ASSERT_TRUE(writer.Write(RowsOf(7)).ok());
  auto done = writer.Finish();
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->sent_batches, 2);
  EXPECT_EQ(done->committed_rows, 8);
}

TEST_F(BulkWriterTest, NothingAtAllIsCommitted) {
  auto done = Open("users").Finish();
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->committed_rows, 0);
}

TEST_F(BulkWriterTest, CannotBeUsedAfterFinish) {
  BulkWriter writer = Open("users");
  ASSERT_TRUE(writer.Add(Values(1)).ok());
  ASSERT_TRUE(writer.Finish().ok());
  EXPECT_EQ(ReasonOf(writer.Add(Values(2))), kSessionEnded);
  auto again = writer.Finish();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->committed_rows, 1);
  EXPECT_EQ(service_.committed_rows, 1);
}

TEST_F(BulkWriterTest, AddingWaitsWhileTooManyBatchesAreUnanswered) {
  BulkOptions options;
  options.batches_in_flight = 3;
  options.wait_timeout = absl::Milliseconds(100);
  BulkWriter writer = Open("hang", options);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(writer.Write(RowsOf(1)).ok());
  absl::Status fourth = writer.Write(RowsOf(1));
  EXPECT_EQ(ReasonOf(fourth), kDeadline);
  EXPECT_EQ(OutcomeOf(fourth), Outcome::kNotDone);
  EXPECT_EQ(writer.progress().sent_batches, 3);
  WaitForCancelled(1);
}

TEST_F(BulkWriterTest, ErrorNamesTheRowAndStays) {
  BulkOptions options;
  options.batch_rows = 2;
  options.batches_in_flight = 1;
  BulkWriter writer = Open("taken", options);
  absl::Status status = AddUntilItFails(writer);
  EXPECT_EQ(ReasonOf(status), "DUPLICATE_KEY");
  EXPECT_EQ(MetadataOf(status, "row"), "2");
  EXPECT_EQ(ReasonOf(writer.Add(Values(1))), "DUPLICATE_KEY");
  EXPECT_EQ(ReasonOf(writer.Finish().status()), "DUPLICATE_KEY");
  EXPECT_EQ(service_.committed_rows, 0);
}

TEST_F(BulkWriterTest, TornBeforeTheEndIsNotDone) {
  BulkWriter writer = Open("drop", {.batch_rows = 1});
  absl::Status status = AddUntilItFails(writer);
  EXPECT_EQ(ReasonOf(status), kTransactionLost);
  EXPECT_EQ(OutcomeOf(status), Outcome::kNotDone);
  EXPECT_EQ(RetryOf(status), Retry::kTransaction);
  EXPECT_EQ(service_.committed_rows, 0);
}

TEST_F(BulkWriterTest, TornAtTheCommitIsUnknown) {
  BulkWriter writer = Open("drop_end");
  ASSERT_TRUE(writer.Add(Values(1)).ok());
  absl::Status status = writer.Finish().status();
  EXPECT_EQ(ReasonOf(status), kOutcomeUnknown);
  EXPECT_EQ(OutcomeOf(status), Outcome::kUnknown);
  EXPECT_EQ(RetryOf(status), Retry::kNever);
  EXPECT_EQ(OutcomeOf(writer.Finish().status()), Outcome::kUnknown);
}

TEST_F(BulkWriterTest, TornWithAnUnansweredBatchOfItsOwnIsUnknown) {
  BulkWriter writer = OpenEach("drop", {.batches_in_flight = 1});
  ASSERT_TRUE(writer.Write(RowsOf(3)).ok());
  ASSERT_TRUE(writer.Write(RowsOf(2)).ok());
  absl::Status status = writer.Write(RowsOf(2));
  EXPECT_EQ(OutcomeOf(status), Outcome::kUnknown);
  EXPECT_EQ(writer.progress().committed_rows, 3);
}

// The service ends the stream after it has committed and answered all.
TEST_F(BulkWriterTest, EverythingAnsweredIsDoneHoweverTheStreamEnds) {
  BulkWriter writer = OpenEach("drop_end");
  ASSERT_TRUE(writer.Write(RowsOf(3)).ok());
  auto done = writer.Finish();
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->committed_rows, 3);
}

TEST_F(BulkWriterTest, DestructorCancels) {
  {
    BulkWriter writer = Open("users");
    ASSERT_TRUE(writer.Write(RowsOf(3)).ok());
    WaitForRows(3);
  }
  WaitForCancelled(1);
  EXPECT_EQ(service_.committed_rows, 0);
}

TEST_F(BulkWriterTest, CancelRollsBack) {
  BulkWriter writer = Open("users");
  ASSERT_TRUE(writer.Write(RowsOf(3)).ok());
  WaitForRows(3);
  writer.Cancel();
  WaitForCancelled(1);
  EXPECT_EQ(ReasonOf(writer.Finish().status()), kSessionEnded);
  EXPECT_EQ(service_.committed_rows, 0);
}

TEST_F(BulkWriterTest, FailsToBeginWithoutAService) {
  service_.Stop();
  absl::Status status = client_->BulkInsert(v1::BulkInsertHeader()).status();
  EXPECT_EQ(ReasonOf(status), kServiceUnreachable);
  EXPECT_EQ(OutcomeOf(status), Outcome::kNotDone);
}

}  // namespace
}  // namespace berth::client
