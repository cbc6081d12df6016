#include "server/exec/tables.h"

#include <utility>

#include "server/base/status_macros.h"
#include "server/catalog/introspection.h"
#include "server/catalog/schema_error.h"
#include "server/exec/sql_runner.h"
#include "server/runtime/shard.h"

namespace berth::exec {

using TableOr = absl::StatusOr<std::shared_ptr<const catalog::Table>>;

runtime::Task<TableOr> ReloadTable(Caller& caller, std::string name) {
  catalog::Registry& registry = *caller.environment->registry;
  if (!registry.MayReload(caller.database, name, absl::Now())) {
    co_return nullptr;
  }
  CO_RETURN_IF_ERROR(co_await EnsureLease(caller));
  mariadb::Connection* connection = &*caller.lease;
  const std::string& database = caller.database;
  runtime::OnBlockingThread load([connection, &database, &name]() -> TableOr {
    ConnectionRunner runner(connection);
    return catalog::LoadTable(runner, database, name);
  });
  CO_ASSIGN_OR_RETURN(std::shared_ptr<const catalog::Table> table,
                      co_await load);
  if (table == nullptr) {
    registry.Forget(caller.database, name);
  } else {
    registry.Put(caller.database, table);
  }
  co_return table;
}

runtime::Task<TableOr> FindTable(Caller& caller, std::string name) {
  catalog::Registry& registry = *caller.environment->registry;
  std::shared_ptr<const catalog::Table> table =
      registry.Find(caller.database, name);
  if (table != nullptr) co_return table;
  CO_ASSIGN_OR_RETURN(table, co_await ReloadTable(caller, name));
  if (table != nullptr) co_return table;
  co_return catalog::UnknownTable(
      caller.database, name, registry.NearestTable(caller.database, name));
}

}  // namespace berth::exec
