// Tables that requests name.
#ifndef BERTH_SERVER_EXEC_TABLES_H_
#define BERTH_SERVER_EXEC_TABLES_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/catalog/table.h"
#include "server/exec/caller.h"
#include "server/runtime/task.h"

namespace berth::exec {

// The table of this name in the caller's database. One that is not known is
// looked up in MariaDB, and not again for a second if there is none. Fails with
// UNKNOWN_TABLE and the nearest known name.
runtime::Task<absl::StatusOr<std::shared_ptr<const catalog::Table>>> FindTable(
    Caller& caller, std::string name);

// The table as it is in MariaDB now, whatever is known of it. Nullptr if there
// is none.
runtime::Task<absl::StatusOr<std::shared_ptr<const catalog::Table>>> LoadTable(
    Caller& caller, std::string name);

// Looks the table up again, if that was not done within the last second:
// somebody may have added a column. Returns nullptr if it was.
runtime::Task<absl::StatusOr<std::shared_ptr<const catalog::Table>>>
ReloadTable(Caller& caller, std::string name);

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_TABLES_H_
