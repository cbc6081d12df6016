#include "server/exec/write_sink.h"

#include <utility>

namespace berth::exec {

void WriteSink::BeginResult(const mariadb::ResultMetadata& metadata) {
  wanted_columns_ = plan_.wants_returned_rows ? plan_.returned_columns : 0;
  const int columns = static_cast<int>(metadata.columns.size());
  if (wanted_columns_ >= columns) {
    wanted_columns_ = columns;
    return ResultEncoder::BeginResult(metadata);
  }
  mariadb::ResultMetadata shortened;
  v1::ResultChunk chunk;
  for (int i = 0; i < wanted_columns_; ++i) {
    *chunk.add_columns() = metadata.columns[i];
  }
  shortened.wire = chunk.SerializeAsString();
  ResultEncoder::BeginResult(shortened);
}

void WriteSink::Int(int64_t value) {
  if (IsIdCell() && value > 0) {
    result_.add_generated_ids(static_cast<uint64_t>(value));
  }
  if (NextCellIsWanted()) ResultEncoder::Int(value);
}

void WriteSink::Uint(uint64_t value) {
  if (IsIdCell()) result_.add_generated_ids(value);
  if (NextCellIsWanted()) ResultEncoder::Uint(value);
}

void WriteSink::Null() {
  if (NextCellIsWanted()) ResultEncoder::Null();
}

void WriteSink::Double(double value) {
  if (NextCellIsWanted()) ResultEncoder::Double(value);
}

void WriteSink::Text(mariadb::TextKind kind, absl::string_view value) {
  if (NextCellIsWanted()) ResultEncoder::Text(kind, value);
}

mariadb::RowSink::Next WriteSink::EndRow() {
  cell_ = 0;
  if (wanted_columns_ > 0) FinishRow();
  return Next::kContinue;
}

runtime::Task<absl::Status> WriteSink::Flush() { co_return absl::OkStatus(); }

runtime::Task<absl::Status> WriteSink::EndResult(
    const mariadb::ResultSummary& summary) {
  // MariaDB tells no count with RETURNING: each row returned is one affected.
  result_.set_affected_rows(summary.has_columns ? summary.row_count
                                                : summary.affected_rows);
  result_.set_warning_count(summary.warning_count);
  if (plan_.verb == plan::Verb::kUpdate && summary.matched_rows >= 0) {
    result_.set_matched_rows(static_cast<uint64_t>(summary.matched_rows));
  }
  if (plan_.wants_generated_ids && plan_.generated_id_column < 0 &&
      summary.last_insert_id != 0) {
    result_.add_generated_ids(summary.last_insert_id);
  }
  if (summary.has_columns && wanted_columns_ > 0) {
    const std::string chunk = TakeChunk();
    if (!result_.mutable_returned()->ParseFromString(chunk)) {
      co_return absl::InternalError("a returned row was encoded wrongly");
    }
    *result_.mutable_returned()->mutable_end() = ToResultEnd(summary);
  }
  co_return absl::OkStatus();
}

}  // namespace berth::exec
