#include "berth/client/bulk_writer.h"

#include <algorithm>
#include <utility>

#include "client/src/status.h"

namespace berth::client {
namespace {

absl::Status EndedError() {
  return internal::MakeError(absl::StatusCode::kFailedPrecondition,
                             kSessionEnded, "the bulk insert has ended",
                             Outcome::kNotDone, Retry::kNever);
}

}  // namespace

BulkWriter::BulkWriter(std::unique_ptr<BulkConnection> connection,
                       const BulkOptions& options)
    : connection_(std::move(connection)),
      batch_rows_(std::max(options.batch_rows, 1)),
      batch_bytes_(options.batch_bytes) {}

BulkWriter::BulkWriter(BulkWriter&&) noexcept = default;
BulkWriter& BulkWriter::operator=(BulkWriter&&) noexcept = default;
BulkWriter::~BulkWriter() = default;

absl::Status BulkWriter::Add(v1::Row row) {
  const size_t size = row.ByteSizeLong();
  if (bytes_ > 0 && bytes_ + size > batch_bytes_) {
    if (absl::Status sent = Flush(); !sent.ok()) return sent;
  }
  bytes_ += size;
  batch_.add_rows()->Swap(&row);
  return batch_.rows_size() < batch_rows_ ? status_ : Flush();
}

absl::Status BulkWriter::Add(std::vector<v1::Value> values) {
  v1::Row row;
  row.mutable_values()->Reserve(static_cast<int>(values.size()));
  for (v1::Value& value : values) *row.add_values() = std::move(value);
  return Add(std::move(row));
}

absl::Status BulkWriter::Write(v1::Rows rows) {
  if (absl::Status sent = Flush(); !sent.ok()) return sent;
  return Send(std::move(rows));
}

absl::Status BulkWriter::Flush() {
  bytes_ = 0;
  if (batch_.rows().empty()) return status_;
  return Send(std::exchange(batch_, v1::Rows()));
}

absl::StatusOr<BulkProgress> BulkWriter::Finish() {
  if (!done_) {
    if (absl::Status sent = Flush(); !sent.ok()) return sent;
    status_ = connection_->Finish();
    if (!status_.ok()) return status_;
    done_ = true;
    status_ = EndedError();
  }
  return connection_->progress();
}

void BulkWriter::Cancel() {
  if (!status_.ok()) return;
  connection_->Cancel();
  status_ = EndedError();
}

absl::Status BulkWriter::Send(v1::Rows rows) {
  if (status_.ok()) status_ = connection_->Send(std::move(rows));
  return status_;
}

}  // namespace berth::client
