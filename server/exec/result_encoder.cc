#include "server/exec/result_encoder.h"

#include <cstring>
#include <utility>

#include "server/exec/wire.h"

namespace berth::exec {
namespace {

using mariadb::TextKind;
using wire::AppendBytes;
using wire::AppendVarint;

// The fields of berth/v1/value.proto and result.proto; result_encoder_test
// compares with the generated messages.
constexpr uint8_t kRowValues = wire::LengthTag(v1::Row::kValuesFieldNumber);
constexpr uint8_t kRowsRows = wire::LengthTag(v1::Rows::kRowsFieldNumber);
constexpr uint8_t kChunkIndex =
    wire::VarintTag(v1::ResultChunk::kResultIndexFieldNumber);
constexpr uint8_t kChunkRows =
    wire::LengthTag(v1::ResultChunk::kRowsFieldNumber);
constexpr uint8_t kChunkContinues =
    wire::VarintTag(v1::ResultChunk::kLastCellContinuesFieldNumber);
constexpr uint8_t kChunkEnd = wire::LengthTag(v1::ResultChunk::kEndFieldNumber);
constexpr uint8_t kNull = wire::VarintTag(v1::Value::kNullValueFieldNumber);
constexpr uint8_t kInt = wire::VarintTag(v1::Value::kIntValueFieldNumber);
constexpr uint8_t kUint = wire::VarintTag(v1::Value::kUintValueFieldNumber);
constexpr uint8_t kDouble =
    wire::Fixed64Tag(v1::Value::kDoubleValueFieldNumber);

// Bytes of a row that need no second allocation.
constexpr size_t kUsualRow = 512;
// The bytes that may follow the rows in a chunk.
constexpr size_t kAfterRows = 64;

uint8_t TagOf(TextKind kind) {
  switch (kind) {
    case TextKind::kText:
      return wire::LengthTag(v1::Value::kTextFieldNumber);
    case TextKind::kBlob:
      return wire::LengthTag(v1::Value::kBlobFieldNumber);
    case TextKind::kDecimal:
      return wire::LengthTag(v1::Value::kDecimalFieldNumber);
    case TextKind::kJson:
      return wire::LengthTag(v1::Value::kJsonFieldNumber);
    case TextKind::kDate:
      return wire::LengthTag(v1::Value::kDateFieldNumber);
    case TextKind::kDateTime:
      return wire::LengthTag(v1::Value::kDatetimeFieldNumber);
    case TextKind::kTime:
      return wire::LengthTag(v1::Value::kTimeFieldNumber);
  }
  return 0;
}

// Begins a value of `size` bytes within a row.
void BeginValue(std::string& row, size_t size) {
  row.push_back(static_cast<char>(kRowValues));
  AppendVarint(row, size);
}

void AppendNumber(std::string& row, uint8_t tag, uint64_t value) {
  BeginValue(row, 1 + wire::VarintSize(value));
  row.push_back(static_cast<char>(tag));
  AppendVarint(row, value);
}

}  // namespace

std::string ResultEncoder::EncodeEnd(const v1::ResultEnd& end) {
  std::string bytes;
  AppendBytes(bytes, kChunkEnd, end.SerializeAsString());
  return bytes;
}

void ResultEncoder::BeginResult(const mariadb::ResultMetadata& metadata) {
  columns_ = metadata.wire;
  row_.reserve(kUsualRow);
}

// An enum of zero, written because its presence is the value.
void ResultEncoder::Null() { AppendNumber(row_, kNull, 0); }

void ResultEncoder::Int(int64_t value) {
  AppendNumber(row_, kInt, wire::ZigZag(value));
}

void ResultEncoder::Uint(uint64_t value) { AppendNumber(row_, kUint, value); }

void ResultEncoder::Double(double value) {
  BeginValue(row_, 1 + sizeof(value));
  row_.push_back(static_cast<char>(kDouble));
  char bytes[sizeof(value)];
  std::memcpy(bytes, &value, sizeof(value));
  row_.append(bytes, sizeof(bytes));
}

void ResultEncoder::Text(TextKind kind, absl::string_view value) {
  wire::AppendText(row_, TagOf(kind), value);
}

size_t ResultEncoder::FinishRow() {
  AppendRow(row_);
  row_.clear();
  return rows_.size();
}

void ResultEncoder::AppendRow(absl::string_view row) {
  AppendBytes(rows_, kRowsRows, row);
}

std::string ResultEncoder::TakeRow() {
  std::string row = std::move(row_);
  row_.clear();
  return row;
}

std::string ResultEncoder::TakeChunk(bool cell_continues) {
  std::string chunk = std::move(columns_);
  columns_.clear();
  chunk.reserve(chunk.size() + rows_.size() + kAfterRows);
  if (result_index_ != 0) {
    chunk.push_back(static_cast<char>(kChunkIndex));
    AppendVarint(chunk, result_index_);
  }
  if (!rows_.empty()) {
    AppendBytes(chunk, kChunkRows, rows_);
    rows_.clear();
  }
  if (cell_continues) {
    chunk.push_back(static_cast<char>(kChunkContinues));
    AppendVarint(chunk, 1);
  }
  return chunk;
}

v1::ResultEnd ToResultEnd(const mariadb::ResultSummary& summary) {
  v1::ResultEnd end;
  end.set_row_count(summary.row_count);
  end.set_truncated(summary.truncated);
  end.set_warning_count(summary.warning_count);
  if (!summary.has_columns) {
    v1::WriteResult* write = end.mutable_write();
    write->set_affected_rows(summary.affected_rows);
    if (summary.matched_rows >= 0) {
      write->set_matched_rows(static_cast<uint64_t>(summary.matched_rows));
    }
    if (summary.last_insert_id != 0) {
      write->add_generated_ids(summary.last_insert_id);
    }
    write->set_warning_count(summary.warning_count);
  }
  return end;
}

// Stops only at a row that is one too many, so that `truncated` means that
// more rows exist.
mariadb::RowSink::Next UnaryEncoder::EndRow() {
  if (rows_seen_ >= max_rows_ ||
      (rows_seen_ > 0 && SizeWithRow() > max_bytes_)) {
    DropRow();
    return Next::kStop;
  }
  ++rows_seen_;
  FinishRow();
  return Next::kContinue;
}

runtime::Task<absl::Status> UnaryEncoder::Flush() {
  co_return absl::OkStatus();
}

runtime::Task<absl::Status> UnaryEncoder::EndResult(
    const mariadb::ResultSummary& summary) {
  std::string chunk = TakeChunk();
  v1::ResultEnd end = ToResultEnd(summary);
  end.set_row_count(rows_seen_);
  chunk += EncodeEnd(end);
  chunks_.push_back(std::move(chunk));
  NextResult();
  rows_seen_ = 0;
  co_return absl::OkStatus();
}

}  // namespace berth::exec
