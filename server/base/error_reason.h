// The stable reasons of errors, as in ErrorInfo.reason. Never renamed.
#ifndef BERTH_SERVER_BASE_ERROR_REASON_H_
#define BERTH_SERVER_BASE_ERROR_REASON_H_

namespace berth::errors {

inline constexpr char kDomain[] = "berth";

// The request.
inline constexpr char kInvalidField[] = "INVALID_FIELD";
inline constexpr char kUnknownTable[] = "UNKNOWN_TABLE";
inline constexpr char kUnknownColumn[] = "UNKNOWN_COLUMN";
inline constexpr char kUnknownDatabase[] = "UNKNOWN_DATABASE";
inline constexpr char kNotImplemented[] = "NOT_IMPLEMENTED";
inline constexpr char kLimit[] = "LIMIT";

// The statement.
inline constexpr char kSyntax[] = "SYNTAX";
inline constexpr char kValueOutOfRange[] = "VALUE_OUT_OF_RANGE";
inline constexpr char kValueTooLong[] = "VALUE_TOO_LONG";
inline constexpr char kNullNotAllowed[] = "NULL_NOT_ALLOWED";
inline constexpr char kDuplicateKey[] = "DUPLICATE_KEY";
inline constexpr char kForeignKey[] = "FOREIGN_KEY";
inline constexpr char kCheckConstraint[] = "CHECK_CONSTRAINT";
inline constexpr char kReadOnly[] = "READ_ONLY";
inline constexpr char kStatementError[] = "STATEMENT_ERROR";

// The schema.
inline constexpr char kSchemaConflict[] = "SCHEMA_CONFLICT";
inline constexpr char kSchemaDrift[] = "SCHEMA_DRIFT";

// Rights and identity.
inline constexpr char kPolicy[] = "POLICY";
inline constexpr char kCredentials[] = "CREDENTIALS";

// Transactions.
inline constexpr char kDeadlock[] = "DEADLOCK";
inline constexpr char kWsrepConflict[] = "WSREP_CONFLICT";
inline constexpr char kWriteConflict[] = "WRITE_CONFLICT";
inline constexpr char kLockWaitTimeout[] = "LOCK_WAIT_TIMEOUT";
inline constexpr char kTransactionLost[] = "TRANSACTION_LOST";
inline constexpr char kRefUnresolved[] = "REF_UNRESOLVED";
inline constexpr char kAssertion[] = "ASSERTION";
inline constexpr char kTxIdleTimeout[] = "TX_IDLE_TIMEOUT";
inline constexpr char kTxMaxTime[] = "TX_MAX_TIME";

// Sessions.
inline constexpr char kSessionState[] = "SESSION_STATE";
inline constexpr char kChainSkipped[] = "CHAIN_SKIPPED";
inline constexpr char kLeaseIdle[] = "LEASE_IDLE";
inline constexpr char kLeaseAge[] = "LEASE_AGE";
inline constexpr char kCancelled[] = "CANCELLED";

// Resources and the database's state.
inline constexpr char kPoolWait[] = "POOL_WAIT";
inline constexpr char kQueueFull[] = "QUEUE_FULL";
inline constexpr char kDatabaseUnreachable[] = "DATABASE_UNREACHABLE";
inline constexpr char kDatabaseMisconfigured[] = "DATABASE_MISCONFIGURED";
inline constexpr char kDraining[] = "DRAINING";
inline constexpr char kConnectionLost[] = "CONNECTION_LOST";
inline constexpr char kOutcomeUnknown[] = "OUTCOME_UNKNOWN";
inline constexpr char kResourceExhausted[] = "DATABASE_RESOURCES";
inline constexpr char kInternal[] = "INTERNAL";

// Deadlines: where the time went.
inline constexpr char kDeadlineQueue[] = "QUEUE";
inline constexpr char kDeadlineExecute[] = "EXECUTE";
inline constexpr char kDeadlineFetch[] = "FETCH";

}  // namespace berth::errors

#endif  // BERTH_SERVER_BASE_ERROR_REASON_H_
