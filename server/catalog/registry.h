// What the server knows of its databases' tables.
#ifndef BERTH_SERVER_CATALOG_REGISTRY_H_
#define BERTH_SERVER_CATALOG_REGISTRY_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/mutex.h"
#include "server/catalog/schema.h"
#include "server/catalog/table.h"

namespace berth::catalog {

// A cache of tables by database and name. Knows nothing of where they come
// from: the caller loads (introspection.h) and puts. Thread-safe.
class Registry {
 public:
  Registry() = default;
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // The table, or nullptr if it is not known. Names are case-sensitive.
  std::shared_ptr<const Table> Find(absl::string_view database,
                                    absl::string_view table) const
      ABSL_LOCKS_EXCLUDED(mu_);
  // Adds a table, or replaces the one of its name.
  void Put(absl::string_view database, std::shared_ptr<const Table> table)
      ABSL_LOCKS_EXCLUDED(mu_);
  // The same for several tables, as one change.
  void PutAll(absl::string_view database,
              const std::vector<std::shared_ptr<const Table>>& tables)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Forgets a table; does nothing if it is not known.
  void Forget(absl::string_view database, absl::string_view table)
      ABSL_LOCKS_EXCLUDED(mu_);
  void ForgetDatabase(absl::string_view database) ABSL_LOCKS_EXCLUDED(mu_);

  // Whether the database had no such table within the last second, so that it
  // need not be asked again. Told by NoteMissing, forgotten with Put; at most
  // 1,024 names are remembered.
  bool IsMissing(absl::string_view database, absl::string_view table,
                 absl::Time now) const ABSL_LOCKS_EXCLUDED(mu_);
  void NoteMissing(absl::string_view database, absl::string_view table,
                   absl::Time now) ABSL_LOCKS_EXCLUDED(mu_);

  // Whether a known table may be looked up again now: at most once a second
  // for each name, and for at most 1,024 names a second.
  bool MayReload(absl::string_view database, absl::string_view table,
                 absl::Time now) ABSL_LOCKS_EXCLUDED(mu_);

  // The known table name nearest to `name`; empty if none is near.
  std::string NearestTable(absl::string_view database,
                           absl::string_view name) const
      ABSL_LOCKS_EXCLUDED(mu_);
  // The known tables by name.
  std::vector<std::shared_ptr<const Table>> List(
      absl::string_view database) const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  // The generation of a database; never nullptr.
  std::shared_ptr<const Schema> Generation(absl::string_view database) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  mutable Mutex mu_;
  absl::flat_hash_map<std::string, std::shared_ptr<const Schema>> schemas_
      ABSL_GUARDED_BY(mu_);
  // When a name was last found to be none of a table.
  absl::flat_hash_map<std::pair<std::string, std::string>, absl::Time> missing_
      ABSL_GUARDED_BY(mu_);
  // When a name was last looked up in the database.
  absl::flat_hash_map<std::pair<std::string, std::string>, absl::Time> reloads_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace berth::catalog

#endif  // BERTH_SERVER_CATALOG_REGISTRY_H_
