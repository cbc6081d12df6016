#include "server/exec/streaming_encoder.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "berth/v1/result.pb.h"
#include "server/base/error.h"
#include "tests/unit/exec/feed.h"

namespace berth::exec {
namespace {

class ChunkList final : public ChunkWriter {
 public:
  runtime::Task<bool> WriteChunk(std::string chunk, bool more) override {
    if (chunks.size() == most) co_return false;
    sizes.push_back(chunk.size());
    mores.push_back(more);
    EXPECT_TRUE(chunks.emplace_back().ParseFromString(chunk));
    co_return true;
  }

  // The client is gone after so many.
  size_t most = 1'000'000;
  std::vector<v1::ResultChunk> chunks;
  std::vector<size_t> sizes;
  std::vector<bool> mores;
};

class StreamingEncoderTest : public ::testing::Test {
 protected:
  // Reads a result of these rows as a connection does.
  absl::Status Read(const std::vector<v1::Row>& rows) {
    encoder_.BeginResult(Metadata({"a", "b"}));
    mariadb::ResultSummary summary;
    summary.has_columns = true;
    for (const v1::Row& row : rows) {
      const auto next = FeedRow(encoder_, row);
      if (next == mariadb::RowSink::Next::kStop) {
        summary.truncated = true;
        break;
      }
      if (next == mariadb::RowSink::Next::kFlush) {
        const absl::Status flushed = Finish(encoder_.Flush());
        if (!flushed.ok()) return flushed;
      }
    }
    return Finish(encoder_.EndResult(summary));
  }

  // The rows with the values that were cut put together.
  std::vector<v1::Row> Rows() const {
    std::vector<v1::Row> rows;
    bool continues = false;
    for (const v1::ResultChunk& chunk : list_.chunks) {
      for (int i = 0; i < chunk.rows().rows_size(); ++i) {
        const v1::Row& row = chunk.rows().rows(i);
        if (!std::exchange(continues, false)) {
          rows.push_back(row);
          continue;
        }
        *rows.back().mutable_values()->rbegin()->mutable_text() +=
            row.values(0).text();
        for (int v = 1; v < row.values_size(); ++v) {
          *rows.back().add_values() = row.values(v);
        }
      }
      continues = chunk.last_cell_continues();
    }
    EXPECT_FALSE(continues);
    return rows;
  }

  static v1::Row TextRow(size_t size, int64_t number) {
    v1::Row row;
    row.add_values()->set_text(std::string(size, 'x'));
    row.add_values()->set_int_value(number);
    return row;
  }

  Caller caller_;
  ChunkList list_;
  StreamingEncoder encoder_{&caller_, &list_, /*max_rows=*/0};
};

TEST_F(StreamingEncoderTest, LargeRowsArriveWholeBetweenSmallOnes) {
  std::vector<v1::Row> rows;
  for (size_t size : {10u, 3'000'000u, 10u, 100u, 2'000'000u, 5'000'000u, 0u}) {
    rows.push_back(TextRow(size, static_cast<int64_t>(rows.size())));
  }
  ASSERT_TRUE(Read(rows).ok());
  const auto got = Rows();
  ASSERT_EQ(got.size(), rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(got[i].SerializeAsString(), rows[i].SerializeAsString()) << i;
  }
  EXPECT_EQ(list_.chunks.back().end().row_count(), rows.size());
  for (size_t size : list_.sizes) {
    EXPECT_LE(size, limits::kStreamRowBytes + limits::kChunkBytes + 1000);
  }
  for (size_t i = 0; i < list_.chunks.size(); ++i) {
    EXPECT_EQ(list_.chunks[i].columns_size() > 0, i == 0);
    EXPECT_EQ(list_.mores[i], i + 1 < list_.chunks.size());
  }
}

TEST_F(StreamingEncoderTest, ARowThatFitsIntoAMessageIsNotCut) {
  ASSERT_TRUE(Read({TextRow(limits::kStreamRowBytes - 100, 1)}).ok());
  for (const auto& chunk : list_.chunks) {
    EXPECT_FALSE(chunk.last_cell_continues());
  }
  EXPECT_EQ(Rows().size(), 1u);
}

TEST_F(StreamingEncoderTest, ARowOfJustMoreIsCutOnce) {
  ASSERT_TRUE(Read({TextRow(limits::kStreamRowBytes + 1, 1)}).ok());
  ASSERT_EQ(list_.chunks.size(), 2u);
  EXPECT_TRUE(list_.chunks[0].last_cell_continues());
  EXPECT_FALSE(list_.chunks[1].last_cell_continues());
}

TEST_F(StreamingEncoderTest, AnEmptyResultHasColumns) {
  ASSERT_TRUE(Read({}).ok());
  ASSERT_EQ(list_.chunks.size(), 1u);
  EXPECT_EQ(list_.chunks[0].columns_size(), 2);
  EXPECT_FALSE(list_.chunks[0].has_rows());
}

TEST_F(StreamingEncoderTest, AClientThatLeavesWithinARowEndsTheReading) {
  list_.most = 2;
  const absl::Status status = Read({TextRow(5'000'000, 1)});
  EXPECT_EQ(errors::ReasonOf(status), "CANCELLED");
  EXPECT_EQ(list_.chunks.size(), 2u);
}

}  // namespace
}  // namespace berth::exec
