#include "server/program/step_encoder.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "server/exec/wire.h"

namespace berth::program {

void StepEncoder::BeginResult(const mariadb::ResultMetadata& metadata) {
  ++result_;
  if (result_ == 1 && !step_.kept_rows.empty()) {
    for (const v1::Column& column : metadata.columns) {
      outcome_.columns.push_back(column.name());
    }
  }
  ResultEncoder::BeginResult(metadata);
}

mariadb::RowSink::Next StepEncoder::EndRow() {
  if (rows_seen_ >= step_.max_rows ||
      (!may_exceed_ && results_.size() + SizeWithRow() > room_)) {
    DropRow();
    return Next::kStop;
  }
  if (result_ == 1 && rows_seen_ <= std::numeric_limits<uint32_t>::max()) {
    const uint32_t number = static_cast<uint32_t>(rows_seen_);
    if (std::binary_search(step_.kept_rows.begin(), step_.kept_rows.end(),
                           number)) {
      outcome_.rows[number].ParseFromString(row());
    }
  }
  may_exceed_ = false;
  has_rows_ = true;
  ++rows_seen_;
  FinishRow();
  return Next::kContinue;
}

runtime::Task<absl::Status> StepEncoder::Flush() { co_return absl::OkStatus(); }

runtime::Task<absl::Status> StepEncoder::EndResult(
    const mariadb::ResultSummary& summary) {
  std::string chunk = TakeChunk();
  v1::ResultEnd end = exec::ToResultEnd(summary);
  end.set_row_count(rows_seen_);
  chunk += EncodeEnd(end);
  exec::wire::AppendBytes(
      results_, exec::wire::LengthTag(v1::Results::kResultsFieldNumber), chunk);
  if (!summary.has_columns) {
    outcome_.affected_rows = summary.affected_rows;
  } else if (result_ == 1) {
    outcome_.row_count = rows_seen_;
  }
  NextResult();
  rows_seen_ = 0;
  co_return absl::OkStatus();
}

}  // namespace berth::program
