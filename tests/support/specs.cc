#include "tests/support/specs.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace berth::test {
namespace {

template <typename Message>
void AddParameters(Message* message, std::vector<v1::Value> values) {
  for (v1::Value& value : values) {
    *message->add_parameters() = std::move(value);
  }
}

}  // namespace

v1::Filter Where(absl::string_view where, std::vector<v1::Value> values) {
  v1::Filter filter;
  filter.set_where(std::string(where));
  AddParameters(&filter, std::move(values));
  return filter;
}

v1::SelectSpec SelectFrom(absl::string_view table, absl::string_view where,
                          std::vector<v1::Value> values) {
  v1::SelectSpec spec;
  spec.set_table(std::string(table));
  *spec.mutable_filter() = Where(where, std::move(values));
  return spec;
}

v1::InsertSpec InsertInto(absl::string_view table,
                          const std::vector<std::string>& columns,
                          std::vector<v1::Value> values) {
  v1::InsertSpec spec;
  spec.set_table(std::string(table));
  for (const std::string& column : columns) spec.add_columns(column);
  v1::Row* row = spec.add_rows();
  for (v1::Value& value : values) *row->add_values() = std::move(value);
  return spec;
}

v1::UpdateSpec UpdateOf(absl::string_view table, absl::string_view column,
                        v1::Value value, absl::string_view where,
                        std::vector<v1::Value> values) {
  v1::UpdateSpec spec;
  spec.set_table(std::string(table));
  v1::Assignment* assignment = spec.add_assignments();
  assignment->set_column(std::string(column));
  *assignment->mutable_value() = std::move(value);
  *spec.mutable_filter() = Where(where, std::move(values));
  return spec;
}

v1::DeleteSpec DeleteFrom(absl::string_view table, absl::string_view where,
                          std::vector<v1::Value> values) {
  v1::DeleteSpec spec;
  spec.set_table(std::string(table));
  *spec.mutable_filter() = Where(where, std::move(values));
  return spec;
}

v1::Statement Sql(absl::string_view sql, std::vector<v1::Value> values) {
  v1::Statement statement;
  statement.set_sql(std::string(sql));
  AddParameters(&statement, std::move(values));
  return statement;
}

v1::SessionRequest Request(v1::SelectSpec spec) {
  v1::SessionRequest request;
  *request.mutable_select() = std::move(spec);
  return request;
}

v1::SessionRequest Request(v1::InsertSpec spec) {
  v1::SessionRequest request;
  *request.mutable_insert() = std::move(spec);
  return request;
}

v1::SessionRequest Request(v1::UpdateSpec spec) {
  v1::SessionRequest request;
  *request.mutable_update() = std::move(spec);
  return request;
}

v1::SessionRequest Request(v1::DeleteSpec spec) {
  v1::SessionRequest request;
  *request.mutable_delete_() = std::move(spec);
  return request;
}

v1::SessionRequest Request(v1::Statement statement) {
  v1::SessionRequest request;
  *request.mutable_execute() = std::move(statement);
  return request;
}

v1::TableDefinition TableOf(
    absl::string_view name,
    const std::vector<std::pair<std::string, std::string>>& elements) {
  v1::TableDefinition table;
  table.set_name(std::string(name));
  for (const auto& [element_name, definition] : elements) {
    v1::TableElement* element = table.add_elements();
    element->set_name(element_name);
    element->set_definition(definition);
  }
  return table;
}

v1::RegisterRequest RegisterOf(std::vector<v1::TableDefinition> tables) {
  v1::RegisterRequest request;
  for (auto& table : tables) *request.add_tables() = std::move(table);
  return request;
}

v1::PlanRequest PlanOf(std::vector<v1::TableDefinition> tables) {
  v1::PlanRequest request;
  for (auto& table : tables) *request.add_tables() = std::move(table);
  return request;
}

std::string FirstCell(const v1::ResultChunk& result) {
  if (result.rows().rows_size() == 0 ||
      result.rows().rows(0).values_size() == 0) {
    return "(none)";
  }
  return client::ToString(result.rows().rows(0).values(0));
}

std::string Cells(const v1::ResultChunk& result) {
  std::string text;
  for (const v1::Row& row : result.rows().rows()) {
    if (!text.empty()) text += ";";
    for (int i = 0; i < row.values_size(); ++i) {
      absl::StrAppend(&text, i == 0 ? "" : ",",
                      client::ToString(row.values(i)));
    }
  }
  return text;
}

}  // namespace berth::test
