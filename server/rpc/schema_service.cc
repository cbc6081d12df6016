#include "server/rpc/schema_service.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "berth/v1/schema.pb.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/catalog/introspection.h"
#include "server/catalog/migrator.h"
#include "server/exec/caller.h"
#include "server/exec/sql_runner.h"
#include "server/exec/tables.h"
#include "server/rpc/make_caller.h"
#include "server/rpc/typed_handler.h"
#include "server/runtime/shard.h"

namespace berth::rpc {
namespace {

using runtime::OnBlockingThread;
using runtime::Task;
using Tables = std::vector<std::shared_ptr<const catalog::Table>>;

template <typename Message>
std::vector<v1::TableDefinition> Definitions(const Message& request) {
  return std::vector<v1::TableDefinition>(request.tables().begin(),
                                          request.tables().end());
}

// The changes and the description of the tables afterwards.
absl::Status RegisterBlocking(catalog::SqlRunner& runner,
                              const std::string& database,
                              const v1::RegisterRequest& request,
                              v1::RegisterResponse* response, Tables* tables) {
  ASSIGN_OR_RETURN(catalog::SchemaReport report,
                   catalog::ApplySchema(runner, database, Definitions(request),
                                        request.on_conflict()));
  for (auto& change : report.changes) {
    *response->add_changes() = std::move(change);
  }
  for (auto& conflict : report.conflicts) {
    *response->add_conflicts() = std::move(conflict);
  }
  for (const auto& definition : request.tables()) {
    ASSIGN_OR_RETURN(std::shared_ptr<const catalog::Table> table,
                     catalog::LoadTable(runner, database, definition.name()));
    if (table == nullptr) continue;  // Dropped by somebody else meanwhile.
    *response->add_tables() = table->ToProto();
    tables->push_back(std::move(table));
  }
  return absl::OkStatus();
}

Task<absl::Status> Register(const exec::Environment* environment, Call& call,
                            v1::RegisterRequest& request,
                            std::string* response) {
  CO_ASSIGN_OR_RETURN(exec::Caller caller,
                      MakeCaller(environment, call, request.database()));
  CO_RETURN_IF_ERROR(co_await exec::EnsureLease(caller));
  mariadb::Connection* connection = &*caller.lease;
  // The migrator sets time-outs, takes a lock and makes temporary tables.
  connection->MarkDirty();
  v1::RegisterResponse answer;
  Tables tables;
  const std::string& database = caller.database;
  OnBlockingThread work([connection, &database, &request, &answer, &tables] {
    exec::ConnectionRunner runner(connection);
    return RegisterBlocking(runner, database, request, &answer, &tables);
  });
  CO_RETURN_IF_ERROR(co_await work);
  environment->registry->PutAll(database, tables);
  *response = answer.SerializeAsString();
  co_return absl::OkStatus();
}

Task<absl::Status> Plan(const exec::Environment* environment, Call& call,
                        v1::PlanRequest& request, std::string* response) {
  CO_ASSIGN_OR_RETURN(exec::Caller caller,
                      MakeCaller(environment, call, request.database()));
  CO_RETURN_IF_ERROR(co_await exec::EnsureLease(caller));
  mariadb::Connection* connection = &*caller.lease;
  connection->MarkDirty();
  const std::string& database = caller.database;
  OnBlockingThread work([connection, &database, &request] {
    exec::ConnectionRunner runner(connection);
    return catalog::PlanSchema(runner, database, Definitions(request));
  });
  CO_ASSIGN_OR_RETURN(catalog::SchemaReport report, co_await work);
  v1::PlanResponse answer;
  for (auto& change : report.changes) *answer.add_changes() = std::move(change);
  for (auto& conflict : report.conflicts) {
    *answer.add_conflicts() = std::move(conflict);
  }
  *response = answer.SerializeAsString();
  co_return absl::OkStatus();
}

Task<absl::Status> GetTable(const exec::Environment* environment, Call& call,
                            v1::GetTableRequest& request,
                            std::string* response) {
  CO_ASSIGN_OR_RETURN(exec::Caller caller,
                      MakeCaller(environment, call, request.database()));
  CO_ASSIGN_OR_RETURN(std::shared_ptr<const catalog::Table> table,
                      co_await exec::LoadTable(caller, request.table()));
  if (table == nullptr) {
    CO_ASSIGN_OR_RETURN(table,
                        co_await exec::FindTable(caller, request.table()));
  }
  v1::GetTableResponse answer;
  *answer.mutable_table() = table->ToProto();
  *response = answer.SerializeAsString();
  co_return absl::OkStatus();
}

Task<absl::Status> ListTables(const exec::Environment* environment, Call& call,
                              v1::ListTablesRequest& request,
                              std::string* response) {
  if (request.page_size() < 0) {
    co_return errors::Error(absl::StatusCode::kInvalidArgument,
                            errors::kInvalidField)
        .Message("page_size must not be negative")
        .Field("page_size", "negative");
  }
  CO_ASSIGN_OR_RETURN(exec::Caller caller,
                      MakeCaller(environment, call, request.database()));
  CO_RETURN_IF_ERROR(co_await exec::EnsureLease(caller));
  mariadb::Connection* connection = &*caller.lease;
  const std::string& database = caller.database;
  OnBlockingThread load([connection, &database] {
    exec::ConnectionRunner runner(connection);
    return catalog::LoadTables(runner, database);
  });
  CO_ASSIGN_OR_RETURN(Tables tables, co_await load);
  environment->registry->PutAll(database, tables);
  // The token is the name of the last table of the page before.
  const int page = request.page_size() == 0
                       ? limits::kPageSize
                       : std::min(request.page_size(), limits::kPageSize);
  v1::ListTablesResponse answer;
  for (const auto& table : tables) {
    if (table->name() <= request.page_token()) continue;
    if (answer.tables_size() == page) {
      answer.set_next_page_token(answer.tables(page - 1).name());
      break;
    }
    *answer.add_tables() = table->ToProto();
  }
  *response = answer.SerializeAsString();
  co_return absl::OkStatus();
}

}  // namespace

void ServeSchemaRegistry(const exec::Environment* environment, Server& server) {
  server.Handle("/berth.v1.SchemaRegistry/Register",
                TypedHandler(environment, &Register));
  server.Handle("/berth.v1.SchemaRegistry/Plan",
                TypedHandler(environment, &Plan));
  server.Handle("/berth.v1.SchemaRegistry/GetTable",
                TypedHandler(environment, &GetTable));
  server.Handle("/berth.v1.SchemaRegistry/ListTables",
                TypedHandler(environment, &ListTables));
}

}  // namespace berth::rpc
