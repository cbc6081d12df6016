// Which statements have no place in a program.
#ifndef BERTH_SERVER_PROGRAM_STATEMENT_CHECK_H_
#define BERTH_SERVER_PROGRAM_STATEMENT_CHECK_H_

#include "absl/strings/string_view.h"

namespace berth::program {

// Whether a statement ends its transaction, begins one, or commits it by the
// way, as DDL does. Read from its first words; comments, also those that
// MariaDB executes, do not hide them. What is hidden in a procedure or in
// EXECUTE IMMEDIATE shows only when it runs.
bool EndsTransaction(absl::string_view sql);

}  // namespace berth::program

#endif  // BERTH_SERVER_PROGRAM_STATEMENT_CHECK_H_
