// The prepared statements and cursors of a session.
#ifndef BERTH_SERVER_SESSION_PREPARED_STATEMENTS_H_
#define BERTH_SERVER_SESSION_PREPARED_STATEMENTS_H_

#include <cstdint>
#include <map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "berth/v1/query.pb.h"
#include "berth/v1/session.pb.h"
#include "server/exec/caller.h"
#include "server/exec/prepared.h"
#include "server/mariadb/row_sink.h"
#include "server/runtime/task.h"

namespace berth::session {

// Numbers statements and cursors; no number is given twice in a session. All
// are on the caller's connection, which they pin: Clear must come before it is
// given back, reset or closed.
//
// A number that is not known is SESSION_STATE; more than
// limits::kSessionStatements or kSessionCursors are LIMIT.
class PreparedStatements {
 public:
  PreparedStatements() = default;

  runtime::Task<absl::Status> Prepare(exec::Caller& caller,
                                      const v1::Prepare& prepare,
                                      v1::Prepared* answer);
  absl::Status Close(exec::Caller& caller, uint32_t handle);
  // Runs `statement.prepared`.
  runtime::Task<absl::Status> Execute(exec::Caller& caller,
                                      const v1::Statement& statement,
                                      mariadb::RowSink& sink);
  runtime::Task<absl::Status> SendLongData(const v1::LongDataChunk& chunk);

  // Opens a cursor for `statement`, prepared or not.
  runtime::Task<absl::Status> OpenCursor(exec::Caller& caller,
                                         const v1::Statement& statement,
                                         v1::CursorOpened* answer);
  runtime::Task<absl::Status> Fetch(const v1::FetchCursor& fetch,
                                    mariadb::RowSink& sink);
  absl::Status CloseCursor(exec::Caller& caller, uint32_t cursor);

  // Closes all.
  void Clear();

 private:
  struct Entry {
    Entry() = default;

    exec::Prepared prepared;
    // The number of its cursor; 0: none was opened, or it is closed.
    uint32_t cursor = 0;
    // Made for its cursor: it has no handle that anybody knows.
    bool hidden = false;
  };
  using Entries = std::map<uint32_t, Entry>;

  absl::StatusOr<Entry*> Find(uint32_t handle);
  // The entry with this cursor, if it is still open.
  absl::StatusOr<Entries::iterator> FindCursor(uint32_t cursor);
  // Makes room for an entry that stays if `Keep` is called with it.
  absl::Status CheckRoom() const;
  Entry& Keep(exec::Caller& caller, Entry entry);
  void Erase(exec::Caller& caller, Entries::iterator entry);

  Entries entries_;
  uint32_t last_handle_ = 0;
  uint32_t last_cursor_ = 0;
};

}  // namespace berth::session

#endif  // BERTH_SERVER_SESSION_PREPARED_STATEMENTS_H_
