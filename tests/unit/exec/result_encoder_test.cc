#include "server/exec/result_encoder.h"

#include <google/protobuf/util/message_differencer.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "gtest/gtest.h"
#include "server/exec/wire.h"
#include "tests/unit/exec/feed.h"

namespace berth::exec {
namespace {

using google::protobuf::util::MessageDifferencer;

// Any value that MariaDB can answer, the extremes of each kind often.
v1::Value RandomValue(std::mt19937_64& random) {
  static const int64_t kInts[] = {0,
                                  1,
                                  -1,
                                  63,
                                  64,
                                  -64,
                                  -65,
                                  std::numeric_limits<int64_t>::min(),
                                  std::numeric_limits<int64_t>::max()};
  static const uint64_t kUints[] = {
      0, 127, 128, 16383, 16384, std::numeric_limits<uint64_t>::max()};
  static const double kDoubles[] = {
      0.0, -0.0, 0.1, -1.7976931348623157e308, 4.9e-324, 3.40282347e+38};
  std::string text(random() % 3 == 0 ? 0 : random() % 300, 'x');
  for (char& c : text) c = static_cast<char>(random() % 128);
  v1::Value value;
  switch (random() % 11) {
    case 0:
      value.set_null_value(google::protobuf::NULL_VALUE);
      break;
    case 1:
      value.set_int_value(random() % 2 == 0 ? kInts[random() % 9]
                                            : static_cast<int64_t>(random()));
      break;
    case 2:
      value.set_uint_value(random() % 2 == 0 ? kUints[random() % 6] : random());
      break;
    case 3:
      value.set_double_value(kDoubles[random() % 6]);
      break;
    case 4:
      value.set_text(text);
      break;
    case 5:
      for (char& c : text) c = static_cast<char>(random());
      value.set_blob(text);
      break;
    case 6:
      value.set_decimal(text);
      break;
    case 7:
      value.set_json(text);
      break;
    case 8:
      value.set_date(text);
      break;
    case 9:
      value.set_datetime(text);
      break;
    default:
      value.set_time(text);
  }
  return value;
}

// The chunk of one result with these rows.
v1::ResultChunk Encode(const std::vector<std::string>& columns,
                       const v1::Rows& rows) {
  UnaryEncoder encoder(1'000'000, size_t{1} << 30);
  encoder.BeginResult(Metadata(columns));
  for (const v1::Row& row : rows.rows()) FeedRow(encoder, row);
  mariadb::ResultSummary summary;
  summary.has_columns = true;
  EXPECT_TRUE(Finish(encoder.EndResult(summary)).ok());
  v1::ResultChunk chunk;
  EXPECT_TRUE(chunk.ParseFromString(encoder.chunks().at(0)));
  return chunk;
}

// What the generated classes say of the same result.
v1::ResultChunk Expected(const std::vector<std::string>& columns,
                         const v1::Rows& rows) {
  v1::ResultChunk chunk;
  chunk.ParseFromString(Metadata(columns).wire);
  if (rows.rows_size() > 0) *chunk.mutable_rows() = rows;
  chunk.mutable_end()->set_row_count(rows.rows_size());
  return chunk;
}

TEST(ResultEncoder, MeansTheSameAsTheGeneratedClasses) {
  std::mt19937_64 random(20260101);
  for (int round = 0; round < 2'000; ++round) {
    const int columns = static_cast<int>(random() % 8);
    std::vector<std::string> names;
    for (int i = 0; i < columns; ++i) names.push_back("c" + std::to_string(i));
    v1::Rows rows;
    for (int i = static_cast<int>(random() % 10); i > 0; --i) {
      v1::Row* row = rows.add_rows();
      for (int j = 0; j < columns; ++j)
        *row->add_values() = RandomValue(random);
    }
    const v1::ResultChunk encoded = Encode(names, rows);
    const v1::ResultChunk expected = Expected(names, rows);
    std::string difference;
    MessageDifferencer differencer;
    differencer.ReportDifferencesToString(&difference);
    ASSERT_TRUE(differencer.Compare(expected, encoded)) << difference;
    // Even the bytes are the same: the fields come in their order.
    ASSERT_EQ(encoded.SerializeAsString(), expected.SerializeAsString());
  }
}

TEST(ResultEncoder, TellsNullFromEmptyFromZero) {
  v1::Rows rows;
  v1::Row* row = rows.add_rows();
  row->add_values()->set_null_value(google::protobuf::NULL_VALUE);
  row->add_values()->set_text("");
  row->add_values()->set_blob("");
  row->add_values()->set_int_value(0);
  row->add_values()->set_uint_value(0);
  row->add_values()->set_double_value(0);
  const v1::ResultChunk chunk = Encode({"a", "b", "c", "d", "e", "f"}, rows);
  const auto& values = chunk.rows().rows(0).values();
  ASSERT_EQ(values.size(), 6);
  EXPECT_EQ(values[0].kind_case(), v1::Value::kNullValue);
  EXPECT_EQ(values[1].kind_case(), v1::Value::kText);
  EXPECT_EQ(values[2].kind_case(), v1::Value::kBlob);
  EXPECT_EQ(values[3].kind_case(), v1::Value::kIntValue);
  EXPECT_EQ(values[4].kind_case(), v1::Value::kUintValue);
  EXPECT_EQ(values[5].kind_case(), v1::Value::kDoubleValue);
}

TEST(ResultEncoder, KeepsNaNsAndInfinities) {
  v1::Rows rows;
  v1::Row* row = rows.add_rows();
  row->add_values()->set_double_value(std::nan(""));
  row->add_values()->set_double_value(-HUGE_VAL);
  const v1::ResultChunk chunk = Encode({"a", "b"}, rows);
  EXPECT_TRUE(std::isnan(chunk.rows().rows(0).values(0).double_value()));
  EXPECT_EQ(chunk.rows().rows(0).values(1).double_value(), -HUGE_VAL);
}

TEST(ResultEncoder, GivesColumnsWithoutRows) {
  const v1::ResultChunk chunk = Encode({"a", "b"}, v1::Rows());
  EXPECT_EQ(chunk.columns_size(), 2);
  EXPECT_FALSE(chunk.has_rows());
  EXPECT_TRUE(chunk.has_end());
}

// Rows without columns are still rows.
TEST(ResultEncoder, GivesRowsWithoutColumns) {
  v1::Rows rows;
  rows.add_rows();
  rows.add_rows();
  const v1::ResultChunk chunk = Encode({}, rows);
  EXPECT_EQ(chunk.rows().rows_size(), 2);
  EXPECT_EQ(chunk.rows().rows(0).values_size(), 0);
}

TEST(ResultEncoder, CountsTheBytesOfVarints) {
  for (int shift = 0; shift < 64; ++shift) {
    const uint64_t power = uint64_t{1} << shift;
    for (uint64_t value : {power - 1, power, power + 1}) {
      std::string bytes;
      wire::AppendVarint(bytes, value);
      EXPECT_EQ(bytes.size(), wire::VarintSize(value)) << value;
    }
  }
}

TEST(ToResultEnd, TellsOfAWriteOnlyWithoutColumns) {
  mariadb::ResultSummary summary;
  summary.affected_rows = 3;
  summary.matched_rows = 5;
  summary.last_insert_id = 7;
  summary.warning_count = 2;
  const v1::ResultEnd write = ToResultEnd(summary);
  EXPECT_EQ(write.write().affected_rows(), 3u);
  EXPECT_EQ(write.write().matched_rows(), 5u);
  ASSERT_EQ(write.write().generated_ids_size(), 1);
  EXPECT_EQ(write.write().generated_ids(0), 7u);
  EXPECT_EQ(write.warning_count(), 2u);
  summary.has_columns = true;
  summary.row_count = 4;
  const v1::ResultEnd read = ToResultEnd(summary);
  EXPECT_FALSE(read.has_write());
  EXPECT_EQ(read.row_count(), 4u);
}

TEST(ToResultEnd, LeavesOutWhatMariaDbDidNotTell) {
  const v1::ResultEnd end = ToResultEnd(mariadb::ResultSummary());
  EXPECT_FALSE(end.write().has_matched_rows());
  EXPECT_EQ(end.write().generated_ids_size(), 0);
}

}  // namespace
}  // namespace berth::exec
