#include "server/plan/select_planner.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/catalog/sql_quote.h"
#include "server/plan/columns.h"
#include "server/plan/fragment.h"
#include "server/plan/refuse.h"

namespace berth::plan {
namespace {

using absl::string_view;

// Fields that cannot be together.
absl::Status CheckFields(const v1::SelectSpec& spec, const Fragment& fragment) {
  if (fragment.has_order_by && spec.order_by_size() > 0) {
    return Refuse("order_by", "the filter has an ORDER BY of its own");
  }
  if (fragment.has_limit && spec.has_limit()) {
    return Refuse("limit", "the filter has a LIMIT of its own");
  }
  if (spec.offset() != 0 && !spec.has_limit()) {
    return Refuse("offset", "needs `limit`");
  }
  if (fragment.has_lock && spec.lock() != v1::LOCK_UNSPECIFIED) {
    return Refuse("lock", "the filter has a locking clause of its own");
  }
  if (!v1::Lock_IsValid(spec.lock())) {
    return Refuse("lock", "not a lock that this server knows");
  }
  if (!spec.count_only()) return absl::OkStatus();
  if (spec.columns_size() > 0) {
    return Refuse("columns", "must be empty with `count_only`");
  }
  if (spec.order_by_size() > 0) {
    return Refuse("order_by", "must be empty with `count_only`");
  }
  if (spec.has_limit()) {
    return Refuse("limit", "must be unset with `count_only`");
  }
  return absl::OkStatus();
}

absl::Status AppendOrder(std::string& sql, const v1::SelectSpec& spec,
                         string_view qualifier, const catalog::Table& table) {
  for (int i = 0; i < spec.order_by_size(); ++i) {
    const v1::Order& order = spec.order_by(i);
    ASSIGN_OR_RETURN(const catalog::Column* column,
                     FindColumn(table, order.column(), [i] {
                       return absl::StrCat("order_by[", i, "].column");
                     }));
    sql += i == 0 ? " ORDER BY " : ", ";
    AppendColumn(sql, qualifier, *column);
    if (order.descending()) sql += " DESC";
  }
  return absl::OkStatus();
}

void AppendLimit(std::string& sql, const v1::SelectSpec& spec,
                 const Fragment& fragment) {
  if (spec.has_limit()) {
    const uint64_t most = spec.max_rows() == 0
                              ? spec.limit()
                              : std::min(spec.limit(), spec.max_rows());
    absl::StrAppend(&sql, " LIMIT ", most);
    if (spec.offset() != 0) absl::StrAppend(&sql, " OFFSET ", spec.offset());
  } else if (spec.max_rows() != 0 && !fragment.has_limit &&
             !spec.count_only()) {
    absl::StrAppend(&sql, " LIMIT ", spec.max_rows());
  }
}

// Appends a piece of the fragment, apart from what was put in before it.
void AppendPiece(std::string& sql, string_view piece) {
  if (!piece.empty() && piece.front() != ' ' && sql.back() != ' ') sql += ' ';
  absl::StrAppend(&sql, piece);
}

string_view LockClause(v1::Lock lock) {
  switch (lock) {
    case v1::LOCK_UPDATE:
      return " FOR UPDATE";
    case v1::LOCK_SHARE:
      return " LOCK IN SHARE MODE";
    default:
      return "";
  }
}

}  // namespace

absl::StatusOr<Plan> PlanSelect(const v1::SelectSpec& spec,
                                const catalog::Table& table,
                                auth::WhereLevel level) {
  ASSIGN_OR_RETURN(Fragment fragment,
                   ReadFragment(spec.filter(), table, level, "filter"));
  RETURN_IF_ERROR(CheckFields(spec, fragment));
  Plan plan;
  plan.verb = Verb::kSelect;
  plan.table = table.name();
  plan.max_rows = spec.max_rows();
  plan.may_dirty_session = fragment.may_dirty_session;
  std::string& sql = plan.sql;
  // A guess at the columns' length: one allocation for most statements.
  sql.reserve(fragment.sql.size() + table.columns().size() * 16 + 96);
  sql = "SELECT ";
  if (spec.count_only()) {
    sql += "COUNT(*) AS `count`";
  } else {
    RETURN_IF_ERROR(AppendColumns(sql, fragment.qualifier, table,
                                  spec.columns(), "columns"));
  }
  sql += " FROM ";
  catalog::AppendIdentifier(sql, table.name());
  const string_view text = fragment.sql;
  const size_t order_at = fragment.order_at;
  const size_t limit_at = fragment.limit_at;
  AppendPiece(sql, text.substr(0, order_at));
  RETURN_IF_ERROR(AppendOrder(sql, spec, fragment.qualifier, table));
  AppendPiece(sql, text.substr(order_at, limit_at - order_at));
  AppendLimit(sql, spec, fragment);
  AppendPiece(sql, text.substr(limit_at));
  absl::StrAppend(&sql, LockClause(spec.lock()));
  plan.parameters = std::move(fragment.parameters);
  return plan;
}

}  // namespace berth::plan
