#include "server/mariadb/column_metadata.h"

#include "absl/strings/string_view.h"
#include "berth/v1/result.pb.h"
#include "server/base/utf8.h"

namespace berth::mariadb {
namespace {

// The character set number of binary columns.
constexpr unsigned int kBinaryCharset = 63;
// Bytes of one character of the connection's character set, utf8mb4.
constexpr unsigned int kBytesPerCharacter = 4;

absl::string_view Attribute(const MYSQL_FIELD& field,
                            enum mariadb_field_attr_t attribute) {
  MARIADB_CONST_STRING value{};
  if (mariadb_field_attr(&value, &field, attribute) != 0 ||
      value.str == nullptr) {
    return absl::string_view();
  }
  return absl::string_view(value.str, value.length);
}

v1::ColumnType StringType(const MYSQL_FIELD& field) {
  if ((field.flags & ENUM_FLAG) != 0) return v1::COLUMN_TYPE_ENUM;
  if ((field.flags & SET_FLAG) != 0) return v1::COLUMN_TYPE_SET;
  const bool binary = field.charsetnr == kBinaryCharset;
  switch (field.type) {
    case MYSQL_TYPE_STRING:
      return binary ? v1::COLUMN_TYPE_BINARY : v1::COLUMN_TYPE_CHAR;
    case MYSQL_TYPE_VARCHAR:
    case MYSQL_TYPE_VAR_STRING:
      return binary ? v1::COLUMN_TYPE_VARBINARY : v1::COLUMN_TYPE_VARCHAR;
    default:
      return binary ? v1::COLUMN_TYPE_BLOB : v1::COLUMN_TYPE_TEXT;
  }
}

// MariaDB sets the unsigned flag on other types too, such as TIMESTAMP.
bool IsNumber(v1::ColumnType type) {
  return type >= v1::COLUMN_TYPE_TINYINT && type <= v1::COLUMN_TYPE_YEAR;
}

}  // namespace

v1::ColumnType TypeOf(const MYSQL_FIELD& field) {
  switch (field.type) {
    case MYSQL_TYPE_TINY:
      return v1::COLUMN_TYPE_TINYINT;
    case MYSQL_TYPE_SHORT:
      return v1::COLUMN_TYPE_SMALLINT;
    case MYSQL_TYPE_INT24:
      return v1::COLUMN_TYPE_MEDIUMINT;
    case MYSQL_TYPE_LONG:
      return v1::COLUMN_TYPE_INT;
    case MYSQL_TYPE_LONGLONG:
      return v1::COLUMN_TYPE_BIGINT;
    case MYSQL_TYPE_FLOAT:
      return v1::COLUMN_TYPE_FLOAT;
    case MYSQL_TYPE_DOUBLE:
      return v1::COLUMN_TYPE_DOUBLE;
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL:
      return v1::COLUMN_TYPE_DECIMAL;
    case MYSQL_TYPE_BIT:
      return v1::COLUMN_TYPE_BIT;
    case MYSQL_TYPE_YEAR:
      return v1::COLUMN_TYPE_YEAR;
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_NEWDATE:
      return v1::COLUMN_TYPE_DATE;
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_DATETIME2:
      return v1::COLUMN_TYPE_DATETIME;
    case MYSQL_TYPE_TIMESTAMP:
    case MYSQL_TYPE_TIMESTAMP2:
      return v1::COLUMN_TYPE_TIMESTAMP;
    case MYSQL_TYPE_TIME:
    case MYSQL_TYPE_TIME2:
      return v1::COLUMN_TYPE_TIME;
    case MYSQL_TYPE_GEOMETRY:
      return v1::COLUMN_TYPE_GEOMETRY;
    case MYSQL_TYPE_NULL:
      return v1::COLUMN_TYPE_NULL;
    case MYSQL_TYPE_JSON:
      return v1::COLUMN_TYPE_JSON;
    default:
      break;
  }
  if (Attribute(field, MARIADB_FIELD_ATTR_FORMAT_NAME) == "json") {
    return v1::COLUMN_TYPE_JSON;
  }
  const absl::string_view name =
      Attribute(field, MARIADB_FIELD_ATTR_DATA_TYPE_NAME);
  if (name == "uuid") return v1::COLUMN_TYPE_UUID;
  if (name == "inet4") return v1::COLUMN_TYPE_INET4;
  if (name == "inet6") return v1::COLUMN_TYPE_INET6;
  return StringType(field);
}

ResultMetadata DescribeColumns(const MYSQL_FIELD* fields, unsigned int count) {
  ResultMetadata metadata;
  v1::ResultChunk chunk;
  for (unsigned int i = 0; i < count; ++i) {
    const MYSQL_FIELD& field = fields[i];
    v1::Column* column = chunk.add_columns();
    column->set_name(
        ToValidUtf8(absl::string_view(field.name, field.name_length)));
    column->set_table(ToValidUtf8(
        absl::string_view(field.org_table, field.org_table_length)));
    column->set_type(TypeOf(field));
    column->set_nullable((field.flags & NOT_NULL_FLAG) == 0);
    column->set_unsigned_(IsNumber(column->type()) &&
                          (field.flags & UNSIGNED_FLAG) != 0);
    const bool characters = field.charsetnr != kBinaryCharset;
    column->set_length(characters ? field.length / kBytesPerCharacter
                                  : field.length);
    column->set_decimals(field.decimals);
    metadata.columns.push_back(*column);
  }
  metadata.wire = chunk.SerializeAsString();
  return metadata;
}

}  // namespace berth::mariadb
