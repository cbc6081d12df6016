#include "server/exec/cut_row.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "berth/v1/value.pb.h"
#include "server/base/utf8.h"
#include "tests/unit/value_literals.h"

namespace berth::exec {
namespace {

using literals::Blob;
using literals::Int;
using literals::Null;
using literals::Text;

v1::Row RowOf(const std::vector<v1::Value>& values) {
  v1::Row row;
  for (const v1::Value& value : values) *row.add_values() = value;
  return row;
}

std::vector<v1::Row> Cut(const v1::Row& row, size_t limit, size_t used = 0) {
  CutRow cut(row.SerializeAsString());
  std::vector<v1::Row> pieces;
  for (bool last = false; !last; used = 0) {
    last = cut.Next(limit, used);
    EXPECT_TRUE(pieces.emplace_back().ParseFromString(cut.piece()));
  }
  return pieces;
}

std::string* ContentOf(v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kText:
      return value.mutable_text();
    case v1::Value::kJson:
      return value.mutable_json();
    case v1::Value::kDecimal:
      return value.mutable_decimal();
    default:
      return value.mutable_blob();
  }
}

// As a client does it.
v1::Row Join(std::vector<v1::Row> pieces) {
  v1::Row whole = pieces.front();
  for (size_t i = 1; i < pieces.size(); ++i) {
    v1::Value& last = *whole.mutable_values()->rbegin();
    v1::Value& rest = *pieces[i].mutable_values(0);
    EXPECT_EQ(last.kind_case(), rest.kind_case());
    EXPECT_FALSE(ContentOf(rest)->empty());
    *ContentOf(last) += *ContentOf(rest);
    for (int v = 1; v < pieces[i].values_size(); ++v) {
      *whole.add_values() = pieces[i].values(v);
    }
  }
  return whole;
}

TEST(CutRowTest, PiecesMakeTheRowAgainWhereverTheLargeValuesAre) {
  const std::string big(5000, 'b');
  const std::vector<std::vector<v1::Value>> rows = {
      {Text(big)},
      {Text(big), Int(1), Null()},
      {Int(-1), Null(), Blob(big)},
      {Null(), Text(big), Null()},
      {Text(big), Text(big), Blob(big), Blob(""), Text("")},
      {Text(std::string(900, 'a')), Text(std::string(900, 'b')),
       Text(std::string(900, 'c'))}};
  for (const auto& values : rows) {
    const v1::Row row = RowOf(values);
    for (size_t limit : {100, 1000, 1024, 4999, 5000, 5001, 5010, 100'000}) {
      for (size_t used : {size_t{0}, size_t{50}, limit, limit + 1}) {
        const auto pieces = Cut(row, limit, used);
        EXPECT_EQ(Join(pieces).SerializeAsString(), row.SerializeAsString());
        for (const v1::Row& piece : pieces) {
          EXPECT_LE(piece.ByteSizeLong(), limit + 200);
        }
      }
    }
  }
}

TEST(CutRowTest, EveryLengthAroundALimitSurvives) {
  for (size_t size = 950; size < 1050; ++size) {
    const v1::Row row = RowOf({Text(std::string(size, 'x')), Int(7)});
    EXPECT_EQ(Join(Cut(row, 1000)).SerializeAsString(),
              row.SerializeAsString());
  }
}

TEST(CutRowTest, TextIsCutBetweenCharacters) {
  for (const char* character : {"é", "€", "𝄞"}) {
    for (int shift = 0; shift < 4; ++shift) {
      std::string text(shift, 'x');
      while (text.size() < 2000) text += character;
      for (const v1::Row& piece : Cut(RowOf({Text(text)}), 300)) {
        EXPECT_TRUE(IsValidUtf8(piece.values(0).text()));
      }
      EXPECT_EQ(Join(Cut(RowOf({Text(text)}), 300)).values(0).text(), text);
    }
  }
}

TEST(CutRowTest, BytesAreCutAnywhere) {
  const v1::Row row = RowOf({Blob(std::string(2000, '\x80'))});
  const auto pieces = Cut(row, 500);
  EXPECT_EQ(pieces.front().values(0).blob().size(), 500u);
  EXPECT_EQ(Join(pieces).SerializeAsString(), row.SerializeAsString());
}

TEST(CutRowTest, JsonAndDecimalsAreCutAsSuch) {
  v1::Row row;
  row.add_values()->set_json(std::string(1000, '1'));
  row.add_values()->set_decimal(std::string(1000, '2'));
  EXPECT_EQ(Join(Cut(row, 300)).SerializeAsString(), row.SerializeAsString());
}

TEST(CutRowTest, SmallValuesStayWhole) {
  v1::Row row;
  for (int i = 0; i < 1000; ++i) {
    *row.add_values() = Int(i);
    row.add_values()->set_datetime("2026-01-01 00:00:00.000000");
  }
  EXPECT_EQ(Cut(row, 100).size(), 1u);
}

}  // namespace
}  // namespace berth::exec
