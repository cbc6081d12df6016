// What is refused because of a principal's level.
#ifndef BERTH_SERVER_PLAN_WHERE_POLICY_H_
#define BERTH_SERVER_PLAN_WHERE_POLICY_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/auth/where_level.h"
#include "server/catalog/tokenizer.h"

namespace berth::plan {

// Checks a fragment for the level `clauses`: without variables, INTO,
// PROCEDURE, set operations, sequences, recursion, tables of MariaDB's own
// databases, functions that MayPrecedeParenthesis does not know, and what
// MariaDB reads differently in another sql_mode or character set. `field` is
// the path of the text. Fails with POLICY.
absl::Status CheckClauses(const catalog::Tokens& tokens,
                          absl::string_view field);

// POLICY for what the level `strict` does not know but another one lets
// through, which the message names: `what` at `offset` of the text.
absl::Status BeyondStrict(const catalog::Tokens& tokens,
                          absl::string_view field, absl::string_view what,
                          size_t offset);

// A token's text for a message, shortened, in back quotes.
std::string Shown(const catalog::Token& token);

}  // namespace berth::plan

#endif  // BERTH_SERVER_PLAN_WHERE_POLICY_H_
