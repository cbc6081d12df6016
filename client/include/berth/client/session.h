// A session: one connection to MariaDB, held through the service.
#ifndef BERTH_CLIENT_SESSION_H_
#define BERTH_CLIENT_SESSION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "berth/client/export.h"
#include "berth/client/row_stream.h"
#include "berth/client/session_connection.h"
#include "berth/client/value.h"
#include "berth/client/wire_message.h"
#include "berth/v1/query.pb.h"
#include "berth/v1/result.pb.h"
#include "berth/v1/session.pb.h"

namespace berth::client {

namespace internal {
class TransactionRunner;
}  // namespace internal

// One session, from `Client::OpenSession` to `End` or the destructor.
//
// Statements run one after another on one connection to MariaDB. A failed
// statement leaves the session usable; a lost connection or a deadline ends it
// (`Alive` is false then), and an open transaction is rolled back. Nothing is
// repeated: a session has state. `Client::RunTransaction` repeats from the
// start.
//
// Move-only, because it owns the connection. The destructor of a session that
// was not ended cancels it: the service rolls back and cleans up. It does not
// block on the network.
//
// Thread safety: none; a session belongs to one thread at a time.
//
// Example:
//
//   ASSIGN_OR_RETURN(Session session, client.OpenSession());
//   RETURN_IF_ERROR(session.Begin());
//   RETURN_IF_ERROR(session.Insert(order).status());
//   RETURN_IF_ERROR(session.Commit());
//   return session.End();
class BERTH_CLIENT_EXPORT Session {
 public:
  // For connections and mocks; programs call `Client::OpenSession`.
  explicit Session(std::unique_ptr<SessionConnection> connection);

  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  // Reads rows of one table, without a cap unless `max_rows` is set. The rows
  // of a long answer are put together.
  absl::StatusOr<v1::ResultChunk> Select(v1::SelectSpec spec);
  // Inserts one or several rows, all or none.
  absl::StatusOr<v1::WriteResult> Insert(v1::InsertSpec spec);
  // Changes the rows that the filter matches.
  absl::StatusOr<v1::WriteResult> Update(v1::UpdateSpec spec);
  // Deletes the rows that the filter matches.
  absl::StatusOr<v1::WriteResult> Delete(v1::DeleteSpec spec);
  // Runs a statement in SQL; the answer has one result, or several of a CALL.
  absl::StatusOr<std::vector<v1::ResultChunk>> Execute(v1::Statement statement);
  // The same for valid UTF-8 and parameters.
  absl::StatusOr<std::vector<v1::ResultChunk>> Execute(
      absl::string_view sql, std::vector<v1::Value> parameters = {});

  // Begins a transaction; `SESSION_STATE` within one.
  absl::Status Begin(v1::Begin begin = {});
  // Commits; an error with the outcome UNKNOWN means exactly that.
  absl::Status Commit();
  // Rolls back; does nothing where no transaction is open.
  absl::Status Rollback();
  // Sets, releases or returns to a savepoint.
  absl::Status Savepoint(v1::Savepoint savepoint);
  // Switches autocommit; on commits an open transaction.
  absl::Status SetAutocommit(bool enabled);
  // Sets a savepoint of the open transaction.
  absl::Status SetSavepoint(absl::string_view name);
  // Undoes what came after the savepoint, which stays.
  absl::Status RollbackTo(absl::string_view name);
  // Forgets the savepoint, and keeps what came after it.
  absl::Status ReleaseSavepoint(absl::string_view name);
  // Asks MariaDB for a sign of life.
  absl::Status Ping();
  // Rolls back and brings the session's state back to that of a new one:
  // prepared statements, cursors, variables, temporary tables and locks are
  // gone.
  absl::Status Reset();

  // Prepares a statement. Its handle, for the functions below and for
  // `Statement.prepared`, lives until it is closed or the session ends or is
  // reset. Worth it for statements that take long data or open a cursor: those
  // in SQL are prepared by the service and kept, too.
  absl::StatusOr<v1::Prepared> Prepare(absl::string_view sql);
  // Runs it with one value for each placeholder.
  absl::StatusOr<std::vector<v1::ResultChunk>> ExecutePrepared(
      uint32_t handle, std::vector<v1::Value> parameters = {});
  // Adds a piece to the value of a parameter (from 0) of the next run, which
  // has `LongData()` in its place.
  absl::Status SendLongData(uint32_t handle, uint32_t parameter,
                            std::string bytes);
  // Closes a prepared statement, and its cursor.
  absl::Status ClosePrepared(uint32_t handle);

  // Opens a cursor for a SELECT, in SQL or prepared, so that other statements
  // may run while its rows are read. Slower than `SelectStream`.
  absl::StatusOr<v1::CursorOpened> OpenCursor(v1::Statement statement);
  // Reads the next rows, 0: all that are left. `end().truncated()` tells
  // whether more may be left.
  absl::StatusOr<v1::ResultChunk> Fetch(uint32_t cursor, uint64_t max_rows);
  absl::Status CloseCursor(uint32_t cursor);

  // Reads rows of one table, or runs a statement in SQL, and reads the rows as
  // they come. Returns when the first ones are there. Until the stream has
  // ended or is gone, the session must stay where it is and do nothing else.
  // Ending it early ends the statement, not the session, and waits until the
  // service has done so.
  absl::StatusOr<RowStream> SelectStream(v1::SelectSpec spec);
  absl::StatusOr<RowStream> ExecuteStream(v1::Statement statement);

  // Limits the requests from here on: the service ends one that takes longer,
  // its waits included, with `EXECUTE`, `FETCH` or `QUEUE`, and the session
  // goes on, as its transaction does. Zero: no limit but the client's own,
  // after which a session is over. COMMIT is awaited in any case.
  void LimitRequests(absl::Duration timeout);

  // Ends a request that was sent and is not answered: its answer is then
  // `CANCELLED`, or as if nothing had been, if it was done by then. The session
  // goes on. A COMMIT under way is awaited.
  absl::Status CancelRequest(uint32_t request_id);

  // Ends the session in good order: rolls back what is open and keeps the
  // stream for the next session. The session is over, whatever is returned. A
  // second call does nothing.
  //
  // Waits for the service, 10 s at most, where a transaction is open; else the
  // answer is collected when the stream is used next, and what the session held
  // (user locks, temporary tables) is gone a moment after the return.
  absl::Status End();

  // Ends the session and makes the object one that opens with its next request,
  // with the same options, in one message with it. Until then what the session
  // held is not free: `End` is for whoever has no next request at hand. False,
  // and nothing is changed, where the session is lost, has a transaction open
  // or an answer to come.
  bool Renew();

  // Drops the session at once, without an exchange with the service.
  void Cancel();

  // Whether the session can still be used, as far as is known by now.
  bool Alive();

  // The state that MariaDB reported with the last answer.
  const v1::SessionState& state() const;

  // Sends any request and waits for its answer, all messages of it. Sets
  // `request_id`. An error answer is returned as a status.
  absl::StatusOr<std::vector<v1::SessionResponse>> Call(
      v1::SessionRequest request,
      std::optional<absl::Duration> timeout = std::nullopt);

  // Pipelining: sends a request without waiting and returns its id. Answers
  // come in the order of the requests; each must be received. Blocks only
  // while the connection takes no more.
  absl::StatusOr<uint32_t> Send(
      v1::SessionRequest request,
      std::optional<absl::Duration> timeout = std::nullopt);

  // Waits for the answer of a sent request. Answers of earlier ones that come
  // in are kept. An id that is not expected is `INVALID_FIELD`.
  absl::StatusOr<std::vector<v1::SessionResponse>> Receive(
      uint32_t request_id,
      std::optional<absl::Duration> timeout = std::nullopt);

  // Waits for the next message of an answer, for results that are too large to
  // be held: the service goes on only as far as they are fetched. The last
  // message has no `more`; after it, and after an error, the request is done.
  absl::StatusOr<v1::SessionResponse> ReceiveMessage(
      uint32_t request_id,
      std::optional<absl::Duration> timeout = std::nullopt);

  // `Receive` and `ReceiveMessage` for who reads rows without objects, as
  // bindings of other languages do: see `WireMessage` and `WireReader`.
  absl::StatusOr<std::vector<WireMessage>> ReceiveWire(
      uint32_t request_id,
      std::optional<absl::Duration> timeout = std::nullopt);
  absl::StatusOr<WireMessage> ReceiveWireMessage(
      uint32_t request_id,
      std::optional<absl::Duration> timeout = std::nullopt);

  // For event loops, with `SessionOptions::on_event`; without it always true.
  //
  // Whether `Send` would not wait.
  bool CanSend();
  // Whether `Receive` would not wait, or `ReceiveMessage` if `one_message`.
  bool Ready(uint32_t request_id, bool one_message = false);

  // Whether the service has opened the session, as far as is known by now.
  bool Opened() const;

 private:
  friend class internal::TransactionRunner;

  // Sends the request and reads its answer as it comes.
  absl::StatusOr<RowStream> Stream(v1::SessionRequest request);
  // Puts the limit of `LimitRequests` into a request that has none, and lets
  // the client wait a little longer than the service.
  void Limit(v1::SessionRequest& request,
             std::optional<absl::Duration>& timeout) const;
  // Returns `answer`, having noted what it says.
  absl::StatusOr<std::vector<v1::SessionResponse>> Note(
      absl::StatusOr<std::vector<v1::SessionResponse>> answer);
  void NoteError(const absl::Status& error);

  std::unique_ptr<SessionConnection> connection_;
  // Zero: none.
  absl::Duration limit_ = absl::ZeroDuration();
  // Whether an answer left open what was done.
  bool saw_unknown_outcome_ = false;
  // The last error that asked for the whole transaction again; OK: none.
  absl::Status transaction_error_;
};

}  // namespace berth::client

#endif  // BERTH_CLIENT_SESSION_H_
