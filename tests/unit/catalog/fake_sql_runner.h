// A SqlRunner that answers from a script.
#ifndef BERTH_TESTS_UNIT_CATALOG_FAKE_SQL_RUNNER_H_
#define BERTH_TESTS_UNIT_CATALOG_FAKE_SQL_RUNNER_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "berth/v1/schema.pb.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/catalog/sql_runner.h"

namespace berth::catalog {

// Answers each statement by the last rule whose text it contains, and with an
// empty result where there is none. Remembers the statements.
class FakeSqlRunner : public SqlRunner {
 public:
  void On(std::string part, TextResult result) {
    rules_.emplace_back(std::move(part), std::move(result));
  }
  void Fail(std::string part, int error_number) {
    rules_.emplace_back(
        std::move(part),
        absl::Status(errors::Error(absl::StatusCode::kInvalidArgument,
                                   errors::kStatementError)
                         .Message("scripted")
                         .With("errno", absl::StrCat(error_number))));
  }

  absl::StatusOr<TextResult> Query(absl::string_view sql) override {
    statements.emplace_back(sql);
    for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
      if (absl::StrContains(sql, rule->first)) return rule->second;
    }
    return TextResult();
  }

  // How many statements contain `part`.
  int Count(absl::string_view part) const {
    int count = 0;
    for (const std::string& sql : statements) {
      if (absl::StrContains(sql, part)) ++count;
    }
    return count;
  }

  std::vector<std::string> statements;

 private:
  std::vector<std::pair<std::string, absl::StatusOr<TextResult>>> rules_;
};

// A result of text cells.
inline TextResult Rows(
    std::vector<std::string> columns,
    std::vector<std::vector<std::optional<std::string>>> rows) {
  TextResult result;
  result.columns = std::move(columns);
  result.rows = std::move(rows);
  return result;
}

// A definition from pairs of name and definition.
inline v1::TableDefinition Definition(
    const std::string& name,
    const std::vector<std::pair<std::string, std::string>>& elements) {
  v1::TableDefinition definition;
  definition.set_name(name);
  for (const auto& [key, text] : elements) {
    v1::TableElement* element = definition.add_elements();
    element->set_name(key);
    element->set_definition(text);
  }
  return definition;
}

}  // namespace berth::catalog

#endif  // BERTH_TESTS_UNIT_CATALOG_FAKE_SQL_RUNNER_H_
