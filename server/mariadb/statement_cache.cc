#include "server/mariadb/statement_cache.h"

#include <utility>

namespace berth::mariadb {

Statement* StatementCache::Find(absl::string_view sql) {
  auto found = index_.find(sql);
  if (found == index_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->statement.get();
}

Statement* StatementCache::Insert(absl::string_view sql,
                                  std::unique_ptr<Statement> statement) {
  Erase(sql);
  if (entries_.size() >= capacity_) Erase(entries_.back().sql);
  entries_.emplace_front(sql, std::move(statement));
  index_.emplace(entries_.front().sql, entries_.begin());
  return entries_.front().statement.get();
}

void StatementCache::Erase(absl::string_view sql) {
  auto found = index_.find(sql);
  if (found == index_.end()) return;
  const List::iterator entry = found->second;
  index_.erase(found);
  entries_.erase(entry);
}

void StatementCache::Clear() {
  index_.clear();
  entries_.clear();
}

}  // namespace berth::mariadb
