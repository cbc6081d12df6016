// The results of one step of a program.
#ifndef BERTH_SERVER_PROGRAM_STEP_ENCODER_H_
#define BERTH_SERVER_PROGRAM_STEP_ENCODER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "server/exec/result_encoder.h"
#include "server/program/outcomes.h"
#include "server/program/program.h"

namespace berth::program {

// Gathers results in the wire format of v1.Results, as long as there is room,
// and keeps the rows that references name.
class StepEncoder final : public exec::ResultEncoder {
 public:
  // `room` is what the response has left, in bytes; its very first row,
  // `is_first`, is answered whatever its size. `step` and `outcome` must
  // outlive the encoder.
  StepEncoder(const CheckedStep& step, size_t room, bool is_first,
              StepOutcome* outcome)
      : step_(step), room_(room), may_exceed_(is_first), outcome_(*outcome) {}

  void BeginResult(const mariadb::ResultMetadata& metadata) override;
  Next EndRow() override;
  runtime::Task<absl::Status> Flush() override;
  runtime::Task<absl::Status> EndResult(
      const mariadb::ResultSummary& summary) override;

  const std::string& results() const { return results_; }
  // Whether any row was answered.
  bool has_rows() const { return has_rows_; }

 private:
  const CheckedStep& step_;
  const size_t room_;
  bool may_exceed_;
  StepOutcome& outcome_;
  // Which result with columns is read, from 1.
  int result_ = 0;
  uint64_t rows_seen_ = 0;
  bool has_rows_ = false;
  std::string results_;
};

}  // namespace berth::program

#endif  // BERTH_SERVER_PROGRAM_STEP_ENCODER_H_
