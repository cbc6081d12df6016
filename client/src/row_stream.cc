#include "berth/client/row_stream.h"

#include <utility>

#include "client/src/results.h"

namespace berth::client {

RowStream::RowStream(std::unique_ptr<ResultSource> source)
    : source_(std::move(source)) {
  if (Fetch()) BeginResult();
}

RowStream::RowStream(RowStream&&) noexcept = default;
RowStream& RowStream::operator=(RowStream&&) noexcept = default;
RowStream::~RowStream() = default;

const v1::Row* RowStream::Next() {
  while (chunk_ != nullptr && !is_next_result_) {
    fresh_ = false;
    if (row_ < chunk_->rows().rows_size()) return &chunk_->rows().rows(row_++);
    if (!Advance()) break;
  }
  return nullptr;
}

v1::ResultChunk* RowStream::NextChunk() {
  if (chunk_ == nullptr || is_next_result_) return nullptr;
  if (!fresh_ && !Advance()) return nullptr;
  fresh_ = false;
  row_ = chunk_->rows().rows_size();
  return chunk_;
}

bool RowStream::NextResult() {
  while (NextChunk() != nullptr) {
  }
  if (!is_next_result_) return false;
  BeginResult();
  return true;
}

void RowStream::Cancel() {
  if (source_ == nullptr) return;
  source_->Cancel();
  source_ = nullptr;
  chunk_ = nullptr;
  is_next_result_ = false;
}

void RowStream::BeginResult() {
  is_next_result_ = false;
  columns_ = chunk_->columns();
  end_.Clear();
  KeepEnd();
}

void RowStream::KeepEnd() {
  if (last_) end_ = chunk_->end();
}

bool RowStream::Advance() {
  if (chunk_ == nullptr || is_next_result_) return false;
  const bool was_last = last_;
  if (!Fetch()) return false;
  is_next_result_ = was_last;
  if (!was_last) KeepEnd();
  return !was_last;
}

bool RowStream::Fetch() {
  while (true) {
    absl::StatusOr<v1::ResultChunk*> next = source_->Next();
    if (!next.ok() || *next == nullptr) {
      status_ = next.status();
      // An answer without its end is not all of it.
      if (next.ok() && !last_) status_ = internal::UnexpectedAnswer();
      source_ = nullptr;
      chunk_ = nullptr;
      return false;
    }
    chunk_ = *next;
    auto& rows = *chunk_->mutable_rows()->mutable_rows();
    if (cut_ && !rows.empty()) {
      internal::JoinRow(cut_row_, *rows.Mutable(0));
      // What is nothing but a part of a value leaves nothing behind.
      if (rows.size() == 1 && chunk_->last_cell_continues()) continue;
      rows.Mutable(0)->Swap(&cut_row_);
      cut_ = false;
    }
    if (chunk_->last_cell_continues() && !rows.empty()) {
      cut_row_.Clear();
      rows.Mutable(rows.size() - 1)->Swap(&cut_row_);
      rows.RemoveLast();
      chunk_->clear_last_cell_continues();
      cut_ = true;
    }
    row_ = 0;
    fresh_ = true;
    last_ = chunk_->has_end();
    return true;
  }
}

}  // namespace berth::client
