// Finds out what functions a text in SQL calls.
#ifndef BERTH_SERVER_PLAN_CALLS_H_
#define BERTH_SERVER_PLAN_CALLS_H_

#include "absl/strings/string_view.h"
#include "server/catalog/tokenizer.h"

namespace berth::plan {

// What the functions that a text calls may do beside giving a value.
struct Calls {
  Calls() = default;

  // One of MariaDB's own leaves a trace in the session: GET_LOCK, NEXTVAL, …
  bool stateful = false;
  // One that is not MariaDB's own is called: a stored one may do anything.
  bool routine = false;
};

// Looks for calls in a whole statement, whatever it is. Reads literals and
// comments like the rest, so that no mode of the server and no comment that
// MariaDB executes can hide a call: it finds too many, never too few. A view or
// a trigger that calls a function is beyond it.
Calls FindCalls(absl::string_view text);

// The same for the tokens of a fragment.
Calls FindCalls(const catalog::Tokens& tokens);

}  // namespace berth::plan

#endif  // BERTH_SERVER_PLAN_CALLS_H_
