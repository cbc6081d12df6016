// The words that fragments below the level `raw` may use.
#ifndef BERTH_SERVER_PLAN_WHERE_WORDS_H_
#define BERTH_SERVER_PLAN_WHERE_WORDS_H_

#include "absl/strings/string_view.h"

namespace berth::plan {

// All names are compared without regard to case.

// Whether this is a function of the level `strict`: it reads nothing but its
// arguments and the clock, leaves no trace, waits for nothing, and its result
// is not much longer than its arguments. proto/README.md lists them.
bool IsStrictFunction(absl::string_view name);

// Whether a function of `strict` may stand without parentheses.
bool IsBareFunction(absl::string_view name);

// Whether this may stand before a parenthesis at the level `clauses`: a
// function of MariaDB that reads nothing but its arguments, the rows and the
// clock, or a word that is no function. Everything else may be a function that
// waits, writes, reads files, or is stored in a database.
bool MayPrecedeParenthesis(absl::string_view word);

// Whether this word begins or continues something that `strict` does not
// know, such as a subquery or a join.
bool IsWordBeyondStrict(absl::string_view word);

}  // namespace berth::plan

#endif  // BERTH_SERVER_PLAN_WHERE_WORDS_H_
