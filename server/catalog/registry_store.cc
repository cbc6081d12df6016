#include "server/catalog/registry_store.h"

#include <google/protobuf/util/json_util.h>

#include <set>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/catalog/fingerprint.h"
#include "server/catalog/sql_quote.h"
#include "server/catalog/table_description.h"

namespace berth::catalog {
namespace {

std::string StoreName(absl::string_view database, absl::string_view table) {
  return absl::StrCat(QuoteIdentifier(database), ".", QuoteIdentifier(table));
}

absl::Status CheckVersion(SqlRunner& runner, const std::string& table) {
  ASSIGN_OR_RETURN(TextResult result, runner.Query(absl::StrCat(
                                          "SELECT MAX(version) FROM ", table)));
  const bool stored = !result.rows.empty() && result.rows[0][0].has_value();
  int version = 0;
  if (stored && !absl::SimpleAtoi(*result.rows[0][0], &version)) version = 0;
  if (version > kRegistryVersion) {
    return errors::Error(absl::StatusCode::kFailedPrecondition,
                         errors::kSchemaConflict)
        .Message(absl::StrCat(
            "the registry was written by a newer berthd (version ", version,
            ", this one knows ", kRegistryVersion, "); upgrade this server"))
        .With("table", kVersionTable);
  }
  if (version == kRegistryVersion) return absl::OkStatus();
  if (stored) {
    return runner
        .Query(
            absl::StrCat("UPDATE ", table, " SET version = ", kRegistryVersion))
        .status();
  }
  return runner
      .Query(absl::StrCat("INSERT INTO ", table, " (version) VALUES (",
                          kRegistryVersion, ")"))
      .status();
}

// Whether the stored fingerprints are those of the definitions.
absl::StatusOr<bool> SameFingerprints(
    SqlRunner& runner, absl::string_view database,
    const std::vector<v1::TableDefinition>& definitions) {
  std::vector<std::string> names;
  for (const auto& definition : definitions) {
    names.push_back(QuoteLiteral(definition.name()));
  }
  auto result = runner.Query(absl::StrCat(
      "SELECT name, fingerprint FROM ", StoreName(database, kRegistryTable),
      " WHERE name IN (", absl::StrJoin(names, ", "), ")"));
  // No store yet, or no right to read it: not registered.
  if (!result.ok()) {
    return MariadbErrno(result.status()) != 0 ? absl::StatusOr<bool>(false)
                                              : result.status();
  }
  std::set<std::pair<std::string, std::string>> stored;
  for (const auto& row : result->rows) {
    stored.emplace(row[0].value_or(""), row[1].value_or(""));
  }
  for (const auto& definition : definitions) {
    if (stored.count({definition.name(), Fingerprint(definition)}) == 0) {
      return false;
    }
  }
  return true;
}

// Whether the tables have all declared columns.
absl::StatusOr<bool> ColumnsExist(
    SqlRunner& runner, absl::string_view database,
    const std::vector<v1::TableDefinition>& definitions) {
  // One lookup for each table: with an IN list MariaDB opens all there are.
  std::vector<std::string> lookups;
  for (const auto& definition : definitions) {
    lookups.push_back(absl::StrCat(
        "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE "
        "TABLE_SCHEMA = ",
        QuoteLiteral(database),
        " AND TABLE_NAME = ", QuoteLiteral(definition.name())));
  }
  ASSIGN_OR_RETURN(TextResult result,
                   runner.Query(absl::StrJoin(lookups, " UNION ALL ")));
  std::set<std::pair<std::string, std::string>> existing;
  for (const auto& row : result.rows) {
    existing.emplace(row[0].value_or(""),
                     absl::AsciiStrToLower(row[1].value_or("")));
  }
  for (const auto& definition : definitions) {
    for (const auto& wanted : definition.elements()) {
      ASSIGN_OR_RETURN(Element element, ReadElement(wanted, ""));
      if (element.kind == ElementKind::kColumn &&
          existing.count(
              {definition.name(), absl::AsciiStrToLower(element.name)}) == 0) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace

absl::Status PrepareStore(SqlRunner& runner, absl::string_view database) {
  const std::string version = StoreName(database, kVersionTable);
  RETURN_IF_ERROR(
      runner
          .Query(absl::StrCat("CREATE TABLE IF NOT EXISTS ", version,
                              " (version INT NOT NULL) "
                              "ENGINE=InnoDB"))
          .status());
  RETURN_IF_ERROR(CheckVersion(runner, version));
  return runner
      .Query(absl::StrCat(
          "CREATE TABLE IF NOT EXISTS ", StoreName(database, kRegistryTable),
          " (name VARCHAR(64) NOT NULL PRIMARY KEY, fingerprint CHAR(64) NOT "
          "NULL, definition MEDIUMTEXT NOT NULL, registered_at TIMESTAMP NOT "
          "NULL DEFAULT CURRENT_TIMESTAMP) ENGINE=InnoDB DEFAULT "
          "CHARSET=utf8mb4 COLLATE=utf8mb4_bin"))
      .status();
}

absl::StatusOr<bool> IsRegistered(
    SqlRunner& runner, absl::string_view database,
    const std::vector<v1::TableDefinition>& definitions) {
  if (definitions.empty()) return true;
  ASSIGN_OR_RETURN(bool same, SameFingerprints(runner, database, definitions));
  if (!same) return false;
  return ColumnsExist(runner, database, definitions);
}

absl::Status StoreDefinition(SqlRunner& runner, absl::string_view database,
                             const v1::TableDefinition& definition) {
  std::string json;
  const auto converted =
      google::protobuf::util::MessageToJsonString(definition, &json);
  if (!converted.ok()) {
    return errors::Error(absl::StatusCode::kInternal, errors::kInternal)
        .Message("a table definition could not be written as JSON");
  }
  return runner
      .Query(absl::StrCat(
          "INSERT INTO ", StoreName(database, kRegistryTable),
          " (name, fingerprint, definition) VALUES (",
          QuoteLiteral(definition.name()), ", ",
          QuoteLiteral(Fingerprint(definition)), ", ", QuoteLiteral(json),
          ") ON DUPLICATE KEY UPDATE fingerprint = VALUES(fingerprint), "
          "definition = VALUES(definition), registered_at = "
          "CURRENT_TIMESTAMP"))
      .status();
}

absl::Status ForgetDefinition(SqlRunner& runner, absl::string_view database,
                              absl::string_view table) {
  return runner
      .Query(absl::StrCat("DELETE FROM ", StoreName(database, kRegistryTable),
                          " WHERE name = ", QuoteLiteral(table)))
      .status();
}

}  // namespace berth::catalog
