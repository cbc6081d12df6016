#include "client/src/results.h"

#include <utility>

#include "client/src/status.h"
#include "client/src/wire.h"

namespace berth::client::internal {
namespace {

void Append(v1::Value& value, const v1::Value& rest) {
  switch (value.kind_case()) {
    case v1::Value::kText:
      value.mutable_text()->append(rest.text());
      break;
    case v1::Value::kBlob:
      value.mutable_blob()->append(rest.blob());
      break;
    case v1::Value::kDecimal:
      value.mutable_decimal()->append(rest.decimal());
      break;
    case v1::Value::kJson:
      value.mutable_json()->append(rest.json());
      break;
    default:
      break;  // Nothing else is cut.
  }
}

// Moves the first row of `next` to the end of the last row of `whole`, whose
// last value it goes on with.
void JoinChunk(v1::ResultChunk& whole, v1::ResultChunk& next) {
  auto& rows = *whole.mutable_rows()->mutable_rows();
  auto& more = *next.mutable_rows()->mutable_rows();
  if (rows.empty() || more.empty()) return;
  JoinRow(*rows.Mutable(rows.size() - 1), *more.Mutable(0));
  more.DeleteSubrange(0, 1);
  whole.set_last_cell_continues(more.empty() && next.last_cell_continues());
}

// Parses the payload in place.
void Parse(WireMessage& message) {
  message.head = FromWire(std::move(message));
  message.kind = WireMessage::Kind::kOther;
  message.payload.clear();
}

}  // namespace

absl::Status UnexpectedAnswer() {
  return MakeError(absl::StatusCode::kInternal, "INTERNAL",
                   "the service's answer does not fit the request",
                   Outcome::kUnknown, Retry::kNever);
}

void JoinRow(v1::Row& whole, v1::Row& rest) {
  auto& values = *whole.mutable_values();
  auto& more = *rest.mutable_values();
  if (values.empty() || more.empty()) return;
  Append(*values.Mutable(values.size() - 1), more.Get(0));
  for (int i = 1; i < more.size(); ++i) {
    values.Add(std::move(*more.Mutable(i)));
  }
}

void AddMessage(WireMessage message, std::vector<WireMessage>& answer) {
  if (!answer.empty() && message.kind == WireMessage::Kind::kResult &&
      LastCellContinues(answer.back())) {
    Parse(answer.back());
    Parse(message);
    v1::ResultChunk& next = *message.head.mutable_result();
    JoinChunk(*answer.back().head.mutable_result(), next);
    // What is nothing but a part of a value leaves nothing behind.
    if (message.head.more() && next.rows().rows().empty()) return;
  }
  answer.push_back(std::move(message));
}

void Seal(WireMessage& message) {
  if (message.head.has_result()) message = ToWire(std::move(message.head));
}

absl::StatusOr<std::vector<v1::ResultChunk>> MergeResults(
    std::vector<v1::SessionResponse> messages) {
  std::vector<v1::ResultChunk> results;
  for (v1::SessionResponse& message : messages) {
    if (!message.has_result()) return UnexpectedAnswer();
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
  if (results.empty()) return UnexpectedAnswer();
  return results;
}

absl::StatusOr<v1::WriteResult> TakeWrite(
    std::vector<v1::SessionResponse> messages) {
  if (messages.size() != 1 || !messages.front().has_write()) {
    return UnexpectedAnswer();
  }
  return std::move(*messages.front().mutable_write());
}

}  // namespace berth::client::internal
