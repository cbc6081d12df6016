// MariaDB's error numbers as errors of the API: one table, one place.
#ifndef BERTH_SERVER_MARIADB_ERROR_MAP_H_
#define BERTH_SERVER_MARIADB_ERROR_MAP_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace berth::mariadb {

// An error as libmariadb tells it.
struct DatabaseError {
  DatabaseError() = default;
  DatabaseError(unsigned int number, absl::string_view state,
                absl::string_view text)
      : errno_number(number), sqlstate(state), message(text) {}

  unsigned int errno_number = 0;
  std::string sqlstate;
  std::string message;
};

// What was going on when an error came: it decides what the caller can know.
struct ErrorContext {
  ErrorContext() = default;

  // What is lost with the connection.
  enum class Effect { kNone, kWrite, kCommit };
  Effect effect = Effect::kNone;
  // Whether a transaction was open, or autocommit off.
  bool in_transaction = false;
  // EXECUTE or FETCH, for the metadata.
  const char* phase = "EXECUTE";
};

// The error of a statement. An error of the server means that the statement
// did nothing; a lost connection means that nobody knows, unless it was a read
// or within a transaction that is now gone.
absl::Status StatementError(const DatabaseError& error,
                            const ErrorContext& context);

// The error of an attempt to connect: nothing was sent, nothing happened.
absl::Status ConnectError(const DatabaseError& error);

// Whether the connection cannot be used any more.
bool IsFatal(unsigned int errno_number);

// Whether MariaDB has rolled the whole transaction back with this error while
// the client's flags still say otherwise.
bool EndsTransaction(unsigned int errno_number);

}  // namespace berth::mariadb

#endif  // BERTH_SERVER_MARIADB_ERROR_MAP_H_
