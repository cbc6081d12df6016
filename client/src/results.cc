#include "client/src/results.h"

#include <utility>

#include "client/src/status.h"

namespace berth::client::internal {
namespace {

absl::Status Unexpected() {
  return MakeError(absl::StatusCode::kInternal, "INTERNAL",
                   "the service's answer does not fit the request",
                   Outcome::kUnknown, Retry::kNever);
}

}  // namespace

absl::StatusOr<std::vector<v1::ResultChunk>> MergeResults(
    std::vector<v1::SessionResponse> messages) {
  std::vector<v1::ResultChunk> results;
  for (v1::SessionResponse& message : messages) {
    if (!message.has_result()) return Unexpected();
    v1::ResultChunk& chunk = *message.mutable_result();
    if (results.empty() ||
        results.back().result_index() != chunk.result_index()) {
      results.push_back(std::move(chunk));
      continue;
    }
    v1::ResultChunk& whole = results.back();
    for (v1::Row& row : *chunk.mutable_rows()->mutable_rows()) {
      whole.mutable_rows()->mutable_rows()->Add(std::move(row));
    }
    if (chunk.has_end()) whole.mutable_end()->Swap(chunk.mutable_end());
  }
  if (results.empty()) return Unexpected();
  return results;
}

absl::StatusOr<v1::WriteResult> TakeWrite(
    std::vector<v1::SessionResponse> messages) {
  if (messages.size() != 1 || !messages.front().has_write()) {
    return Unexpected();
  }
  return std::move(*messages.front().mutable_write());
}

}  // namespace berth::client::internal
