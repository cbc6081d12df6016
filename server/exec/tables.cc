#include "server/exec/tables.h"

#include <utility>
#include <vector>

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/catalog/introspection.h"
#include "server/catalog/schema_error.h"
#include "server/exec/sql_runner.h"
#include "server/runtime/cancel_error.h"
#include "server/runtime/shard.h"

namespace berth::exec {

using TableOr = absl::StatusOr<std::shared_ptr<const catalog::Table>>;

namespace {

// A description that failed after its caller had left was killed.
absl::Status Judge(const absl::Status& status, const Caller& caller) {
  if (status.ok() || !caller.cancellation->cancelled()) return status;
  return runtime::CancelError(caller.cancellation->cause(),
                              errors::kDeadlineExecute);
}

// Reads all tables, once a second at most, so that a wrong name can be answered
// with a near one.
runtime::Task<absl::Status> LearnNames(Caller& caller) {
  catalog::Registry& registry = *caller.environment->registry;
  if (!registry.MayReload(caller.database, /*table=*/"", absl::Now())) {
    co_return absl::OkStatus();
  }
  CO_RETURN_IF_ERROR(co_await EnsureLease(caller));
  mariadb::Connection* connection = &*caller.lease;
  const std::string& database = caller.database;
  runtime::OnBlockingThread load([connection, &database] {
    ConnectionRunner runner(connection);
    return catalog::LoadTables(runner, database);
  });
  KillOnCancel kill(caller.environment->killer, caller.cancellation,
                    connection);
  auto tables = co_await load;
  co_await kill.Finish();
  CO_RETURN_IF_ERROR(Judge(tables.status(), caller));
  registry.PutAll(database, *tables);
  co_return absl::OkStatus();
}

}  // namespace

runtime::Task<TableOr> LoadTable(Caller& caller, std::string name) {
  catalog::Registry& registry = *caller.environment->registry;
  CO_RETURN_IF_ERROR(co_await EnsureLease(caller));
  mariadb::Connection* connection = &*caller.lease;
  const std::string& database = caller.database;
  runtime::OnBlockingThread load([connection, &database, &name]() -> TableOr {
    ConnectionRunner runner(connection);
    return catalog::LoadTable(runner, database, name);
  });
  KillOnCancel kill(caller.environment->killer, caller.cancellation,
                    connection);
  TableOr loaded = co_await load;
  co_await kill.Finish();
  CO_RETURN_IF_ERROR(Judge(loaded.status(), caller));
  std::shared_ptr<const catalog::Table> table = *std::move(loaded);
  if (table == nullptr) {
    registry.Forget(caller.database, name);
    registry.NoteMissing(caller.database, name, absl::Now());
  } else {
    registry.Put(caller.database, table);
  }
  co_return table;
}

runtime::Task<TableOr> ReloadTable(Caller& caller, std::string name) {
  catalog::Registry& registry = *caller.environment->registry;
  if (!registry.MayReload(caller.database, name, absl::Now())) {
    co_return nullptr;
  }
  co_return co_await LoadTable(caller, std::move(name));
}

runtime::Task<TableOr> FindTable(Caller& caller, std::string name) {
  catalog::Registry& registry = *caller.environment->registry;
  std::shared_ptr<const catalog::Table> table =
      registry.Find(caller.database, name);
  if (table != nullptr) co_return table;
  // Only a name that was found to be none is refused unasked: others may be
  // looking for the same table at this moment, or have just forgotten it.
  if (!registry.IsMissing(caller.database, name, absl::Now())) {
    CO_ASSIGN_OR_RETURN(table, co_await LoadTable(caller, name));
    if (table != nullptr) co_return table;
  }
  CO_RETURN_IF_ERROR(co_await LearnNames(caller));
  co_return catalog::UnknownTable(caller.database, name,
                                  registry.NearestTable(caller.database, name));
}

}  // namespace berth::exec
