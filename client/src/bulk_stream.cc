#include "client/src/bulk_stream.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace berth::client::internal {
namespace {

constexpr char kMethod[] = "/berth.v1.Database/BulkInsert";

absl::Time WholeDeadline(const BulkOptions& options) {
  const absl::Duration timeout = options.timeout.value_or(absl::ZeroDuration());
  return timeout <= absl::ZeroDuration() ? absl::InfiniteFuture()
                                         : absl::Now() + timeout;
}

}  // namespace

BulkStream::BulkStream(std::shared_ptr<grpc::Channel> channel,
                       const std::string& authorization,
                       v1::BulkInsertHeader header, const BulkOptions& options,
                       absl::Duration wait)
    : stream_(std::move(channel), kMethod, authorization,
              WholeDeadline(options)),
      each_batch_(header.commit() == v1::BULK_COMMIT_EACH_BATCH),
      batches_in_flight_(std::max(options.batches_in_flight, 1)),
      on_answer_(options.on_answer),
      wait_(wait) {
  *request_.mutable_header() = std::move(header);
  stream_.Write(request_, /*last=*/false);
  stream_.Read(&answer_);
}

absl::Status BulkStream::Send(v1::Rows rows) {
  if (absl::Status room = AwaitRoom(batches_in_flight_); !room.ok()) {
    return room;
  }
  progress_.sent_rows += static_cast<uint64_t>(rows.rows_size());
  ++progress_.sent_batches;
  request_.mutable_rows()->Swap(&rows);
  stream_.Write(request_, /*last=*/false);
  return absl::OkStatus();
}

absl::Status BulkStream::Finish() {
  if (absl::Status room = AwaitRoom(1); !room.ok()) return room;
  finishing_ = true;
  request_.mutable_finish();
  stream_.Write(request_, /*last=*/true);
  while (!stream_.ended()) {
    if (absl::Status status = Pump(); !status.ok()) return status;
  }
  // Once it is told that all is committed, nothing that the stream ends with
  // can change that.
  if (committed_ && progress_.committed_rows == progress_.sent_rows &&
      unanswered() == 0) {
    return absl::OkStatus();
  }
  return EndError();
}

absl::Status BulkStream::AwaitRoom(uint64_t limit) {
  while (!stream_.ended() && (stream_.writing() || unanswered() >= limit)) {
    if (absl::Status status = Pump(); !status.ok()) return status;
  }
  return stream_.ended() ? EndError() : absl::OkStatus();
}

absl::Status BulkStream::Pump() {
  switch (stream_.Next(wait_ <= absl::ZeroDuration() ? absl::InfiniteFuture()
                                                     : absl::Now() + wait_)) {
    case RpcStream::Event::kTimeout:
      stream_.Cancel();
      return DeadlineError(EffectNow());
    case RpcStream::Event::kRead:
      OnAnswer();
      stream_.Read(&answer_);
      break;
    case RpcStream::Event::kWritten:
    case RpcStream::Event::kEnded:
      break;
  }
  return absl::OkStatus();
}

void BulkStream::OnAnswer() {
  // The answer to `finish` has no rows of its own.
  if (unanswered() > 0) ++progress_.stored_batches;
  progress_.stored_rows = answer_.total_rows();
  progress_.affected_rows += answer_.affected_rows();
  progress_.warning_count += answer_.warning_count();
  if (answer_.committed()) {
    committed_ = true;
    progress_.committed_rows = answer_.total_rows();
  }
  if (on_answer_) on_answer_(answer_);
}

Effect BulkStream::EffectNow() const {
  if (each_batch_) {
    return unanswered() > 0 ? Effect::kMayBeDone : Effect::kNone;
  }
  // The service commits nothing before it is told to.
  return finishing_ ? Effect::kMayBeDone : Effect::kInTransaction;
}

absl::Status BulkStream::EndError() const {
  absl::Status error = FromRpc(stream_.end_status(), EffectNow());
  // The rows before this one stay, so the whole must not be run again.
  if (progress_.committed_rows > 0 && OutcomeOf(error) == Outcome::kNotDone &&
      stream_.end_status().error_details().empty()) {
    return MakeError(
        error.code(), ReasonOf(error),
        absl::StrCat(error.message(), "; the first ", progress_.committed_rows,
                     " rows are committed"),
        Outcome::kNotDone, Retry::kNever);
  }
  return error;
}

}  // namespace berth::client::internal
