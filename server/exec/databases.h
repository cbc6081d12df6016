// The databases that a server fronts.
#ifndef BERTH_SERVER_EXEC_DATABASES_H_
#define BERTH_SERVER_EXEC_DATABASES_H_

#include <atomic>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/mariadb/connection.h"
#include "server/runtime/task.h"

namespace berth::exec {

// Knows which names are allowed and chooses a connection's database.
class Databases {
 public:
  // `names` are the databases fronted, the default first. With `any_name` any
  // other name is allowed too, at most 16 of them: for an embedded server,
  // whose only user this is. A database that is missing is created on first
  // use, where the account may.
  Databases(std::vector<std::string> names, bool any_name);

  // The database that a request names; empty: the default. Fails with
  // UNKNOWN_DATABASE.
  absl::StatusOr<std::string> Resolve(absl::string_view name) const;

  // Makes `name`, as Resolve gave it, the connection's default database.
  runtime::Task<absl::Status> Use(mariadb::Connection& connection,
                                  std::string name);

  bool IsConfigured(absl::string_view name) const;
  const std::string& default_name() const { return names_.front(); }

 private:
  const std::vector<std::string> names_;
  const bool any_name_;
  std::atomic<int> created_ = 0;
};

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_DATABASES_H_
