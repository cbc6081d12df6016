// Reads the fragment of SQL in a filter.
#ifndef BERTH_SERVER_PLAN_FRAGMENT_H_
#define BERTH_SERVER_PLAN_FRAGMENT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "berth/v1/query.pb.h"
#include "server/auth/where_level.h"
#include "server/catalog/table.h"
#include "server/catalog/tokenizer.h"
#include "server/plan/fragment_start.h"

namespace berth::plan {

// A fragment, ready to follow the table's name.
struct Fragment {
  Fragment() = default;

  FragmentStart start = FragmentStart::kEmpty;
  // With a leading blank, and a WHERE if it is a condition; or empty.
  std::string sql;
  // One for each placeholder.
  std::vector<const v1::Value*> parameters;
  // The quoted name by which columns of the table are to be qualified; empty:
  // they need not be.
  std::string qualifier;

  bool has_where = false;
  bool has_order_by = false;
  bool has_limit = false;
  bool has_lock = false;
  // A clause that fits neither an UPDATE nor a DELETE; empty: none.
  std::string read_clause;
  // Where in `sql` an ORDER BY and a LIMIT can be put in: before a LIMIT, and
  // before what must come after one, such as FOR UPDATE.
  size_t order_at = 0;
  size_t limit_at = 0;
  bool may_dirty_session = false;
};

// Reads the filter of a statement on `table`, written by somebody of that
// level. `field` is its path, such as `filter`. Fails with INVALID_FIELD for
// what Tokenize refuses and for parameters that do not fit, with LIMIT for a
// text that is too long, below the level kRaw as CheckClauses does, and at the
// level kStrict as ReadStrictFragment does.
absl::StatusOr<Fragment> ReadFragment(const v1::Filter& filter,
                                      const catalog::Table& table,
                                      auth::WhereLevel level,
                                      absl::string_view field);

// Checks that a fragment suits an UPDATE or a DELETE: without joins, alias and
// clauses of a read; and either one that says which rows, or `all_rows`.
absl::Status CheckForWrite(const Fragment& fragment, bool all_rows,
                           absl::string_view field);

// Whether a text may leave a trace in the session that MariaDB does not
// report: an assignment to a variable, a lock, a sequence, a stored function.
bool MayDirtySession(const catalog::Tokens& tokens);

}  // namespace berth::plan

#endif  // BERTH_SERVER_PLAN_FRAGMENT_H_
