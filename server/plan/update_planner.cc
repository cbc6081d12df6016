#include "server/plan/update_planner.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/catalog/sql_quote.h"
#include "server/catalog/tokenizer.h"
#include "server/plan/columns.h"
#include "server/plan/fragment.h"
#include "server/plan/parameters.h"
#include "server/plan/refuse.h"
#include "server/plan/strict_fragment.h"
#include "server/plan/value_check.h"
#include "server/plan/where_policy.h"

namespace berth::plan {
namespace {

using absl::string_view;

absl::Status AppendExpression(const v1::Filter& expression, string_view field,
                              const catalog::Table& table,
                              auth::WhereLevel level, Plan& plan) {
  const std::string where_field = absl::StrCat(field, ".where");
  const string_view text = expression.where();
  if (text.size() > limits::kFragmentBytes) {
    return OverLimit(where_field, "bytes", limits::kFragmentBytes, text.size());
  }
  ASSIGN_OR_RETURN(const catalog::Tokens tokens,
                   catalog::Tokenize(text, where_field));
  if (tokens.empty()) return Refuse(where_field, "required");
  if (level == auth::WhereLevel::kClauses) {
    RETURN_IF_ERROR(CheckClauses(tokens, where_field));
  }
  // Parentheses keep the expression one: no further assignment and no clause
  // can hide in it. The bare keyword DEFAULT cannot be in parentheses.
  const bool keyword = tokens.size() == 1 && tokens[0].Is("default");
  if (level == auth::WhereLevel::kStrict && !keyword) {
    plan.sql += "(";
    RETURN_IF_ERROR(AppendStrictExpression(expression, tokens, table, field,
                                           plan.sql, plan.parameters));
    plan.sql += ")";
    return absl::OkStatus();
  }
  plan.may_dirty_session |= MayDirtySession(tokens);
  if (!keyword) plan.sql += "(";
  RETURN_IF_ERROR(AppendWithParameters(text, tokens, expression.parameters(),
                                       absl::StrCat(field, ".parameters"), {},
                                       plan.sql, plan.parameters));
  if (!keyword) plan.sql += ")";
  return absl::OkStatus();
}

absl::Status AppendAssignment(const v1::Assignment& assignment,
                              string_view field, const catalog::Table& table,
                              auth::WhereLevel level, Plan& plan) {
  switch (assignment.to_case()) {
    case v1::Assignment::kValue:
      RETURN_IF_ERROR(CheckValue(assignment.value(), Besides::kDefault, [&] {
        return absl::StrCat(field, ".value");
      }));
      if (assignment.value().has_default_value()) {
        plan.sql += "DEFAULT";
      } else {
        plan.sql += "?";
        plan.parameters.push_back(&assignment.value());
      }
      return absl::OkStatus();
    case v1::Assignment::kExpression:
      return AppendExpression(assignment.expression(),
                              absl::StrCat(field, ".expression"), table, level,
                              plan);
    case v1::Assignment::TO_NOT_SET:
      break;
  }
  return Refuse(field, "needs `value` or `expression`");
}

}  // namespace

absl::StatusOr<Plan> PlanUpdate(const v1::UpdateSpec& spec,
                                const catalog::Table& table,
                                auth::WhereLevel level) {
  if (spec.assignments_size() == 0) return Refuse("assignments", "required");
  ASSIGN_OR_RETURN(Fragment fragment,
                   ReadFragment(spec.filter(), table, level, "filter"));
  RETURN_IF_ERROR(CheckForWrite(fragment, spec.all_rows(), "filter"));
  Plan plan;
  plan.verb = Verb::kUpdate;
  plan.effect = Effect::kWrite;
  plan.table = table.name();
  plan.may_dirty_session = fragment.may_dirty_session;
  plan.sql = "UPDATE ";
  catalog::AppendIdentifier(plan.sql, table.name());
  std::vector<const catalog::Column*> assigned;
  for (int i = 0; i < spec.assignments_size(); ++i) {
    const v1::Assignment& assignment = spec.assignments(i);
    const std::string field = absl::StrCat("assignments[", i, "]");
    ASSIGN_OR_RETURN(
        const catalog::Column* column,
        FindWritableColumn(
            table, assignment.column(),
            [&] { return absl::StrCat(field, ".column"); }, assigned));
    plan.sql += i == 0 ? " SET " : ", ";
    AppendColumn(plan.sql, "", *column);
    plan.sql += " = ";
    RETURN_IF_ERROR(AppendAssignment(assignment, field, table, level, plan));
  }
  plan.sql += fragment.sql;
  plan.parameters.insert(plan.parameters.end(), fragment.parameters.begin(),
                         fragment.parameters.end());
  if (plan.parameters.size() > limits::kPlaceholders) {
    return OverLimit("filter.parameters", "placeholders", limits::kPlaceholders,
                     plan.parameters.size());
  }
  return plan;
}

}  // namespace berth::plan
