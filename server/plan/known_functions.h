// Words that MariaDB itself understands before a parenthesis.
#ifndef BERTH_SERVER_PLAN_KNOWN_FUNCTIONS_H_
#define BERTH_SERVER_PLAN_KNOWN_FUNCTIONS_H_

#include "absl/strings/string_view.h"

namespace berth::plan {

enum class WordKind {
  // A function of MariaDB, or a word of its grammar such as IN or VALUES.
  kHarmless,
  // A function of MariaDB that leaves a trace in the session.
  kStateful,
  // Perhaps a stored function.
  kUnknown,
};

// What an unqualified, unquoted word means before a parenthesis; `gap` says
// whether blanks stand between, for with them COUNT is no word of MariaDB's.
WordKind KindOf(absl::string_view word, bool gap);

}  // namespace berth::plan

#endif  // BERTH_SERVER_PLAN_KNOWN_FUNCTIONS_H_
