// A sink that does not say that all is done before it is.
#ifndef BERTH_SERVER_EXEC_HELD_END_H_
#define BERTH_SERVER_EXEC_HELD_END_H_

#include <optional>

#include "server/mariadb/row_sink.h"
#include "server/runtime/task.h"

namespace berth::exec {

// Hands results on to another sink, but the end of the last one only with
// Release.
class HeldEnd final : public mariadb::RowSink {
 public:
  // Borrowed.
  explicit HeldEnd(mariadb::RowSink* sink) : sink_(sink) {}

  void BeginResult(const mariadb::ResultMetadata& metadata) override {
    begun_ = true;
    sink_->BeginResult(metadata);
  }
  void Null() override { sink_->Null(); }
  void Int(int64_t value) override { sink_->Int(value); }
  void Uint(uint64_t value) override { sink_->Uint(value); }
  void Double(double value) override { sink_->Double(value); }
  void Text(mariadb::TextKind kind, absl::string_view value) override {
    sink_->Text(kind, value);
  }
  Next EndRow() override { return sink_->EndRow(); }
  runtime::Task<absl::Status> Flush() override { return sink_->Flush(); }
  runtime::Task<absl::Status> EndResult(
      const mariadb::ResultSummary& summary) override {
    begun_ = true;
    if (summary.more) return sink_->EndResult(summary);
    return Hold(summary);
  }

  // Whether anything of an answer has come.
  bool begun() const { return begun_; }
  // Hands on what is held.
  runtime::Task<absl::Status> Release() { return sink_->EndResult(*held_); }

 private:
  runtime::Task<absl::Status> Hold(mariadb::ResultSummary summary) {
    held_ = summary;
    co_return absl::OkStatus();
  }

  mariadb::RowSink* const sink_;
  bool begun_ = false;
  std::optional<mariadb::ResultSummary> held_;
};

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_HELD_END_H_
