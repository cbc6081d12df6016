// A statement that its user prepared: run by handle, with cursors and with
// parameters in pieces.
#ifndef BERTH_SERVER_MARIADB_PREPARED_STATEMENT_H_
#define BERTH_SERVER_MARIADB_PREPARED_STATEMENT_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "berth/v1/value.pb.h"
#include "server/mariadb/error_map.h"
#include "server/mariadb/row_sink.h"
#include "server/runtime/task.h"

namespace berth::mariadb {

// Belongs to one connection, which outlives it, and is apart from the
// statements that the connection keeps by their text. Closed with the object.
// A reset of the connection ends it: drop it before.
//
// What MariaDB forgot of it is prepared anew when it is needed: after an error,
// after a cursor, and before each execution where the columns of its result may
// have changed (`*`).
class PreparedStatement {
 public:
  virtual ~PreparedStatement() = default;

  virtual size_t parameter_count() const = 0;
  // The columns of its result as MariaDB described them first; empty: none, or
  // known only when it runs.
  virtual const std::vector<v1::Column>& columns() const = 0;

  // As Connection::Execute. Parameters may be `long_data` where pieces were
  // sent; they are used up, whatever happens. INVALID_FIELD for one without
  // pieces, or with pieces and a value. Closes the cursor.
  virtual runtime::Task<absl::Status> Execute(
      absl::Span<const v1::Value* const> parameters,
      ErrorContext::Effect effect, RowSink& sink) = 0;

  // Appends to the value of a parameter, from 0. Closes the cursor.
  // INVALID_FIELD for an unknown one. LIMIT if the value would exceed MariaDB's
  // `max_allowed_packet`; all pieces are dropped then.
  virtual runtime::Task<absl::Status> SendLongData(uint32_t parameter,
                                                   absl::string_view data) = 0;

  // Runs it as a cursor: MariaDB keeps the rows. Parameters as for Execute.
  // Closes the cursor that was open. INVALID_FIELD for what has no cursor.
  virtual runtime::Task<absl::Status> OpenCursor(
      absl::Span<const v1::Value* const> parameters) = 0;
  virtual bool has_cursor() const = 0;
  // Hands the next rows to `sink` as one result, at most `max_rows`; 0: all.
  // `truncated` says that the cursor has not come to its end. Needs a cursor.
  virtual runtime::Task<absl::Status> Fetch(uint64_t max_rows,
                                            RowSink& sink) = 0;
  virtual void CloseCursor() = 0;
};

}  // namespace berth::mariadb

#endif  // BERTH_SERVER_MARIADB_PREPARED_STATEMENT_H_
