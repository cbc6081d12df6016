// Every fixed number of the server, with its unit and its reason.
#ifndef BERTH_SERVER_BASE_LIMITS_H_
#define BERTH_SERVER_BASE_LIMITS_H_

#include <cstddef>
#include <cstdint>

namespace berth::limits {

// Bytes of an error's message. Message and details together stay below 4 KiB:
// above 8 KiB of headers gRPC drops them all, and it sends the message twice,
// once with three bytes for each that is not ASCII, and the details in base64.
inline constexpr size_t kErrorMessageBytes = 1024;
// Bytes of one value of an error's metadata: an identifier fits.
inline constexpr size_t kErrorMetadataBytes = 256;
// Bytes of all its metadata with their keys; what has no room is cut.
inline constexpr size_t kErrorMetadataTotalBytes = 1024;
// Field violations of one error.
inline constexpr size_t kErrorFields = 4;
// Bytes of the path of one field violation, and of its description.
inline constexpr size_t kErrorFieldBytes = 128;

// Bytes of a fragment in `Filter.where`.
inline constexpr size_t kFragmentBytes = 64 * 1024;
// Words and signs of a fragment that is parsed, and how deep its parentheses
// and signs may be nested: parser and MariaDB need stack for them.
inline constexpr size_t kStrictTokens = 4096;
inline constexpr int kStrictNesting = 32;
// Rows of one insert; more belong into a bulk insert.
inline constexpr int kInsertRows = 10'000;
// Bytes of the rows of a bulk insert that are executed at once: more makes it
// no faster, and the shard waits while libmariadb copies them.
inline constexpr uint64_t kBatchBytes = 1024 * 1024;
// Seconds that a bulk insert, which holds locks, waits for its client: for its
// next message, or for it to take an answer.
inline constexpr int kBulkIdleSeconds = 10;
// Values of one list parameter.
inline constexpr int kListValues = 10'000;
// Placeholders of one statement: MariaDB's own limit.
inline constexpr size_t kPlaceholders = 65'535;
// Bytes of an identifier in MariaDB, in characters.
inline constexpr size_t kIdentifierCharacters = 64;

// Rows of a unary answer without `max_rows`.
inline constexpr uint64_t kUnaryRows = 10'000;
// Bytes of rows in a unary answer: below the 4 MiB that every gRPC client
// receives by default.
inline constexpr size_t kUnaryBytes = 3 * 1024 * 1024;
// Bytes of rows in the first and in the further chunks of a streamed result:
// the first one early, the rest large.
inline constexpr size_t kFirstChunkBytes = 64 * 1024;
inline constexpr size_t kChunkBytes = 256 * 1024;
// Bytes of the largest row that a streamed result gives in one message; a
// larger one is cut into messages of about this size, within its values.
inline constexpr size_t kStreamRowBytes = 1024 * 1024;
// Tables of one page of a list.
inline constexpr int kPageSize = 1000;
// Bytes of `RequestOptions.tag`.
inline constexpr size_t kTagBytes = 64;
// Bytes of a received message.
inline constexpr int kMessageBytes = 20 * 1024 * 1024;

// Bytes of the requests of one session that wait for their turn. A client that
// sends more at once does not read its answers.
inline constexpr size_t kPipelineBytes = 64 * 1024 * 1024;
// The longest time that a session may ask to hold an idle connection: MariaDB's
// own `wait_timeout`, which each connection is given.
inline constexpr int kLeaseIdleHours = 8;
// Prepared statements that a session has open: MariaDB has room for 16,382 of
// all its connections together.
inline constexpr size_t kSessionStatements = 256;
// Cursors that a session has open: MariaDB keeps the rows of each in a table of
// its own.
inline constexpr size_t kSessionCursors = 32;
// Steps of a transaction program, and how deep a condition of one may be.
inline constexpr int kProgramSteps = 1000;
inline constexpr int kConditionDepth = 16;
// Characters of the id of a step.
inline constexpr size_t kStepIdCharacters = 64;
// How often a transaction program is run at most: as the caller may say, and
// where the caller says nothing.
inline constexpr uint32_t kProgramAttempts = 100;
inline constexpr uint32_t kDefaultProgramAttempts = 10;

// Bytes of a user's name in the users file, and of one in the log.
inline constexpr size_t kUserNameBytes = 64;
// What a password hash of the users file may cost to check: KiB of memory, and
// passes over it.
inline constexpr uint32_t kPasswordHashKiB = 256 * 1024;
inline constexpr uint32_t kPasswordPasses = 10;
// Passwords that are checked at once, each with 64 MiB and one core, and those
// that may wait for it besides. The hash is slow on purpose: a flood of wrong
// ones must leave the rest of the service alone.
inline constexpr int kPasswordThreads = 2;
inline constexpr size_t kPasswordQueue = 16;
// Minutes without a call after which right credentials are checked anew.
inline constexpr int kLoginIdleMinutes = 10;
// Refused calls that are logged in one second.
inline constexpr int kRefusalLines = 10;

// Databases that an embedded server creates on first use.
inline constexpr int kCreatedDatabases = 16;

}  // namespace berth::limits

#endif  // BERTH_SERVER_BASE_LIMITS_H_
