#include "server/catalog/registry.h"

namespace berth::catalog {
namespace {

constexpr absl::Duration kReloadInterval = absl::Seconds(1);
// Callers choose the names, so their number must be bounded.
constexpr size_t kReloadNames = 1024;

}  // namespace

std::shared_ptr<const Schema> Registry::Generation(
    absl::string_view database) const {
  static const auto* const none =
      new std::shared_ptr<const Schema>(std::make_shared<Schema>());
  const auto found = schemas_.find(database);
  return found == schemas_.end() ? *none : found->second;
}

std::shared_ptr<const Table> Registry::Find(absl::string_view database,
                                            absl::string_view table) const {
  MutexLock lock(&mu_);
  const auto found = schemas_.find(database);
  return found == schemas_.end() ? nullptr : found->second->FindTable(table);
}

void Registry::Put(absl::string_view database,
                   std::shared_ptr<const Table> table) {
  PutAll(database, {std::move(table)});
}

void Registry::PutAll(absl::string_view database,
                      const std::vector<std::shared_ptr<const Table>>& tables) {
  MutexLock lock(&mu_);
  std::shared_ptr<const Schema> next = Generation(database)->With(tables);
  schemas_.insert_or_assign(std::string(database), std::move(next));
  for (const auto& table : tables) {
    missing_.erase(std::make_pair(std::string(database), table->name()));
  }
}

void Registry::Forget(absl::string_view database, absl::string_view table) {
  MutexLock lock(&mu_);
  const auto found = schemas_.find(database);
  if (found == schemas_.end()) return;
  found->second = found->second->Without(table);
}

void Registry::ForgetDatabase(absl::string_view database) {
  MutexLock lock(&mu_);
  schemas_.erase(database);
}

bool Registry::IsMissing(absl::string_view database, absl::string_view table,
                         absl::Time now) const {
  const std::pair<std::string, std::string> name(database, table);
  MutexLock lock(&mu_);
  const auto found = missing_.find(name);
  return found != missing_.end() && now - found->second < kReloadInterval;
}

void Registry::NoteMissing(absl::string_view database, absl::string_view table,
                           absl::Time now) {
  std::pair<std::string, std::string> name(database, table);
  MutexLock lock(&mu_);
  if (missing_.size() >= kReloadNames) {
    absl::erase_if(missing_, [now](const auto& entry) {
      return now - entry.second >= kReloadInterval;
    });
  }
  if (missing_.size() >= kReloadNames) return;
  missing_.insert_or_assign(std::move(name), now);
}

bool Registry::MayReload(absl::string_view database, absl::string_view table,
                         absl::Time now) {
  std::pair<std::string, std::string> name(database, table);
  MutexLock lock(&mu_);
  if (reloads_.size() >= kReloadNames) {
    absl::erase_if(reloads_, [now](const auto& entry) {
      return now - entry.second >= kReloadInterval;
    });
  }
  const auto found = reloads_.find(name);
  if (found != reloads_.end()) {
    if (now - found->second < kReloadInterval) return false;
    found->second = now;
    return true;
  }
  if (reloads_.size() >= kReloadNames) return false;
  reloads_.emplace(std::move(name), now);
  return true;
}

std::string Registry::NearestTable(absl::string_view database,
                                   absl::string_view name) const {
  std::shared_ptr<const Schema> schema;
  {
    MutexLock lock(&mu_);
    schema = Generation(database);
  }
  return schema->NearestTable(name);
}

std::vector<std::shared_ptr<const Table>> Registry::List(
    absl::string_view database) const {
  std::shared_ptr<const Schema> schema;
  {
    MutexLock lock(&mu_);
    schema = Generation(database);
  }
  return schema->Tables();
}

}  // namespace berth::catalog
