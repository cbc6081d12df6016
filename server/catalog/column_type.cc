#include "server/catalog/column_type.h"

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/catalog/sql_quote.h"

namespace berth::catalog {
namespace {

using TypeMap = absl::flat_hash_map<absl::string_view, v1::ColumnType>;

const TypeMap& Types() {
  static const TypeMap* const types = new TypeMap{
      {"tinyint", v1::COLUMN_TYPE_TINYINT},
      {"smallint", v1::COLUMN_TYPE_SMALLINT},
      {"mediumint", v1::COLUMN_TYPE_MEDIUMINT},
      {"int", v1::COLUMN_TYPE_INT},
      {"integer", v1::COLUMN_TYPE_INT},
      {"bigint", v1::COLUMN_TYPE_BIGINT},
      {"float", v1::COLUMN_TYPE_FLOAT},
      {"double", v1::COLUMN_TYPE_DOUBLE},
      {"decimal", v1::COLUMN_TYPE_DECIMAL},
      {"bit", v1::COLUMN_TYPE_BIT},
      {"year", v1::COLUMN_TYPE_YEAR},
      {"date", v1::COLUMN_TYPE_DATE},
      {"datetime", v1::COLUMN_TYPE_DATETIME},
      {"timestamp", v1::COLUMN_TYPE_TIMESTAMP},
      {"time", v1::COLUMN_TYPE_TIME},
      {"char", v1::COLUMN_TYPE_CHAR},
      {"varchar", v1::COLUMN_TYPE_VARCHAR},
      {"tinytext", v1::COLUMN_TYPE_TEXT},
      {"text", v1::COLUMN_TYPE_TEXT},
      {"mediumtext", v1::COLUMN_TYPE_TEXT},
      {"longtext", v1::COLUMN_TYPE_TEXT},
      {"binary", v1::COLUMN_TYPE_BINARY},
      {"varbinary", v1::COLUMN_TYPE_VARBINARY},
      {"tinyblob", v1::COLUMN_TYPE_BLOB},
      {"blob", v1::COLUMN_TYPE_BLOB},
      {"mediumblob", v1::COLUMN_TYPE_BLOB},
      {"longblob", v1::COLUMN_TYPE_BLOB},
      {"enum", v1::COLUMN_TYPE_ENUM},
      {"set", v1::COLUMN_TYPE_SET},
      {"json", v1::COLUMN_TYPE_JSON},
      {"geometry", v1::COLUMN_TYPE_GEOMETRY},
      {"point", v1::COLUMN_TYPE_GEOMETRY},
      {"linestring", v1::COLUMN_TYPE_GEOMETRY},
      {"polygon", v1::COLUMN_TYPE_GEOMETRY},
      {"multipoint", v1::COLUMN_TYPE_GEOMETRY},
      {"multilinestring", v1::COLUMN_TYPE_GEOMETRY},
      {"multipolygon", v1::COLUMN_TYPE_GEOMETRY},
      {"geometrycollection", v1::COLUMN_TYPE_GEOMETRY},
      {"uuid", v1::COLUMN_TYPE_UUID},
      {"inet4", v1::COLUMN_TYPE_INET4},
      {"inet6", v1::COLUMN_TYPE_INET6},
      {"null", v1::COLUMN_TYPE_NULL},
  };
  return *types;
}

}  // namespace

v1::ColumnType ColumnTypeFromSql(absl::string_view sql_type) {
  const std::string word =
      absl::AsciiStrToLower(sql_type.substr(0, sql_type.find_first_of(" (")));
  const auto found = Types().find(word);
  return found == Types().end() ? v1::COLUMN_TYPE_UNSPECIFIED : found->second;
}

bool IsJsonCheck(absl::string_view check_clause, absl::string_view column) {
  return absl::StrContains(
      check_clause, absl::StrCat("json_valid(", QuoteIdentifier(column), ")"));
}

}  // namespace berth::catalog
