#include "server/catalog/migrator.h"

#include <set>
#include <string>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/catalog/fingerprint.h"
#include "server/catalog/registry_store.h"
#include "server/catalog/sql_quote.h"

namespace berth::catalog {
namespace {

using absl::string_view;

constexpr int kLeaderWaitSeconds = 30;
constexpr int kLockWaitSeconds = 5;
// MariaDB's limit for the name of a lock, in bytes.
constexpr size_t kLockNameBytes = 192;
constexpr char kTablesField[] = "tables";

// Whether the account lacks a right: ER_DBACCESS_DENIED_ERROR,
// ER_TABLEACCESS_DENIED_ERROR.
bool IsDenied(const absl::Status& status) {
  const int number = MariadbErrno(status);
  return number == 1044 || number == 1142;
}

absl::Status RunDdl(SqlRunner& runner, string_view table, string_view ddl) {
  const absl::Status status = runner.Query(ddl).status();
  if (status.ok()) return status;
  return errors::WithMetadata(errors::WithMetadata(status, "table", table),
                              "ddl", ddl);
}

absl::Status UseDatabase(SqlRunner& runner, string_view database) {
  ASSIGN_OR_RETURN(TextResult result, runner.Query("SELECT DATABASE()"));
  if (!result.rows.empty() && result.rows[0][0] == std::string(database)) {
    return absl::OkStatus();
  }
  return runner.Query(absl::StrCat("USE ", QuoteIdentifier(database))).status();
}

// Creates the declared table as a temporary one and describes it if there is
// something to compare it with. Without the right to do so it stays unknown.
absl::Status Normalise(SqlRunner& runner, string_view temporary_name,
                       WantedTable& table) {
  const absl::Status created =
      RunDdl(runner, table.name, TemporaryTableSql(table, temporary_name));
  if (IsDenied(created)) return absl::OkStatus();
  if (!created.ok()) {
    // The caller knows the table by its own name.
    return errors::WithMetadata(created, "ddl", CreateTableSql(table));
  }
  const absl::Cleanup drop = [&runner, temporary_name] {
    runner
        .Query(absl::StrCat("DROP TEMPORARY TABLE IF EXISTS ",
                            QuoteIdentifier(temporary_name)))
        .IgnoreError();
  };
  if (!table.actual.has_value()) return absl::OkStatus();
  ASSIGN_OR_RETURN(table.wanted, DescribeTable(runner, temporary_name));
  return absl::OkStatus();
}

absl::StatusOr<SchemaReport> Compare(SqlRunner& runner,
                                     std::vector<WantedTable> tables) {
  for (size_t i = 0; i < tables.size(); ++i) {
    WantedTable& table = tables[i];
    ASSIGN_OR_RETURN(table.actual, DescribeTable(runner, table.name));
    // Missing tables too: DDL cannot be rolled back, so a declaration that
    // MariaDB refuses must show before the first change.
    RETURN_IF_ERROR(Normalise(runner, absl::StrCat("berth_wanted_", i), table));
  }
  return PlanDdl(tables);
}

absl::Status ConflictError(const v1::SchemaConflict& conflict, size_t count) {
  const std::string more =
      count > 1 ? absl::StrCat(" (and ", count - 1, " more)") : std::string();
  return errors::Error(absl::StatusCode::kFailedPrecondition,
                       errors::kSchemaConflict)
      .Message(absl::StrCat("table \"", conflict.table(), "\", \"",
                            conflict.element(), "\": declared as ",
                            conflict.wanted(), ", but the database has ",
                            conflict.actual(), more))
      .With("table", conflict.table())
      .With("column", conflict.element());
}

std::string LockName(string_view database) {
  const std::string name = absl::StrCat("berth_schema_", database);
  return name.size() <= kLockNameBytes
             ? name
             : absl::StrCat("berth_schema_", Sha256Hex(database));
}

absl::Status TakeLeadership(SqlRunner& runner, string_view database) {
  ASSIGN_OR_RETURN(TextResult result,
                   runner.Query(absl::StrCat("SELECT GET_LOCK(",
                                             QuoteLiteral(LockName(database)),
                                             ", ", kLeaderWaitSeconds, ")")));
  if (!result.rows.empty() && result.rows[0][0] == std::string("1")) {
    return absl::OkStatus();
  }
  return errors::Error(absl::StatusCode::kAborted, errors::kLockWaitTimeout)
      .Message(absl::StrCat("another server registers tables of database \"",
                            database, "\" and did not finish within ",
                            kLeaderWaitSeconds, " s"))
      .With("database", database)
      .Is(errors::Retry::kLater);
}

void GiveUpLeadership(SqlRunner& runner, string_view database) {
  runner
      .Query(absl::StrCat("SELECT RELEASE_LOCK(",
                          QuoteLiteral(LockName(database)), ")"))
      .IgnoreError();
}

// Remembers what holds as declared. A table with a conflict is forgotten, so
// that it is compared again each time.
absl::Status Record(SqlRunner& runner, string_view database,
                    const std::vector<v1::TableDefinition>& tables,
                    const SchemaReport& report) {
  std::set<std::string> contradicted;
  for (const v1::SchemaConflict& conflict : report.conflicts) {
    contradicted.insert(conflict.table());
  }
  for (const v1::TableDefinition& table : tables) {
    if (contradicted.count(table.name()) > 0) {
      RETURN_IF_ERROR(ForgetDefinition(runner, database, table.name()));
    } else {
      RETURN_IF_ERROR(StoreDefinition(runner, database, table));
    }
  }
  return absl::OkStatus();
}

// What the leader does.
absl::StatusOr<SchemaReport> Lead(
    SqlRunner& runner, string_view database,
    const std::vector<v1::TableDefinition>& definitions,
    std::vector<WantedTable> tables, v1::ConflictPolicy policy) {
  ASSIGN_OR_RETURN(bool registered,
                   IsRegistered(runner, database, definitions));
  if (registered) return SchemaReport();
  // Without the right to create tables there is nowhere to record; what is
  // missing then fails by itself, and what is there is verified.
  const absl::Status prepared = PrepareStore(runner, database);
  const bool may_record = !IsDenied(prepared);
  if (may_record) RETURN_IF_ERROR(prepared);
  ASSIGN_OR_RETURN(SchemaReport report, Compare(runner, std::move(tables)));
  if (!report.conflicts.empty() && policy != v1::CONFLICT_POLICY_WARN) {
    return ConflictError(report.conflicts[0], report.conflicts.size());
  }
  for (const v1::SchemaChange& change : report.changes) {
    RETURN_IF_ERROR(RunDdl(runner, change.table(), change.ddl()));
  }
  if (may_record) {
    RETURN_IF_ERROR(Record(runner, database, definitions, report));
  }
  return report;
}

}  // namespace

absl::StatusOr<SchemaReport> PlanSchema(
    SqlRunner& runner, string_view database,
    const std::vector<v1::TableDefinition>& tables) {
  ASSIGN_OR_RETURN(std::vector<WantedTable> wanted,
                   ReadTables(tables, kTablesField));
  RETURN_IF_ERROR(UseDatabase(runner, database));
  return Compare(runner, std::move(wanted));
}

absl::StatusOr<SchemaReport> ApplySchema(
    SqlRunner& runner, string_view database,
    const std::vector<v1::TableDefinition>& tables, v1::ConflictPolicy policy) {
  ASSIGN_OR_RETURN(std::vector<WantedTable> wanted,
                   ReadTables(tables, kTablesField));
  ASSIGN_OR_RETURN(bool registered, IsRegistered(runner, database, tables));
  if (registered) return SchemaReport();
  RETURN_IF_ERROR(UseDatabase(runner, database));
  RETURN_IF_ERROR(TakeLeadership(runner, database));
  const absl::Cleanup release = [&runner, database] {
    GiveUpLeadership(runner, database);
  };
  ASSIGN_OR_RETURN(TextResult before,
                   runner.Query("SELECT @@SESSION.lock_wait_timeout"));
  const std::string lock_wait =
      before.rows.empty() ? "DEFAULT" : before.rows[0][0].value_or("DEFAULT");
  RETURN_IF_ERROR(runner
                      .Query(absl::StrCat("SET SESSION lock_wait_timeout = ",
                                          kLockWaitSeconds))
                      .status());
  const absl::Cleanup restore = [&runner, &lock_wait] {
    runner.Query(absl::StrCat("SET SESSION lock_wait_timeout = ", lock_wait))
        .IgnoreError();
  };
  return Lead(runner, database, tables, std::move(wanted), policy);
}

}  // namespace berth::catalog
