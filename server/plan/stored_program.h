// What stored programs may do to the transaction around them.
#ifndef BERTH_SERVER_PLAN_STORED_PROGRAM_H_
#define BERTH_SERVER_PLAN_STORED_PROGRAM_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace berth::plan {

// A procedure as a statement names it.
struct ProcedureName {
  ProcedureName() = default;

  // Empty: that of the session.
  std::string database;
  std::string name;
};

// The procedure that `CALL …` calls. Nothing for any other statement, and where
// the text has comments or a semicolon.
std::optional<ProcedureName> CalledProcedure(absl::string_view statement);

// Whether the body of a procedure, or a compound statement, may commit by
// itself, or go on after an error that has rolled the transaction back: it
// contains COMMIT, DDL or another statement that commits, another CALL, dynamic
// SQL, or a handler for more than NOT FOUND. Also true where such a word is
// only a name or in a comment. Functions and triggers that it uses can do
// neither. Not for bodies of the mode ORACLE, which are written otherwise.
bool MayEndTransaction(absl::string_view body);

}  // namespace berth::plan

#endif  // BERTH_SERVER_PLAN_STORED_PROGRAM_H_
