// A plan: everything that running a request needs, as data.
#ifndef BERTH_SERVER_PLAN_PLAN_H_
#define BERTH_SERVER_PLAN_PLAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "berth/v1/value.pb.h"

namespace berth::plan {

// What kind of statement a plan runs; decides how its answer is read and
// whether its loss is ambiguous.
enum class Verb { kSelect, kInsert, kUpdate, kDelete, kExecute };

// What is lost with the connection while a statement runs.
enum class Effect {
  kRead,     // Nothing.
  kWrite,    // A write, undone with its transaction if it is in one.
  kCommit,   // A write that commits: COMMIT, DDL and whatever is not known.
  kSeveral,  // CALL: several statements, each of which may commit.
};

// A statement with its parameters. The parameters point into the request,
// which must outlive the plan.
struct Plan {
  Plan() = default;

  Verb verb = Verb::kSelect;
  Effect effect = Effect::kRead;
  // The table, for errors and rights; empty for Execute.
  std::string table;
  // The text, with `?` placeholders. Identifiers are quoted.
  std::string sql;
  // One for each placeholder, none of them a list or a DEFAULT.
  std::vector<const v1::Value*> parameters;
  // The most rows to answer; 0: no cap.
  uint64_t max_rows = 0;
  // Whether the text may leave traces in the session that MariaDB does not
  // report: set for raw SQL and for fragments with `:=` or locking functions.
  bool may_dirty_session = false;
  // Whether the text commits and does nothing else: it is awaited, not killed.
  bool commits = false;
  // For an insert: whether its answer should tell generated ids, and which
  // column of the returned rows has them (-1: none; use the last insert id).
  bool wants_generated_ids = false;
  int generated_id_column = -1;
  // For an insert: whether the caller asked for the returned rows.
  bool wants_returned_rows = false;
  // For an insert: how many of the returned columns the caller asked for; the
  // id column comes after these if only the planner wants it.
  int returned_columns = 0;
  // For an insert: the number of rows given.
  int row_count = 0;
};

}  // namespace berth::plan

#endif  // BERTH_SERVER_PLAN_PLAN_H_
