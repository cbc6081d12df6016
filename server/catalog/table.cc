#include "server/catalog/table.h"

#include <utility>

#include "absl/strings/match.h"
#include "server/catalog/nearest_name.h"

namespace berth::catalog {

Table::Table(std::string name, std::vector<Column> columns,
             std::vector<std::string> primary_key)
    : name_(std::move(name)),
      columns_(std::move(columns)),
      primary_key_(std::move(primary_key)) {
  for (const Column& column : columns_) {
    if (column.auto_increment) auto_increment_ = &column;
  }
}

const Column* Table::FindColumn(absl::string_view name) const {
  for (const Column& column : columns_) {
    if (absl::EqualsIgnoreCase(column.name, name)) return &column;
  }
  return nullptr;
}

std::string Table::NearestColumn(absl::string_view name) const {
  std::vector<absl::string_view> known;
  known.reserve(columns_.size());
  for (const Column& column : columns_) known.push_back(column.name);
  return NearestName(name, known);
}

v1::Table Table::ToProto() const {
  v1::Table proto;
  proto.set_name(name_);
  for (const Column& column : columns_) {
    v1::TableColumn* to = proto.add_columns();
    to->set_name(column.name);
    to->set_type(column.type);
    to->set_sql_type(column.sql_type);
    to->set_nullable(column.nullable);
    to->set_auto_increment(column.auto_increment);
    to->set_optional(column.optional);
    to->set_generated(column.generated);
  }
  for (const std::string& column : primary_key_) {
    proto.add_primary_key(column);
  }
  return proto;
}

}  // namespace berth::catalog
