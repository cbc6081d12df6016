#include "server/session/inbox.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/limits.h"

namespace berth::session {
namespace {

absl::Status TooMany(absl::string_view what, absl::string_view limit,
                     size_t value) {
  return errors::Error(absl::StatusCode::kResourceExhausted, errors::kLimit)
      .Message(absl::StrCat("the client sent more ", what, " than ", value,
                            " without waiting for answers; those before are "
                            "answered as far as they were done"))
      .With("limit", limit)
      .With("limit_value", absl::StrCat(value));
}

}  // namespace

absl::Status Inbox::Push(Incoming incoming, size_t running) {
  if (waiting_.size() + running >= depth_) {
    return TooMany("requests", "session.pipeline_depth", depth_);
  }
  if (bytes_ + incoming.bytes > limits::kPipelineBytes) {
    return TooMany("bytes of requests", "pipeline_bytes",
                   limits::kPipelineBytes);
  }
  bytes_ += incoming.bytes;
  waiting_.push_back(std::move(incoming));
  return absl::OkStatus();
}

Incoming Inbox::Take() {
  Incoming first = std::move(waiting_.front());
  waiting_.pop_front();
  bytes_ -= first.bytes;
  return first;
}

void Inbox::Cancel(uint32_t request_id) {
  for (Incoming& incoming : waiting_) {
    if (incoming.request.request_id() != request_id) continue;
    incoming.cancelled = true;
    return;
  }
}

}  // namespace berth::session
