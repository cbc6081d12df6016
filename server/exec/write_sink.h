// The answer of a write.
#ifndef BERTH_SERVER_EXEC_WRITE_SINK_H_
#define BERTH_SERVER_EXEC_WRITE_SINK_H_

#include <cstdint>

#include "berth/v1/result.pb.h"
#include "server/exec/result_encoder.h"
#include "server/plan/plan.h"

namespace berth::exec {

// Gathers what a write did, with the rows that RETURNING gives and the
// generated ids among them.
class WriteSink final : public ResultEncoder {
 public:
  // `plan` must outlive the sink.
  WriteSink(const plan::Plan& plan, v1::WriteResult* result)
      : plan_(plan), result_(*result) {}

  void BeginResult(const mariadb::ResultMetadata& metadata) override;
  void Int(int64_t value) override;
  void Uint(uint64_t value) override;
  void Null() override;
  void Double(double value) override;
  void Text(mariadb::TextKind kind, absl::string_view value) override;
  Next EndRow() override;
  runtime::Task<absl::Status> Flush() override;
  runtime::Task<absl::Status> EndResult(
      const mariadb::ResultSummary& summary) override;

 private:
  // Whether the next cell belongs to the answer. An id column that only the
  // planner asked for does not.
  bool NextCellIsWanted() { return cell_++ < wanted_columns_; }
  bool IsIdCell() const { return cell_ == plan_.generated_id_column; }

  const plan::Plan& plan_;
  v1::WriteResult& result_;
  int cell_ = 0;
  int wanted_columns_ = 0;
};

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_WRITE_SINK_H_
