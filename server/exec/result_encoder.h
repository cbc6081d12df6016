// Rows, straight from MariaDB's bytes to those of the API.
#ifndef BERTH_SERVER_EXEC_RESULT_ENCODER_H_
#define BERTH_SERVER_EXEC_RESULT_ENCODER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "berth/v1/result.pb.h"
#include "server/mariadb/row_sink.h"

namespace berth::exec {

// A sink that writes chunks in the wire format of v1.ResultChunk, without a
// message object per cell. Where the chunks go is its subclasses' matter.
class ResultEncoder : public mariadb::RowSink {
 public:
  // Serialises what a ResultChunk says at the end of a result.
  static std::string EncodeEnd(const v1::ResultEnd& end);

  void BeginResult(const mariadb::ResultMetadata& metadata) override;
  void Null() override;
  void Int(int64_t value) override;
  void Uint(uint64_t value) override;
  void Double(double value) override;
  void Text(mariadb::TextKind kind, absl::string_view value) override;

 protected:
  // Ends the row and returns the bytes of rows gathered in this chunk.
  size_t FinishRow();
  // Adds a row, or a part of one, in wire format.
  void AppendRow(absl::string_view row);
  // Takes the row that was just read, in wire format.
  std::string TakeRow();
  // Drops it.
  void DropRow() { row_.clear(); }
  // Its bytes, and those of the rows gathered in this chunk.
  size_t row_bytes() const { return row_.size(); }
  size_t rows_bytes() const { return rows_.size(); }
  // The bytes that the chunk would have with the row that was just read.
  size_t SizeWithRow() const { return rows_.size() + row_.size(); }
  // The row that was just read, in the wire format of v1.Row.
  const std::string& row() const { return row_; }
  // Takes the chunk gathered so far, without its end. `cell_continues`: the
  // next one goes on with its last value.
  std::string TakeChunk(bool cell_continues = false);
  // Begins the next result of the same answer.
  void NextResult() { ++result_index_; }

 private:
  uint32_t result_index_ = 0;
  std::string columns_;  // Not yet sent, in wire format.
  std::string rows_;     // The rows of this chunk, in wire format.
  std::string row_;      // The values of the current row, in wire format.
};

// The summary of a read as the API says it.
v1::ResultEnd ToResultEnd(const mariadb::ResultSummary& summary);

// Gathers an answer of at most so many rows and bytes in a single chunk for
// each result. A first row larger than that is answered all the same.
class UnaryEncoder final : public ResultEncoder {
 public:
  UnaryEncoder(uint64_t max_rows, size_t max_bytes)
      : max_rows_(max_rows), max_bytes_(max_bytes) {}

  Next EndRow() override;
  runtime::Task<absl::Status> Flush() override;
  runtime::Task<absl::Status> EndResult(
      const mariadb::ResultSummary& summary) override;

  // The ResultChunks of the answer, one for each result.
  const std::vector<std::string>& chunks() const { return chunks_; }

 private:
  const uint64_t max_rows_;
  const size_t max_bytes_;
  uint64_t rows_seen_ = 0;
  std::vector<std::string> chunks_;
};

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_RESULT_ENCODER_H_
