#include "server/catalog/schema.h"

#include "server/catalog/nearest_name.h"

namespace berth::catalog {

std::shared_ptr<const Table> Schema::FindTable(absl::string_view name) const {
  const auto found = tables_.find(name);
  return found == tables_.end() ? nullptr : found->second;
}

std::string Schema::NearestTable(absl::string_view name) const {
  std::vector<absl::string_view> known;
  known.reserve(tables_.size());
  for (const auto& [table, unused] : tables_) known.push_back(table);
  return NearestName(name, known);
}

std::vector<std::shared_ptr<const Table>> Schema::Tables() const {
  std::vector<std::shared_ptr<const Table>> tables;
  tables.reserve(tables_.size());
  for (const auto& [unused, table] : tables_) tables.push_back(table);
  return tables;
}

std::shared_ptr<const Schema> Schema::With(
    const std::vector<std::shared_ptr<const Table>>& tables) const {
  auto next = std::make_shared<Schema>(*this);
  for (const auto& table : tables) next->tables_[table->name()] = table;
  return next;
}

std::shared_ptr<const Schema> Schema::Without(absl::string_view name) const {
  auto next = std::make_shared<Schema>(*this);
  const auto found = next->tables_.find(name);
  if (found != next->tables_.end()) next->tables_.erase(found);
  return next;
}

}  // namespace berth::catalog
