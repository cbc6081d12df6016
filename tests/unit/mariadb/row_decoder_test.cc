#include "server/mariadb/row_decoder.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/mariadb/recording_sink.h"

namespace berth::mariadb {
namespace {

using ::testing::ElementsAre;

// The bytes of a number as MariaDB sends it on this machine.
template <typename T>
std::string Raw(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

// A length as MariaDB encodes it in so many bytes after the first, then bytes.
std::string Lengthy(unsigned char first, int size, std::string bytes) {
  std::string cell(1, static_cast<char>(first));
  for (int i = 0; i < size; ++i) {
    cell.push_back(static_cast<char>((bytes.size() >> (8 * i)) & 0xFF));
  }
  return cell + bytes;
}

std::string Short(const std::string& bytes) {
  return static_cast<char>(bytes.size()) + bytes;
}

// Decodes one row of columns of the same type and tells what the sink got.
class RowDecoderTest : public ::testing::Test {
 protected:
  // Decodes `cells`, one after the other in one buffer, and checks that each
  // was consumed to its last byte.
  void Decode(v1::ColumnType type, const std::vector<std::string>& cells,
              unsigned int decimals = 0, unsigned int flags = 0) {
    std::vector<MYSQL_FIELD> fields(cells.size());
    ResultMetadata metadata;
    std::string row;
    for (size_t i = 0; i < cells.size(); ++i) {
      fields[i].decimals = decimals;
      fields[i].flags = flags;
      metadata.columns.emplace_back().set_type(type);
      row += cells[i];
    }
    decoder_.SetColumns(fields.data(), metadata);
    decoder_.set_sink(&sink_);
    auto* at = reinterpret_cast<unsigned char*>(row.data());
    for (size_t i = 0; i < cells.size(); ++i) {
      const unsigned char* expected = at + cells[i].size();
      RowDecoder::OnCell(&decoder_, static_cast<unsigned int>(i), &at);
      ASSERT_EQ(at, expected) << "cell " << i;
    }
  }

  // What the one cell becomes.
  std::string One(v1::ColumnType type, const std::string& cell,
                  unsigned int decimals = 0, unsigned int flags = 0) {
    sink_.cells.clear();
    Decode(type, {cell}, decimals, flags);
    return sink_.cells.size() == 1 ? sink_.cells[0] : "no cell";
  }

  RecordingSink sink_;
  RowDecoder decoder_;
};

TEST_F(RowDecoderTest, ReadsSignedIntegers) {
  EXPECT_EQ(One(v1::COLUMN_TYPE_TINYINT, Raw<int8_t>(-128)), "int -128");
  EXPECT_EQ(One(v1::COLUMN_TYPE_SMALLINT, Raw<int16_t>(-32768)), "int -32768");
  EXPECT_EQ(One(v1::COLUMN_TYPE_MEDIUMINT, Raw<int32_t>(-8388608)),
            "int -8388608");
  EXPECT_EQ(One(v1::COLUMN_TYPE_INT, Raw<int32_t>(-2147483647)),
            "int -2147483647");
  EXPECT_EQ(One(v1::COLUMN_TYPE_BIGINT,
                Raw<int64_t>(std::numeric_limits<int64_t>::min())),
            "int -9223372036854775808");
}

TEST_F(RowDecoderTest, ReadsUnsignedIntegers) {
  const unsigned int flag = UNSIGNED_FLAG;
  EXPECT_EQ(One(v1::COLUMN_TYPE_TINYINT, Raw<uint8_t>(255), 0, flag),
            "uint 255");
  EXPECT_EQ(One(v1::COLUMN_TYPE_SMALLINT, Raw<uint16_t>(65535), 0, flag),
            "uint 65535");
  EXPECT_EQ(One(v1::COLUMN_TYPE_MEDIUMINT, Raw<uint32_t>(16777215), 0, flag),
            "uint 16777215");
  EXPECT_EQ(One(v1::COLUMN_TYPE_INT, Raw<uint32_t>(4294967295), 0, flag),
            "uint 4294967295");
  EXPECT_EQ(One(v1::COLUMN_TYPE_BIGINT, Raw<uint64_t>(~uint64_t{0}), 0, flag),
            "uint 18446744073709551615");
  EXPECT_EQ(One(v1::COLUMN_TYPE_YEAR, Raw<uint16_t>(2155)), "uint 2155");
}

TEST_F(RowDecoderTest, ReadsFloatsAndDoublesExactly) {
  Decode(v1::COLUMN_TYPE_FLOAT, {Raw(3.40282347e+38f), Raw(-0.1f)});
  Decode(v1::COLUMN_TYPE_DOUBLE,
         {Raw(0.1), Raw(-1.7976931348623157e308), Raw(-0.0)});
  EXPECT_THAT(sink_.doubles, ElementsAre(3.40282347e+38f, -0.1f, 0.1,
                                         -1.7976931348623157e308, -0.0));
  EXPECT_TRUE(std::signbit(sink_.doubles.back()));
}

TEST_F(RowDecoderTest, ReadsDatesOfEveryLength) {
  const auto type = v1::COLUMN_TYPE_DATE;
  EXPECT_EQ(One(type, Short("")), "date 0000-00-00");
  EXPECT_EQ(One(type, Short(std::string("\xE8\x07\x02\x1D", 4))),
            "date 2024-02-29");
  EXPECT_EQ(One(type, Short(std::string("\xE8\x07\x00\x0F", 4))),
            "date 2024-00-15");
  EXPECT_EQ(One(type, Short(std::string("\x0F\x27\x0C\x1F\0\0\0", 7))),
            "date 9999-12-31");
  EXPECT_EQ(One(type, Short(std::string("\x01\0\x01\x01\0\0\0\0\0\0\0", 11))),
            "date 0001-01-01");
}

TEST_F(RowDecoderTest, ReadsDatetimesOfEveryLength) {
  for (auto type : {v1::COLUMN_TYPE_DATETIME, v1::COLUMN_TYPE_TIMESTAMP}) {
    EXPECT_EQ(One(type, Short("")), "datetime 0000-00-00 00:00:00");
    EXPECT_EQ(One(type, Short(std::string("\xE8\x07\x02\x1D", 4))),
              "datetime 2024-02-29 00:00:00");
    EXPECT_EQ(One(type, Short(std::string("\xE8\x07\x02\x1D\x17\x3B\x3A", 7))),
              "datetime 2024-02-29 23:59:58");
  }
}

TEST_F(RowDecoderTest, WritesAsManyDigitsOfASecondAsTheColumnHas) {
  const std::string cell =
      Short(std::string("\xE8\x07\x02\x1D\x17\x3B\x3A", 7) + Raw(123456u));
  const std::string start = "datetime 2024-02-29 23:59:58";
  const auto type = v1::COLUMN_TYPE_DATETIME;
  EXPECT_EQ(One(type, cell, 0), start);
  EXPECT_EQ(One(type, cell, 1), start + ".1");
  EXPECT_EQ(One(type, cell, 3), start + ".123");
  EXPECT_EQ(One(type, cell, 6), start + ".123456");
  // An expression's column does not say how many.
  EXPECT_EQ(One(type, cell, 31), start + ".123456");
  const std::string whole =
      Short(std::string("\xE8\x07\x02\x1D\x17\x3B\x3A", 7));
  EXPECT_EQ(One(type, whole, 31), start);
  EXPECT_EQ(One(type, whole, 3), start + ".000");
}

TEST_F(RowDecoderTest, ReadsTimesOfEveryLength) {
  const auto type = v1::COLUMN_TYPE_TIME;
  EXPECT_EQ(One(type, Short("")), "time 00:00:00");
  EXPECT_EQ(One(type, Short(""), 3), "time 00:00:00.000");
  EXPECT_EQ(One(type, Short('\0' + Raw(0u) + "\x01\x02\x03")), "time 01:02:03");
  EXPECT_EQ(One(type, Short('\x01' + Raw(34u) + "\x16\x3B\x3B")),
            "time -838:59:59");
  EXPECT_EQ(One(type, Short('\0' + Raw(4u) + "\x03\x3B\x3B")), "time 99:59:59");
  EXPECT_EQ(One(type, Short('\0' + Raw(4u) + std::string("\x04\0\0", 3))),
            "time 100:00:00");
  EXPECT_EQ(
      One(type, Short('\x01' + Raw(34u) + "\x16\x3B\x3B" + Raw(999999u)), 6),
      "time -838:59:59.999999");
  EXPECT_EQ(
      One(type, Short('\x01' + Raw(0u) + std::string("\0\0\0", 3) + Raw(7u)),
          6),
      "time -00:00:00.000007");
}

TEST_F(RowDecoderTest, ReadsBitsOfOneToEightBytes) {
  const auto type = v1::COLUMN_TYPE_BIT;
  EXPECT_EQ(One(type, Short("\x01")), "uint 1");
  EXPECT_EQ(One(type, Short(std::string("\x02\x01", 2))), "uint 513");
  EXPECT_EQ(One(type, Short(std::string(8, '\xFF'))),
            "uint 18446744073709551615");
  EXPECT_EQ(One(type, Short(std::string("\0\0\0\0\0\0\0\x05", 8))), "uint 5");
}

TEST_F(RowDecoderTest, ReadsLengthsOfEverySize) {
  const auto type = v1::COLUMN_TYPE_VARCHAR;
  EXPECT_EQ(One(type, Lengthy(0, 0, "")), "text ");
  const std::string small(0xFA, 's');
  EXPECT_EQ(One(type, Lengthy(0xFA, 0, small)), "text " + small);
  for (size_t size : {0xFBu, 0xFCu, 0xFFu, 0xFFFFu}) {
    const std::string bytes(size, 'm');
    EXPECT_EQ(One(type, Lengthy(0xFC, 2, bytes)), "text " + bytes) << size;
  }
  const std::string large(0x10000, 'l');
  EXPECT_EQ(One(type, Lengthy(0xFD, 3, large)), "text " + large);
  const std::string huge(0x1000000, 'h');
  EXPECT_EQ(One(type, Lengthy(0xFE, 8, huge)), "text " + huge);
}

TEST_F(RowDecoderTest, GivesTextThatIsNotUtf8AsBytes) {
  EXPECT_EQ(One(v1::COLUMN_TYPE_VARCHAR, Short("gr\xC3\xBCn")),
            "text gr\xC3\xBCn");
  EXPECT_EQ(One(v1::COLUMN_TYPE_VARCHAR, Short("gr\xFCn")), "blob gr\xFCn");
  EXPECT_EQ(One(v1::COLUMN_TYPE_JSON, Short("\"\xFF\"")), "blob \"\xFF\"");
  EXPECT_EQ(One(v1::COLUMN_TYPE_ENUM, Short("\xED\xA0\x80")),
            "blob \xED\xA0\x80");
}

TEST_F(RowDecoderTest, NamesTheKindOfTextByItsColumn) {
  EXPECT_EQ(One(v1::COLUMN_TYPE_DECIMAL, Short("-12.50")), "decimal -12.50");
  EXPECT_EQ(One(v1::COLUMN_TYPE_JSON, Short("{}")), "json {}");
  for (auto type : {v1::COLUMN_TYPE_BINARY, v1::COLUMN_TYPE_VARBINARY,
                    v1::COLUMN_TYPE_BLOB, v1::COLUMN_TYPE_GEOMETRY}) {
    EXPECT_EQ(One(type, Short("ascii")), "blob ascii");
  }
  for (auto type :
       {v1::COLUMN_TYPE_CHAR, v1::COLUMN_TYPE_TEXT, v1::COLUMN_TYPE_ENUM,
        v1::COLUMN_TYPE_SET, v1::COLUMN_TYPE_UUID, v1::COLUMN_TYPE_INET4,
        v1::COLUMN_TYPE_INET6, v1::COLUMN_TYPE_UNSPECIFIED}) {
    EXPECT_EQ(One(type, Short("x")), "text x");
  }
}

TEST_F(RowDecoderTest, KeepsBytesWithZeros) {
  const std::string bytes("a\0b", 3);
  EXPECT_EQ(One(v1::COLUMN_TYPE_BLOB, Short(bytes)), "blob " + bytes);
}

TEST_F(RowDecoderTest, ReadsNullWithoutABuffer) {
  Decode(v1::COLUMN_TYPE_INT, {});
  RowDecoder::OnCell(&decoder_, 0, nullptr);
  unsigned char* none = nullptr;
  RowDecoder::OnCell(&decoder_, 0, &none);
  EXPECT_EQ(none, nullptr);
  EXPECT_THAT(sink_.cells, ElementsAre("null", "null"));
}

TEST_F(RowDecoderTest, ReadsTheCellsOfARowOneAfterTheOther) {
  Decode(v1::COLUMN_TYPE_VARCHAR,
         {Short("a"), Lengthy(0xFC, 2, "bc"), Short(""), Short("d")});
  EXPECT_THAT(sink_.cells, ElementsAre("text a", "text bc", "text ", "text d"));
}

TEST_F(RowDecoderTest, LearnsOtherColumns) {
  EXPECT_EQ(One(v1::COLUMN_TYPE_TINYINT, Raw<int8_t>(1)), "int 1");
  EXPECT_EQ(One(v1::COLUMN_TYPE_BIGINT, Raw<int64_t>(1)), "int 1");
}

}  // namespace
}  // namespace berth::mariadb
