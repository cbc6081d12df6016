#include <numeric>
#include <string>
#include <vector>

#include "server/base/limits.h"
#include "tests/unit/session/session_test_base.h"

namespace berth::session {
namespace {

class StreamingTest : public SessionTest {
 protected:
  // Serves one read of so many rows.
  void Read(int rows) {
    std::vector<int64_t> numbers(rows);
    std::iota(numbers.begin(), numbers.end(), 0);
    mariadb_.Answer(std::move(numbers));
    AddOpen();
    AddSelect();
    Serve();
  }
};

TEST_F(StreamingTest, GivesEveryRowOnceAndInOrder) {
  Read(200'000);
  int64_t next = 0;
  for (size_t i = 1; i < stream_.messages.size(); ++i) {
    const auto& message = stream_.messages[i];
    EXPECT_EQ(message.request_id(), 2u);
    for (const auto& row : message.result().rows().rows()) {
      ASSERT_EQ(row.values(0).int_value(), next++);
    }
  }
  EXPECT_EQ(next, 200'000);
  EXPECT_EQ(Answer(2).result().end().row_count(), 200'000u);
}

TEST_F(StreamingTest, CutsTheFirstChunkEarlyAndTheRestLarge) {
  Read(200'000);
  ASSERT_GT(stream_.messages.size(), 4u);
  const size_t first = stream_.messages[1].result().rows().ByteSizeLong();
  EXPECT_GE(first, limits::kFirstChunkBytes);
  EXPECT_LT(first, limits::kFirstChunkBytes + 100);
  for (size_t i = 2; i + 1 < stream_.messages.size(); ++i) {
    const size_t size = stream_.messages[i].result().rows().ByteSizeLong();
    EXPECT_GE(size, limits::kChunkBytes);
    EXPECT_LT(size, limits::kChunkBytes + 100);
  }
}

TEST_F(StreamingTest, GivesColumnsFirstAndEndAndStateLast) {
  Read(50'000);
  for (size_t i = 1; i < stream_.messages.size(); ++i) {
    const auto& message = stream_.messages[i];
    const bool last = i + 1 == stream_.messages.size();
    EXPECT_EQ(message.result().columns_size() > 0, i == 1);
    EXPECT_EQ(message.result().has_end(), last);
    EXPECT_EQ(message.has_state(), last);
    EXPECT_EQ(message.more(), !last);
  }
}

TEST_F(StreamingTest, GivesASmallResultInOneMessage) {
  Read(1);
  EXPECT_EQ(stream_.messages.size(), 2u);
}

TEST_F(StreamingTest, CapsTheRowsAndSaysThatThereAreMore) {
  mariadb_.Answer({1, 2, 3, 4});
  AddOpen();
  for (uint64_t most : {3, 4, 5}) {
    v1::SelectSpec* select = Add().mutable_select();
    select->set_table("numbers");
    select->set_max_rows(most);
  }
  Serve();
  EXPECT_EQ(Answer(2).result().rows().rows_size(), 3);
  EXPECT_EQ(Answer(2).result().end().row_count(), 3u);
  EXPECT_TRUE(Answer(2).result().end().truncated());
  for (uint32_t id : {3, 4}) {
    EXPECT_EQ(Answer(id).result().rows().rows_size(), 4);
    EXPECT_FALSE(Answer(id).result().end().truncated());
  }
}

TEST_F(StreamingTest, StopsReadingWhenTheClientIsGone) {
  stream_.most_messages = 3;
  Read(1'000'000);
  EXPECT_EQ(stream_.messages.size(), 3u);
  EXPECT_EQ(stream_.taken(), 2u);
}

}  // namespace
}  // namespace berth::session
