#include "tests/integration/type_cases.h"

#include <cfloat>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "berth/client/value.h"

namespace berth::test {
namespace {

using client::Blob;
using client::Date;
using client::DateTime;
using client::Decimal;
using client::Json;
using client::Time;
using client::ToValue;

std::string Hex(const std::string& bytes) {
  return absl::StrCat("X'", absl::BytesToHexString(bytes), "'");
}

ValueCase Int(int64_t value) { return {ToValue(value), absl::StrCat(value)}; }

ValueCase Uint(uint64_t value) { return {ToValue(value), absl::StrCat(value)}; }

ValueCase Real(double value, const std::string& literal) {
  return {ToValue(value), literal};
}

ValueCase Text(const std::string& text) {
  return {ToValue(text),
          absl::StrCat("CONVERT(", Hex(text), " USING utf8mb4)")};
}

ValueCase Bytes(const std::string& bytes) { return {Blob(bytes), Hex(bytes)}; }

template <typename Make>
std::vector<ValueCase> Quoted(Make make,
                              const std::vector<std::string>& texts) {
  std::vector<ValueCase> cases;
  for (const std::string& text : texts) {
    cases.push_back({make(text), absl::StrCat("'", text, "'")});
  }
  return cases;
}

std::string AllBytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

TypeCase Integer(const std::string& name, v1::ColumnType type, int64_t min,
                 int64_t max) {
  return {name, name, type, {Int(min), Int(-1), Int(0), Int(max)}};
}

TypeCase Unsigned(const std::string& name, v1::ColumnType type, uint64_t max) {
  return {name + "Unsigned",
          name + " UNSIGNED",
          type,
          {Uint(0), Uint(1), Uint(max / 2 + 1), Uint(max)}};
}

std::string Big(size_t bytes) {
  std::string text = "start";
  text.resize(bytes - 1, 'x');
  return text + "\n";
}

TypeCase TextType(const std::string& name, const std::string& sql,
                  v1::ColumnType type) {
  const std::string zero("a\0b", 3);
  return {
      name,
      sql,
      type,
      {Text(""), Text("plain"), Text("größe"), Text("🚢 and 漢字"), Text(zero),
       Text("'quoted' \"and\" \\ `back`\t\r\n"), Text("trailing ")}};
}

TypeCase BinaryType(const std::string& name, v1::ColumnType type) {
  TypeCase result = {name, name, type, {Bytes(""), Bytes("text")}};
  result.values.push_back(Bytes(std::string("\0\0", 2)));
  result.values.push_back(Bytes("\xff\xfe\x80 no UTF-8 "));
  return result;
}

}  // namespace

std::vector<TypeCase> NumberTypes() {
  using int_limits = std::numeric_limits<int64_t>;
  const std::string nines(35, '9');
  const std::string fraction(30, '9');
  std::vector<ValueCase> decimals;
  for (const std::string& text :
       {absl::StrCat(nines, ".", fraction),
        absl::StrCat("-", nines, ".", fraction), "0." + std::string(30, '0'),
        "0." + std::string(29, '0') + "1",
        "-0." + std::string(29, '0') + "1"}) {
    decimals.push_back({Decimal(text), text});
  }
  return {
      Integer("TINYINT", v1::COLUMN_TYPE_TINYINT, -128, 127),
      Unsigned("TINYINT", v1::COLUMN_TYPE_TINYINT, 255),
      Integer("BOOLEAN", v1::COLUMN_TYPE_TINYINT, -128, 127),
      Integer("SMALLINT", v1::COLUMN_TYPE_SMALLINT, -32768, 32767),
      Unsigned("SMALLINT", v1::COLUMN_TYPE_SMALLINT, 65535),
      Integer("MEDIUMINT", v1::COLUMN_TYPE_MEDIUMINT, -8388608, 8388607),
      Unsigned("MEDIUMINT", v1::COLUMN_TYPE_MEDIUMINT, 16777215),
      Integer("INT", v1::COLUMN_TYPE_INT, INT32_MIN, INT32_MAX),
      Unsigned("INT", v1::COLUMN_TYPE_INT, UINT32_MAX),
      Integer("BIGINT", v1::COLUMN_TYPE_BIGINT, int_limits::min(),
              int_limits::max()),
      Unsigned("BIGINT", v1::COLUMN_TYPE_BIGINT, UINT64_MAX),
      {"FLOAT",
       "FLOAT",
       v1::COLUMN_TYPE_FLOAT,
       {Real(0, "0"), Real(FLT_MAX, "3.4028234663852886e38"),
        Real(-FLT_MAX, "-3.4028234663852886e38"),
        Real(FLT_MIN, "1.1754943508222875e-38"), Real(0.1f, "0.1"),
        Real(16777217.0f, "16777216")}},
      {"DOUBLE",
       "DOUBLE",
       v1::COLUMN_TYPE_DOUBLE,
       {Real(0, "0"), Real(DBL_MAX, "1.7976931348623157e308"),
        Real(-DBL_MAX, "-1.7976931348623157e308"),
        Real(DBL_MIN, "2.2250738585072014e-308"), Real(0.1, "0.1"),
        Real(9007199254740993.0, "9007199254740992")}},
      {"DECIMAL", "DECIMAL(65,30)", v1::COLUMN_TYPE_DECIMAL, decimals},
      {"DECIMALWhole",
       "DECIMAL(65,0)",
       v1::COLUMN_TYPE_DECIMAL,
       {{Decimal(std::string(65, '9')), std::string(65, '9')},
        {Decimal("0"), "0"}}},
      {"DECIMALMoney",
       "DECIMAL(10,2)",
       v1::COLUMN_TYPE_DECIMAL,
       {{Decimal("-12.50"), "-12.5"},
        {ToValue(7), "7", Decimal("7.00")},
        {ToValue("0.10"), "0.1", Decimal("0.10")}}},
      {"BIT1", "BIT(1)", v1::COLUMN_TYPE_BIT, {Uint(0), Uint(1)}},
      {"BIT9", "BIT(9)", v1::COLUMN_TYPE_BIT, {Uint(0), Uint(256), Uint(511)}},
      {"BIT64",
       "BIT(64)",
       v1::COLUMN_TYPE_BIT,
       {Uint(0), Uint(1), Uint(UINT64_MAX / 2 + 1), Uint(UINT64_MAX)}},
      {"YEAR",
       "YEAR",
       v1::COLUMN_TYPE_YEAR,
       {{ToValue(0u), "'0000'"}, Uint(1901), Uint(1970), Uint(2155)}},
  };
}

std::vector<TypeCase> TimeTypes() {
  std::vector<TypeCase> types = {
      {"DATE", "DATE", v1::COLUMN_TYPE_DATE,
       Quoted(Date, {"0000-00-00", "0001-01-01", "1000-01-01", "2024-02-29",
                     "2024-00-15", "2024-05-00", "9999-12-31"})},
      {"TIMESTAMP", "TIMESTAMP NULL", v1::COLUMN_TYPE_TIMESTAMP,
       Quoted(DateTime, {"0000-00-00 00:00:00", "1970-01-01 00:00:01",
                         "2038-01-19 03:14:07"})},
      {"TIMESTAMP6", "TIMESTAMP(6) NULL", v1::COLUMN_TYPE_TIMESTAMP,
       Quoted(DateTime,
              {"0000-00-00 00:00:00.000000", "1970-01-01 00:00:01.000001",
               "2038-01-19 03:14:07.999999"})},
      {"TIME", "TIME", v1::COLUMN_TYPE_TIME,
       Quoted(Time, {"-838:59:59", "-00:00:01", "00:00:00", "23:59:59",
                     "99:59:59", "100:00:00", "838:59:59"})},
      {"TIME3", "TIME(3)", v1::COLUMN_TYPE_TIME,
       Quoted(Time, {"-838:59:59.999", "-00:00:00.001", "838:59:59.999"})},
      {"TIME6", "TIME(6)", v1::COLUMN_TYPE_TIME,
       Quoted(Time, {"-838:59:59.999999", "-00:00:00.000001", "00:00:00.000000",
                     "838:59:59.999999"})},
  };
  for (int digits = 0; digits <= 6; ++digits) {
    const std::string zeros = digits == 0 ? "" : "." + std::string(digits, '0');
    const std::string nines = digits == 0 ? "" : "." + std::string(digits, '9');
    types.push_back({absl::StrCat("DATETIME", digits),
                     absl::StrCat("DATETIME(", digits, ")"),
                     v1::COLUMN_TYPE_DATETIME,
                     Quoted(DateTime, {"0000-00-00 00:00:00" + zeros,
                                       "0001-01-01 00:00:00" + nines,
                                       "2024-00-00 12:00:00" + zeros,
                                       "9999-12-31 23:59:59" + nines})});
  }
  return types;
}

std::vector<TypeCase> TextTypes() {
  TypeCase character = TextType("CHAR", "CHAR(50)", v1::COLUMN_TYPE_CHAR);
  // MariaDB cuts blanks at the end of a CHAR.
  character.values.back().read = ToValue("trailing");
  TypeCase longtext = TextType("LONGTEXT", "LONGTEXT", v1::COLUMN_TYPE_TEXT);
  longtext.values.push_back(Text(Big(1 << 20)));
  TypeCase mediumtext =
      TextType("MEDIUMTEXT", "MEDIUMTEXT", v1::COLUMN_TYPE_TEXT);
  mediumtext.values.push_back(Text(Big(100'000)));
  TypeCase text = TextType("TEXT", "TEXT", v1::COLUMN_TYPE_TEXT);
  text.values.push_back(Text(Big(65'535)));
  TypeCase latin = {"LATIN1",
                    "VARCHAR(20) CHARACTER SET latin1",
                    v1::COLUMN_TYPE_VARCHAR,
                    {Text(""), Text("größe"), Text("€")}};
  TypeCase utf16 = {"UTF16",
                    "VARCHAR(20) CHARACTER SET utf16",
                    v1::COLUMN_TYPE_VARCHAR,
                    {Text(""), Text("größe"), Text("🚢")}};
  return {character,
          TextType("VARCHAR", "VARCHAR(100)", v1::COLUMN_TYPE_VARCHAR),
          TextType("TINYTEXT", "TINYTEXT", v1::COLUMN_TYPE_TEXT),
          text,
          mediumtext,
          longtext,
          latin,
          utf16};
}

std::vector<TypeCase> BinaryTypes() {
  TypeCase varbinary = BinaryType("VARBINARY", v1::COLUMN_TYPE_VARBINARY);
  varbinary.sql = "VARBINARY(300)";
  varbinary.values.push_back(Bytes(AllBytes()));
  TypeCase longblob = BinaryType("LONGBLOB", v1::COLUMN_TYPE_BLOB);
  longblob.values.push_back(Bytes(AllBytes()));
  longblob.values.push_back(Bytes(Big(1 << 20)));
  TypeCase blob = BinaryType("BLOB", v1::COLUMN_TYPE_BLOB);
  blob.values.push_back(Bytes(Big(65'535)));
  const std::string padded("ab\0\0", 4);
  return {{"BINARY",
           "BINARY(4)",
           v1::COLUMN_TYPE_BINARY,
           {Bytes(std::string(4, '\0')),
            Bytes("\xff\xff\xff\xff"),
            {Blob("ab"), "'ab'", Blob(padded)}}},
          varbinary,
          BinaryType("TINYBLOB", v1::COLUMN_TYPE_BLOB),
          blob,
          BinaryType("MEDIUMBLOB", v1::COLUMN_TYPE_BLOB),
          longblob};
}

std::vector<TypeCase> OtherTypes() {
  // A point at (1, -2): SRID 0, little-endian, type 1, two doubles.
  const std::string point(
      "\0\0\0\0\1\1\0\0\0\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\xc0", 25);
  const auto as_text = [](const std::string& text) { return ToValue(text); };
  return {
      {"ENUM", "ENUM('', 'small', 'größer', '🚢')", v1::COLUMN_TYPE_ENUM,
       Quoted(as_text, {"", "small", "größer", "🚢"})},
      {"SET", "SET('a', 'b', 'ü')", v1::COLUMN_TYPE_SET,
       Quoted(as_text, {"", "a", "a,b,ü"})},
      {"JSON", "JSON", v1::COLUMN_TYPE_JSON,
       Quoted(Json, {"{}", "[]", "null", "17",
                     "{\"a\": [1, 2.50,  \"größe 🚢\"], \"b\":null}"})},
      {"POINT",
       "POINT",
       v1::COLUMN_TYPE_GEOMETRY,
       {{Blob(point), "POINT(1, -2)"}}},
      {"GEOMETRY",
       "GEOMETRY",
       v1::COLUMN_TYPE_GEOMETRY,
       {{Blob(point), "ST_GeomFromText('POINT(1 -2)')"}}},
      {"UUID", "UUID", v1::COLUMN_TYPE_UUID,
       Quoted(as_text, {"00000000-0000-0000-0000-000000000000",
                        "00112233-4455-6677-8899-aabbccddeeff",
                        "ffffffff-ffff-ffff-ffff-ffffffffffff"})},
      {"INET4", "INET4", v1::COLUMN_TYPE_INET4,
       Quoted(as_text, {"0.0.0.0", "192.168.0.1", "255.255.255.255"})},
      {"INET6", "INET6", v1::COLUMN_TYPE_INET6,
       Quoted(as_text, {"::", "::1", "2001:db8::ff00:42:8329",
                        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"})},
  };
}

}  // namespace berth::test
