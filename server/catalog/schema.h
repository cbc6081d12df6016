// The known tables of one database: one immutable generation.
#ifndef BERTH_SERVER_CATALOG_SCHEMA_H_
#define BERTH_SERVER_CATALOG_SCHEMA_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/catalog/table.h"

namespace berth::catalog {

// A generation. Thread-safe: it never changes; a change makes the next one.
class Schema {
 public:
  Schema() = default;

  // The table of exactly this name, or nullptr.
  std::shared_ptr<const Table> FindTable(absl::string_view name) const;
  // The known table name nearest to `name`; empty if none is near.
  std::string NearestTable(absl::string_view name) const;
  // The tables by name.
  std::vector<std::shared_ptr<const Table>> Tables() const;

  // The next generation: with these tables added or replaced.
  std::shared_ptr<const Schema> With(
      const std::vector<std::shared_ptr<const Table>>& tables) const;
  // The next generation: without the table of this name.
  std::shared_ptr<const Schema> Without(absl::string_view name) const;

 private:
  std::map<std::string, std::shared_ptr<const Table>, std::less<>> tables_;
};

}  // namespace berth::catalog

#endif  // BERTH_SERVER_CATALOG_SCHEMA_H_
