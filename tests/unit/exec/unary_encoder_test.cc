#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "server/exec/result_encoder.h"
#include "tests/unit/exec/feed.h"

namespace berth::exec {
namespace {

using Next = mariadb::RowSink::Next;

v1::Row TextRow(size_t bytes) {
  v1::Row row;
  row.add_values()->set_text(std::string(bytes, 'x'));
  return row;
}

// Feeds rows until the sink stops, as a connection does, and ends the result.
v1::ResultChunk Feed(UnaryEncoder& encoder, const std::vector<v1::Row>& rows,
                     bool more = false) {
  encoder.BeginResult(Metadata({"a"}));
  mariadb::ResultSummary summary;
  summary.has_columns = true;
  summary.more = more;
  for (const v1::Row& row : rows) {
    ++summary.row_count;
    if (FeedRow(encoder, row) == Next::kStop) {
      summary.truncated = true;
      break;
    }
  }
  EXPECT_TRUE(Finish(encoder.EndResult(summary)).ok());
  v1::ResultChunk chunk;
  EXPECT_TRUE(chunk.ParseFromString(encoder.chunks().back()));
  EXPECT_EQ(chunk.end().row_count(),
            static_cast<uint64_t>(chunk.rows().rows_size()));
  return chunk;
}

TEST(UnaryEncoder, DoesNotTruncateExactlyAsManyRowsAsAllowed) {
  UnaryEncoder encoder(3, 1000);
  const auto chunk = Feed(encoder, std::vector<v1::Row>(3, IntRow({1})));
  EXPECT_EQ(chunk.rows().rows_size(), 3);
  EXPECT_FALSE(chunk.end().truncated());
}

TEST(UnaryEncoder, TruncatesOneRowMore) {
  UnaryEncoder encoder(3, 1000);
  const auto chunk = Feed(encoder, std::vector<v1::Row>(4, IntRow({1})));
  EXPECT_EQ(chunk.rows().rows_size(), 3);
  EXPECT_TRUE(chunk.end().truncated());
}

TEST(UnaryEncoder, AnswersNoRowsWhereNoneAreAllowed) {
  UnaryEncoder encoder(0, 1000);
  const auto chunk = Feed(encoder, {IntRow({1})});
  EXPECT_EQ(chunk.rows().rows_size(), 0);
  EXPECT_TRUE(chunk.end().truncated());
}

TEST(UnaryEncoder, KeepsWithinTheCapOfBytes) {
  for (size_t row_bytes : {1u, 10u, 100u, 200u}) {
    for (size_t cap : {100u, 500u, 1000u}) {
      UnaryEncoder encoder(1000, cap);
      const auto chunk =
          Feed(encoder, std::vector<v1::Row>(600, TextRow(row_bytes)));
      ASSERT_TRUE(chunk.end().truncated());
      ASSERT_GE(chunk.rows().rows_size(), 1);
      if (chunk.rows().rows_size() > 1) {
        EXPECT_LE(chunk.rows().ByteSizeLong(), cap + 8);
      }
      // One more would not have fitted.
      EXPECT_GT(chunk.rows().ByteSizeLong() + TextRow(row_bytes).ByteSizeLong(),
                cap - 8);
    }
  }
}

TEST(UnaryEncoder, AnswersAFirstRowLargerThanTheCap) {
  UnaryEncoder encoder(10, 100);
  const auto chunk = Feed(encoder, {TextRow(5000), IntRow({1})});
  EXPECT_EQ(chunk.rows().rows_size(), 1);
  EXPECT_TRUE(chunk.end().truncated());
}

TEST(UnaryEncoder, DoesNotTruncateALargeRowThatIsTheOnlyOne) {
  UnaryEncoder encoder(10, 100);
  const auto chunk = Feed(encoder, {TextRow(5000)});
  EXPECT_EQ(chunk.rows().rows_size(), 1);
  EXPECT_FALSE(chunk.end().truncated());
}

TEST(UnaryEncoder, LeavesNothingOfADroppedRow) {
  UnaryEncoder encoder(1, 1000);
  Feed(encoder, {IntRow({1}), IntRow({2})}, /*more=*/true);
  const auto second = Feed(encoder, {IntRow({3})});
  ASSERT_EQ(second.rows().rows_size(), 1);
  EXPECT_EQ(second.rows().rows(0).values_size(), 1);
  EXPECT_EQ(second.rows().rows(0).values(0).int_value(), 3);
}

TEST(UnaryEncoder, GivesEveryResultItsOwnChunkAndNumber) {
  UnaryEncoder encoder(10, 1000);
  for (uint32_t i = 0; i < 3; ++i) {
    const auto chunk = Feed(encoder, {IntRow({i})}, /*more=*/i < 2);
    EXPECT_EQ(chunk.result_index(), i);
    EXPECT_EQ(chunk.columns_size(), 1);
    EXPECT_EQ(chunk.rows().rows(0).values(0).int_value(), i);
  }
  EXPECT_EQ(encoder.chunks().size(), 3u);
}

TEST(UnaryEncoder, TellsOfAStatementWithoutColumns) {
  UnaryEncoder encoder(10, 1000);
  mariadb::ResultSummary summary;
  summary.affected_rows = 9;
  ASSERT_TRUE(Finish(encoder.EndResult(summary)).ok());
  v1::ResultChunk chunk;
  ASSERT_TRUE(chunk.ParseFromString(encoder.chunks().at(0)));
  EXPECT_EQ(chunk.columns_size(), 0);
  EXPECT_EQ(chunk.end().write().affected_rows(), 9u);
}

}  // namespace
}  // namespace berth::exec
