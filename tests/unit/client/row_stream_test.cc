#include "berth/client/row_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "berth/client/client.h"
#include "tests/unit/client/fake_clock.h"
#include "tests/unit/client/fake_service.h"

namespace berth::client {
namespace {

using ::testing::ElementsAre;

class RowStreamTest : public ::testing::Test {
 protected:
  void SetUp() override {
    service_.Start();
    Options options;
    options.clock = clock_;
    client_.emplace(Client::Connect(service_.endpoint(), options).value());
  }

  absl::StatusOr<RowStream> Select(const char* table,
                                   StreamOptions options = {}) {
    v1::SelectSpec spec;
    spec.set_table(table);
    return client_->SelectStream(spec, std::move(options));
  }

  absl::StatusOr<RowStream> Execute(const char* sql) {
    v1::Statement statement;
    statement.set_sql(sql);
    return client_->ExecuteStream(statement);
  }

  void WaitForCancelled(int count) {
    EXPECT_EQ(service_.Await(service_.cancelled, count), count);
  }

  testing::FakeService service_;
  std::shared_ptr<testing::FakeClock> clock_ =
      std::make_shared<testing::FakeClock>();
  std::optional<Client> client_;
};

// The rest of the result, a text for each row.
std::vector<std::string> Rows(RowStream& stream) {
  std::vector<std::string> rows;
  while (const v1::Row* row = stream.Next()) {
    std::string text;
    for (const v1::Value& value : row->values()) text += ToString(value) + " ";
    rows.push_back(text);
  }
  return rows;
}

TEST_F(RowStreamTest, HasColumnsThenRowsThenTheEnd) {
  auto stream = Select("users");
  ASSERT_TRUE(stream.ok()) << stream.status();
  ASSERT_EQ(stream->columns().size(), 2);
  EXPECT_EQ(stream->columns().Get(1).name(), "name");
  EXPECT_THAT(Rows(*stream), ElementsAre("1 Alice ", "2 NULL "));
  EXPECT_TRUE(stream->status().ok()) << stream->status();
  EXPECT_EQ(stream->end().row_count(), 2);
  EXPECT_EQ(stream->Next(), nullptr);
  EXPECT_FALSE(stream->NextResult());
}

TEST_F(RowStreamTest, JoinsAValueThatWasCut) {
  auto stream = Select("cut");
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_THAT(Rows(*stream), ElementsAre("1 Alice B. {} ", "2 NULL "));
  EXPECT_TRUE(stream->status().ok());
}

TEST_F(RowStreamTest, ChunksHaveWholeRowsOnly) {
  auto stream = Select("cut");
  ASSERT_TRUE(stream.ok()) << stream.status();
  std::vector<int> sizes;
  std::vector<int> widths;
  while (v1::ResultChunk* chunk = stream->NextChunk()) {
    EXPECT_FALSE(chunk->last_cell_continues());
    sizes.push_back(chunk->rows().rows_size());
    for (const v1::Row& row : chunk->rows().rows()) {
      widths.push_back(row.values_size());
    }
  }
  EXPECT_THAT(sizes, ElementsAre(0, 2));
  EXPECT_THAT(widths, ElementsAre(3, 2));
  EXPECT_TRUE(stream->status().ok());
}

TEST_F(RowStreamTest, GoesThroughTheResultsOfACall) {
  auto stream = Execute("CALL");
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_THAT(Rows(*stream), ElementsAre("1 Alice ", "2 NULL "));
  EXPECT_EQ(stream->end().row_count(), 2);
  ASSERT_TRUE(stream->NextResult());
  EXPECT_EQ(stream->columns().size(), 2);
  EXPECT_THAT(Rows(*stream), ElementsAre("1 Alice "));
  EXPECT_EQ(stream->end().row_count(), 1);
  ASSERT_TRUE(stream->NextResult());
  EXPECT_EQ(stream->columns().size(), 0);
  EXPECT_THAT(Rows(*stream), ElementsAre());
  EXPECT_EQ(stream->end().write().affected_rows(), 3);
  EXPECT_FALSE(stream->NextResult());
  EXPECT_TRUE(stream->status().ok());
}

TEST_F(RowStreamTest, NextResultSkipsRowsThatAreLeft) {
  auto stream = Execute("CALL");
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_NE(stream->Next(), nullptr);
  ASSERT_TRUE(stream->NextResult());
  EXPECT_THAT(Rows(*stream), ElementsAre("1 Alice "));
}

TEST_F(RowStreamTest, DestructorEndsTheStatement) {
  {
    auto stream = Select("endless");
    ASSERT_TRUE(stream.ok()) << stream.status();
    for (int i = 0; i < 1000; ++i) ASSERT_NE(stream->Next(), nullptr);
  }
  WaitForCancelled(1);
}

TEST_F(RowStreamTest, CancelEndsTheStatement) {
  auto stream = Select("endless");
  ASSERT_TRUE(stream.ok()) << stream.status();
  ASSERT_NE(stream->Next(), nullptr);
  stream->Cancel();
  EXPECT_EQ(stream->Next(), nullptr);
  EXPECT_EQ(stream->NextChunk(), nullptr);
  EXPECT_FALSE(stream->NextResult());
  WaitForCancelled(1);
}

TEST_F(RowStreamTest, ErrorAfterRowsKeepsItsDetails) {
  auto stream = Select("taken");
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_THAT(Rows(*stream), ElementsAre("1 Alice "));
  EXPECT_EQ(ReasonOf(stream->status()), "DUPLICATE_KEY");
  EXPECT_EQ(MetadataOf(stream->status(), "errno"), "1062");
  EXPECT_EQ(FieldsOf(stream->status()).size(), 1);
}

TEST_F(RowStreamTest, TornReadIsNotDoneAndNotRepeated) {
  auto stream = Select("torn");
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_THAT(Rows(*stream), ElementsAre("1 Alice "));
  EXPECT_EQ(ReasonOf(stream->status()), kServiceUnreachable);
  EXPECT_EQ(OutcomeOf(stream->status()), Outcome::kNotDone);
  EXPECT_EQ(service_.calls, 1);
}

TEST_F(RowStreamTest, IsBegunAgainWhereNothingHasCome) {
  service_.failures = 2;
  auto stream = Select("away");
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_EQ(service_.calls, 3);
  EXPECT_THAT(Rows(*stream), ElementsAre("1 Alice ", "2 NULL "));
}

TEST_F(RowStreamTest, TornStatementIsUnknownAndNotRepeated) {
  auto stream = Execute("DROP");
  EXPECT_EQ(ReasonOf(stream.status()), kOutcomeUnknown);
  EXPECT_EQ(OutcomeOf(stream.status()), Outcome::kUnknown);
}

TEST_F(RowStreamTest, WaitForRowsHasAnEnd) {
  auto stream = Select("hang", {.wait_timeout = absl::Milliseconds(50)});
  EXPECT_EQ(ReasonOf(stream.status()), kDeadline);
  EXPECT_EQ(OutcomeOf(stream.status()), Outcome::kNotDone);
  WaitForCancelled(1);
}

TEST_F(RowStreamTest, WholeStreamHasAnEnd) {
  auto stream = Select("endless", {.timeout = absl::Milliseconds(100)});
  ASSERT_TRUE(stream.ok()) << stream.status();
  while (stream->Next() != nullptr) {
  }
  EXPECT_EQ(ReasonOf(stream->status()), kDeadline);
}

TEST_F(RowStreamTest, WriteThatReachedNoServiceIsNotDone) {
  service_.Stop();
  auto stream = Execute("DROP");
  EXPECT_EQ(ReasonOf(stream.status()), kServiceUnreachable);
  EXPECT_EQ(OutcomeOf(stream.status()), Outcome::kNotDone);
}

}  // namespace
}  // namespace berth::client
