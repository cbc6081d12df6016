// What the catalogue needs of a connection: statements without parameters, run
// one after the other on a thread that may block.
#ifndef BERTH_SERVER_CATALOG_SQL_RUNNER_H_
#define BERTH_SERVER_CATALOG_SQL_RUNNER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace berth::catalog {

// A result in text; NULL is nullopt. No rows for a statement without a result.
struct TextResult {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

// Runs statements on one connection. Not thread-safe.
class SqlRunner {
 public:
  virtual ~SqlRunner() = default;

  // Runs one statement. Blocks. Fails with the errors of the statement, with
  // `errno` and `sqlstate` in their metadata.
  virtual absl::StatusOr<TextResult> Query(absl::string_view sql) = 0;
};

}  // namespace berth::catalog

#endif  // BERTH_SERVER_CATALOG_SQL_RUNNER_H_
