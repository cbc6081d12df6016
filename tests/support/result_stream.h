// SelectStream and ExecuteStream as a client reads them.
#ifndef BERTH_TESTS_SUPPORT_RESULT_STREAM_H_
#define BERTH_TESTS_SUPPORT_RESULT_STREAM_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "berth/v1/database.pb.h"
#include "tests/support/raw_rpc.h"

namespace berth::test {

// One call, on a connection of its own with gRPC's limits for messages.
class ResultStream {
 public:
  ResultStream(const std::string& endpoint, const v1::SelectRequest& request,
               absl::Duration timeout = absl::Minutes(10));
  ResultStream(const std::string& endpoint, const v1::ExecuteRequest& request,
               absl::Duration timeout = absl::Minutes(10));

  // The next message; false at the stream's end.
  bool Next(v1::SelectChunk* chunk);
  void Cancel() { stream_.Cancel(); }
  // How the stream ended. Once Next was false, or after Cancel.
  absl::Status Finish() { return stream_.Finish(); }

  // Reads to the end and hands over each row, values that were cut put
  // together. Checks what every stream promises: `info` and columns first,
  // an end last, no large messages, pieces of one kind.
  absl::Status ReadAll(const std::function<void(const v1::Row&)>& row);
  // All rows.
  absl::Status ReadAll(std::vector<v1::Row>* rows);

  // Of the messages so far.
  int messages() const { return messages_; }
  size_t largest() const { return largest_; }
  const v1::ResultEnd& end() const { return end_; }
  const std::vector<v1::Column>& columns() const { return columns_; }

 private:
  RawStream stream_;
  int messages_ = 0;
  size_t largest_ = 0;
  v1::ResultEnd end_;
  std::vector<v1::Column> columns_;
};

// The text or bytes of a value.
std::string& ContentOf(v1::Value& value);

}  // namespace berth::test

#endif  // BERTH_TESTS_SUPPORT_RESULT_STREAM_H_
