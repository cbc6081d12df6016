// Decides what a fragment is: a condition, or the rest of a statement.
#ifndef BERTH_SERVER_PLAN_FRAGMENT_START_H_
#define BERTH_SERVER_PLAN_FRAGMENT_START_H_

#include "server/catalog/table.h"
#include "server/catalog/tokenizer.h"

namespace berth::plan {

enum class FragmentStart {
  // Nothing but blanks.
  kEmpty,
  // `email = ?`, `published order by id`: needs a WHERE before it.
  kCondition,
  // `where …`, `order by …`, `join …`, `, other o where …`.
  kClause,
  // `p order by p.id`, `u join posts p on …`: the table's alias comes first.
  kAlias,
};

// The one place that decides. A word that is a column of the table begins a
// condition; another one before a clause is an alias.
FragmentStart StartOfFragment(const catalog::Tokens& tokens,
                              const catalog::Table& table);

}  // namespace berth::plan

#endif  // BERTH_SERVER_PLAN_FRAGMENT_START_H_
