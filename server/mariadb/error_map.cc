#include "server/mariadb/error_map.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"

namespace berth::mariadb {
namespace {

using absl::StatusCode;
using errors::Error;
using errors::Outcome;
using errors::Retry;

struct Entry {
  unsigned int errno_number;
  StatusCode code;
  const char* reason;
  Retry retry;
};

// Errors of the server, by number. Where a name helps, it is that of
// https://mariadb.com/kb/en/mariadb-error-code-reference/
constexpr Entry kEntries[] = {
    {1020, StatusCode::kAborted, errors::kWriteConflict, Retry::kTransaction},
    {1021, StatusCode::kResourceExhausted, errors::kResourceExhausted,
     Retry::kLater},
    {1022, StatusCode::kAlreadyExists, errors::kDuplicateKey, Retry::kNever},
    {1030, StatusCode::kInternal, errors::kInternal, Retry::kNever},
    {1037, StatusCode::kResourceExhausted, errors::kResourceExhausted,
     Retry::kLater},
    {1038, StatusCode::kResourceExhausted, errors::kResourceExhausted,
     Retry::kLater},
    {1041, StatusCode::kResourceExhausted, errors::kResourceExhausted,
     Retry::kLater},
    {1044, StatusCode::kPermissionDenied, errors::kPolicy, Retry::kNever},
    {1047, StatusCode::kUnavailable, errors::kDatabaseUnreachable,
     Retry::kLater},
    {1048, StatusCode::kInvalidArgument, errors::kNullNotAllowed,
     Retry::kNever},
    {1049, StatusCode::kNotFound, errors::kUnknownDatabase, Retry::kNever},
    {1051, StatusCode::kInvalidArgument, errors::kUnknownTable, Retry::kNever},
    {1053, StatusCode::kUnavailable, errors::kDatabaseUnreachable,
     Retry::kLater},
    {1054, StatusCode::kInvalidArgument, errors::kUnknownColumn, Retry::kNever},
    {1062, StatusCode::kAlreadyExists, errors::kDuplicateKey, Retry::kNever},
    {1064, StatusCode::kInvalidArgument, errors::kSyntax, Retry::kNever},
    {1077, StatusCode::kUnavailable, errors::kDatabaseUnreachable,
     Retry::kLater},
    {1079, StatusCode::kUnavailable, errors::kDatabaseUnreachable,
     Retry::kLater},
    {1114, StatusCode::kResourceExhausted, errors::kResourceExhausted,
     Retry::kLater},
    {1118, StatusCode::kInvalidArgument, errors::kValueTooLong, Retry::kNever},
    {1142, StatusCode::kPermissionDenied, errors::kPolicy, Retry::kNever},
    {1143, StatusCode::kPermissionDenied, errors::kPolicy, Retry::kNever},
    {1146, StatusCode::kInvalidArgument, errors::kUnknownTable, Retry::kNever},
    {1149, StatusCode::kInvalidArgument, errors::kSyntax, Retry::kNever},
    {1169, StatusCode::kAlreadyExists, errors::kDuplicateKey, Retry::kNever},
    {1205, StatusCode::kAborted, errors::kLockWaitTimeout, Retry::kTransaction},
    {1206, StatusCode::kAborted, errors::kDeadlock, Retry::kTransaction},
    {1213, StatusCode::kAborted, errors::kDeadlock, Retry::kTransaction},
    {1216, StatusCode::kFailedPrecondition, errors::kForeignKey, Retry::kNever},
    {1217, StatusCode::kFailedPrecondition, errors::kForeignKey, Retry::kNever},
    {1227, StatusCode::kPermissionDenied, errors::kPolicy, Retry::kNever},
    {1231, StatusCode::kInvalidArgument, errors::kValueOutOfRange,
     Retry::kNever},
    {1264, StatusCode::kInvalidArgument, errors::kValueOutOfRange,
     Retry::kNever},
    {1265, StatusCode::kInvalidArgument, errors::kValueOutOfRange,
     Retry::kNever},
    {1290, StatusCode::kUnavailable, errors::kReadOnly, Retry::kLater},
    {1292, StatusCode::kInvalidArgument, errors::kValueOutOfRange,
     Retry::kNever},
    {1317, StatusCode::kCancelled, errors::kCancelled, Retry::kTransaction},
    {1364, StatusCode::kInvalidArgument, errors::kNullNotAllowed,
     Retry::kNever},
    {1365, StatusCode::kInvalidArgument, errors::kValueOutOfRange,
     Retry::kNever},
    {1366, StatusCode::kInvalidArgument, errors::kValueOutOfRange,
     Retry::kNever},
    {1369, StatusCode::kFailedPrecondition, errors::kCheckConstraint,
     Retry::kNever},
    {1370, StatusCode::kPermissionDenied, errors::kPolicy, Retry::kNever},
    {1402, StatusCode::kAborted, errors::kTransactionLost, Retry::kTransaction},
    {1406, StatusCode::kInvalidArgument, errors::kValueTooLong, Retry::kNever},
    {1412, StatusCode::kAborted, errors::kWriteConflict, Retry::kTransaction},
    {1451, StatusCode::kFailedPrecondition, errors::kForeignKey, Retry::kNever},
    {1452, StatusCode::kFailedPrecondition, errors::kForeignKey, Retry::kNever},
    {1461, StatusCode::kResourceExhausted, errors::kResourceExhausted,
     Retry::kLater},
    {1586, StatusCode::kAlreadyExists, errors::kDuplicateKey, Retry::kNever},
    {1613, StatusCode::kAborted, errors::kDeadlock, Retry::kTransaction},
    {1614, StatusCode::kAborted, errors::kDeadlock, Retry::kTransaction},
    {1615, StatusCode::kAborted, errors::kSchemaDrift, Retry::kStatement},
    {1644, StatusCode::kFailedPrecondition, errors::kCheckConstraint,
     Retry::kNever},
    {1690, StatusCode::kInvalidArgument, errors::kValueOutOfRange,
     Retry::kNever},
    {1792, StatusCode::kFailedPrecondition, errors::kReadOnly, Retry::kNever},
    {1836, StatusCode::kUnavailable, errors::kReadOnly, Retry::kLater},
    {1969, StatusCode::kDeadlineExceeded, errors::kDeadlineExecute,
     Retry::kNever},
    {4025, StatusCode::kFailedPrecondition, errors::kCheckConstraint,
     Retry::kNever},
};

static_assert(std::is_sorted(std::begin(kEntries), std::end(kEntries),
                             [](const Entry& a, const Entry& b) {
                               return a.errno_number < b.errno_number;
                             }));

const Entry* Find(unsigned int errno_number) {
  const Entry* found =
      std::lower_bound(std::begin(kEntries), std::end(kEntries), errno_number,
                       [](const Entry& entry, unsigned int number) {
                         return entry.errno_number < number;
                       });
  return found != std::end(kEntries) && found->errno_number == errno_number
             ? found
             : nullptr;
}

// Errors of the client library; those of the server are 1000 to 1999 and 3000
// to 4999.
bool IsClientError(unsigned int number) {
  return (number >= 2000 && number < 3000) || number >= 5000;
}

// Errors of the server after which nobody knows what became of the statement:
// it lost its client meanwhile, or failed in the midst of the commit.
bool IsInDoubt(unsigned int number, ErrorContext::Effect effect) {
  switch (number) {
    case 1053:  // Shutdown.
    case 1077:
    case 1079:
      return effect == ErrorContext::Effect::kCommit;
    case 1156:  // Network errors, as the server saw them.
    case 1157:
    case 1158:
    case 1159:
    case 1160:
    case 1161:
    case 1180:  // COMMIT or ROLLBACK failed.
    case 1181:
    case 1184:  // Aborted connection.
    case 1927:  // Killed connection.
      return true;
    default:
      return false;
  }
}

Error WithNumbers(Error error, const DatabaseError& database) {
  error.With("errno", absl::StrCat(database.errno_number));
  if (!database.sqlstate.empty()) error.With("sqlstate", database.sqlstate);
  return error;
}

// Nobody knows whether the statement arrived; what it was decides.
Error Lost(const DatabaseError& database, const ErrorContext& context) {
  if (context.effect == ErrorContext::Effect::kCommit ||
      (context.effect == ErrorContext::Effect::kWrite &&
       !context.in_transaction)) {
    return Error(StatusCode::kUnknown, errors::kOutcomeUnknown)
        .Message(absl::StrCat(
            "the connection to MariaDB was lost after the write was sent; "
            "it may or may not have happened: ",
            database.message))
        .Is(Outcome::kUnknown)
        .Is(Retry::kWithKey);
  }
  if (context.in_transaction) {
    return Error(StatusCode::kAborted, errors::kTransactionLost)
        .Message(absl::StrCat(
            "the connection to MariaDB was lost within a transaction, which "
            "is rolled back: ",
            database.message))
        .Is(Retry::kTransaction);
  }
  return Error(StatusCode::kUnavailable, errors::kConnectionLost)
      .Message(absl::StrCat("the connection to MariaDB was lost: ",
                            database.message))
      .Is(Retry::kStatement);
}

}  // namespace

absl::Status StatementError(const DatabaseError& database,
                            const ErrorContext& context) {
  if (IsClientError(database.errno_number) ||
      IsInDoubt(database.errno_number, context.effect)) {
    return WithNumbers(Lost(database, context), database)
        .With("phase", context.phase);
  }
  const Entry* entry = Find(database.errno_number);
  // Any other statement that failed in the server did nothing.
  Error error =
      entry != nullptr
          ? Error(entry->code, entry->reason).Is(entry->retry)
          : Error(StatusCode::kInvalidArgument, errors::kStatementError);
  error.Message(database.message);
  return WithNumbers(error, database).With("phase", context.phase);
}

namespace {

// Whether a handshake failed because of what the other side is, rather than
// because the connection broke.
bool RefusedByTls(const DatabaseError& database) {
  return database.errno_number == 2026 &&
         (absl::StrContains(database.message, "ertificate") ||
          absl::StrContains(database.message, "SSL is required") ||
          absl::StrContains(database.message, "not support"));
}

}  // namespace

absl::Status ConnectError(const DatabaseError& database) {
  if (RefusedByTls(database)) {
    return WithNumbers(
               Error(StatusCode::kInternal, errors::kDatabaseMisconfigured)
                   .Message(absl::StrCat("MariaDB's TLS is refused: ",
                                         database.message))
                   .Is(Retry::kLater),
               database)
        .With("phase", "CONNECT");
  }
  switch (database.errno_number) {
    case 1049:
      return WithNumbers(Error(StatusCode::kNotFound, errors::kUnknownDatabase)
                             .Message(database.message),
                         database);
    case 1044:
    case 1045:
    case 1698:
    case 2049:
    case 2059:
    case 2061:
    case 5010:
      return WithNumbers(
                 Error(StatusCode::kInternal, errors::kDatabaseMisconfigured)
                     .Message(absl::StrCat("the service's account is refused "
                                           "by MariaDB: ",
                                           database.message))
                     .Is(Retry::kLater),
                 database)
          .With("phase", "CONNECT");
    case 1040:
    case 1203:
    case 1226:
      return WithNumbers(Error(StatusCode::kResourceExhausted,
                               errors::kResourceExhausted)
                             .Message(database.message)
                             .Is(Retry::kLater)
                             .RetryAfter(absl::Seconds(1)),
                         database)
          .With("phase", "CONNECT");
    default:
      return WithNumbers(
                 Error(StatusCode::kUnavailable, errors::kDatabaseUnreachable)
                     .Message(absl::StrCat("MariaDB cannot be reached: ",
                                           database.message))
                     .Is(Retry::kLater)
                     .RetryAfter(absl::Milliseconds(500)),
                 database)
          .With("phase", "CONNECT");
  }
}

bool IsFatal(unsigned int errno_number) {
  switch (errno_number) {
    case 1047:  // The node is not part of its cluster.
    case 1053:  // Shutdown.
    case 1077:
    case 1079:
    case 1153:  // Packet too large: MariaDB hangs up.
    case 1156:
    case 1157:
    case 1158:
    case 1159:
    case 1160:
    case 1161:
    case 1180:  // COMMIT or ROLLBACK failed.
    case 1181:
    case 1184:
    case 1290:  // Read-only: the wrong server after a failover.
    case 1836:
    case 1927:
      return true;
    default:
      return IsClientError(errno_number);
  }
}

bool EndsTransaction(unsigned int errno_number) {
  switch (errno_number) {
    case 1020:
    case 1206:
    case 1213:
    case 1402:
    case 1412:
    case 1613:
    case 1614:
      return true;
    default:
      return false;
  }
}

}  // namespace berth::mariadb
