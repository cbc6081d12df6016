// Where the rows of a result go, cell by cell, as they are read.
#ifndef BERTH_SERVER_MARIADB_ROW_SINK_H_
#define BERTH_SERVER_MARIADB_ROW_SINK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "berth/v1/value.pb.h"
#include "server/runtime/task.h"

namespace berth::mariadb {

// The columns of a result. Made once per prepared statement.
struct ResultMetadata {
  ResultMetadata() = default;

  std::vector<v1::Column> columns;
  // The columns as bytes of a ResultChunk that has nothing else.
  std::string wire;
};

// What is known at the end of one result.
struct ResultSummary {
  ResultSummary() = default;

  bool has_columns = false;
  // Whether the sink stopped before the last row.
  bool truncated = false;
  uint64_t row_count = 0;
  uint64_t affected_rows = 0;
  // Rows that an UPDATE matched; -1: not told.
  int64_t matched_rows = -1;
  uint64_t last_insert_id = 0;
  uint32_t warning_count = 0;
  // Whether another result of the same statement follows.
  bool more = false;
};

// What a kind of text or bytes is called on the wire.
enum class TextKind { kText, kBlob, kDecimal, kJson, kDate, kDateTime, kTime };

// Takes the results of one statement. The cell functions run on libmariadb's
// own small stack: they only copy.
class RowSink {
 public:
  // What the reader does after a row.
  enum class Next {
    // Reads on.
    kContinue,
    // Awaits Flush, then reads on.
    kFlush,
    // Leaves out the rest of the result.
    kStop,
  };

  virtual ~RowSink() = default;

  // Begins a result that has columns.
  virtual void BeginResult(const ResultMetadata& metadata) = 0;
  // The cells of a row, in the order of the columns.
  virtual void Null() = 0;
  virtual void Int(int64_t value) = 0;
  virtual void Uint(uint64_t value) = 0;
  virtual void Double(double value) = 0;
  virtual void Text(TextKind kind, absl::string_view value) = 0;
  // Ends a row.
  virtual Next EndRow() = 0;
  // Makes room by handing on what has gathered; an error ends the reading.
  virtual runtime::Task<absl::Status> Flush() = 0;
  // Ends a result, with or without columns.
  virtual runtime::Task<absl::Status> EndResult(
      const ResultSummary& summary) = 0;
};

}  // namespace berth::mariadb

#endif  // BERTH_SERVER_MARIADB_ROW_SINK_H_
