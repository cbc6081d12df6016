// BulkInsert as a client sees it, and rows for it.
#ifndef BERTH_TESTS_INTEGRATION_BULK_STREAM_H_
#define BERTH_TESTS_INTEGRATION_BULK_STREAM_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "berth/v1/bulk.pb.h"
#include "tests/support/raw_rpc.h"

namespace berth::test {

inline v1::Value Default() {
  v1::Value value;
  value.mutable_default_value();
  return value;
}

inline v1::Value Null() {
  v1::Value value;
  value.set_null_value(google::protobuf::NULL_VALUE);
  return value;
}

inline v1::Value Int(int64_t number) {
  v1::Value value;
  value.set_int_value(number);
  return value;
}

inline v1::Value Text(absl::string_view text) {
  v1::Value value;
  value.set_text(std::string(text));
  return value;
}

inline v1::BulkInsertHeader Header(absl::string_view table,
                                   const std::vector<std::string>& columns) {
  v1::BulkInsertHeader header;
  header.set_table(std::string(table));
  for (const std::string& column : columns) header.add_columns(column);
  return header;
}

inline v1::Rows RowsOf(const std::vector<std::vector<v1::Value>>& rows) {
  v1::Rows result;
  for (const auto& values : rows) {
    v1::Row* row = result.add_rows();
    for (const v1::Value& value : values) *row->add_values() = value;
  }
  return result;
}

// Rows (i, "row i") from `first` on.
inline v1::Rows Numbered(int64_t first, int count) {
  v1::Rows result;
  for (int64_t i = first; i < first + count; ++i) {
    v1::Row* row = result.add_rows();
    *row->add_values() = Int(i);
    *row->add_values() = Text(absl::StrCat("row ", i));
  }
  return result;
}

// A stream of BulkInsert.
class BulkStream {
 public:
  BulkStream(const std::string& endpoint, v1::BulkInsertHeader header,
             absl::Duration timeout = absl::Minutes(2), int window = 0)
      : stream_(endpoint, "Database/BulkInsert", timeout, /*authorization=*/"",
                window) {
    v1::BulkInsertRequest request;
    *request.mutable_header() = std::move(header);
    stream_.Send(request);
  }

  bool Send(v1::Rows rows) {
    v1::BulkInsertRequest request;
    *request.mutable_rows() = std::move(rows);
    return stream_.Send(request);
  }
  // False once the stream has ended.
  bool Receive() { return stream_.Receive(&answer_); }
  // Sends a batch and takes its answer.
  bool Add(v1::Rows rows) { return Send(std::move(rows)) && Receive(); }
  // Asks for the commit and takes what is left. The stream's status.
  absl::Status Finish() {
    v1::BulkInsertRequest request;
    request.mutable_finish();
    stream_.Send(request);
    return End();
  }
  absl::Status End() {
    while (Receive()) {
    }
    return stream_.Finish();
  }
  RawStream& stream() { return stream_; }
  // The last answer.
  const v1::BulkInsertResponse& answer() const { return answer_; }

 private:
  RawStream stream_;
  v1::BulkInsertResponse answer_;
};

}  // namespace berth::test

#endif  // BERTH_TESTS_INTEGRATION_BULK_STREAM_H_
