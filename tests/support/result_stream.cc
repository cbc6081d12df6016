#include "tests/support/result_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace berth::test {

std::string& ContentOf(v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kText:
      return *value.mutable_text();
    case v1::Value::kJson:
      return *value.mutable_json();
    case v1::Value::kDecimal:
      return *value.mutable_decimal();
    case v1::Value::kBlob:
      return *value.mutable_blob();
    default:
      ADD_FAILURE() << "a value was cut that has no content: "
                    << value.ShortDebugString();
      return *value.mutable_blob();
  }
}

ResultStream::ResultStream(const std::string& endpoint,
                           const v1::SelectRequest& request,
                           absl::Duration timeout)
    : stream_(endpoint, "Database/SelectStream", timeout) {
  stream_.Send(request);
  stream_.HalfClose();
}

ResultStream::ResultStream(const std::string& endpoint,
                           const v1::ExecuteRequest& request,
                           absl::Duration timeout)
    : stream_(endpoint, "Database/ExecuteStream", timeout) {
  stream_.Send(request);
  stream_.HalfClose();
}

bool ResultStream::Next(v1::SelectChunk* chunk) {
  if (!stream_.Receive(chunk)) return false;
  EXPECT_EQ(chunk->info().attempts(), messages_ == 0 ? 1u : 0u);
  ++messages_;
  largest_ = std::max(largest_, chunk->ByteSizeLong());
  EXPECT_LE(chunk->ByteSizeLong(), 1536u * 1024);
  return true;
}

absl::Status ResultStream::ReadAll(
    const std::function<void(const v1::Row&)>& row) {
  v1::SelectChunk message;
  v1::Row cut;
  bool continues = false;
  while (Next(&message)) {
    v1::ResultChunk& chunk = *message.mutable_result();
    if (messages_ == 1) {
      columns_.assign(chunk.columns().begin(), chunk.columns().end());
    }
    auto& rows = *chunk.mutable_rows()->mutable_rows();
    for (int i = 0; i < rows.size(); ++i) {
      if (continues && i == 0) {
        v1::Value& whole = *cut.mutable_values()->rbegin();
        v1::Value& rest = *rows[0].mutable_values(0);
        EXPECT_EQ(whole.kind_case(), rest.kind_case());
        ContentOf(whole) += ContentOf(rest);
        for (int v = 1; v < rows[0].values_size(); ++v) {
          cut.add_values()->Swap(rows[0].mutable_values(v));
        }
        rows[0].Swap(&cut);
      }
      if (i + 1 == rows.size() && chunk.last_cell_continues()) {
        cut.Swap(&rows[i]);
      } else {
        row(rows[i]);
      }
    }
    continues = chunk.last_cell_continues();
    if (chunk.has_end()) end_ = chunk.end();
  }
  absl::Status status = Finish();
  if (status.ok()) {
    EXPECT_FALSE(continues);
    EXPECT_GT(messages_, 0);
  }
  return status;
}

absl::Status ResultStream::ReadAll(std::vector<v1::Row>* rows) {
  return ReadAll([rows](const v1::Row& row) { rows->push_back(row); });
}

}  // namespace berth::test
