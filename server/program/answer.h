// The answer of a program, written step by step.
#ifndef BERTH_SERVER_PROGRAM_ANSWER_H_
#define BERTH_SERVER_PROGRAM_ANSWER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "berth/v1/result.pb.h"
#include "server/program/step_encoder.h"

namespace berth::program {

// Gathers the results of all steps in the wire format of
// v1.TransactionResponse, and knows how much room for rows is left.
class Answer {
 public:
  // `room` is the most bytes of all results together.
  explicit Answer(size_t room) : room_(room) {}

  // Each adds the result of the next step.
  void Skipped(const std::string& id);
  void Failed(const std::string& id, const absl::Status& status);
  void Results(const std::string& id, const StepEncoder& encoder);
  void Wrote(const std::string& id, const v1::WriteResult& result);

  // The bytes that are left for rows.
  size_t room() const {
    return body_.size() < room_ ? room_ - body_.size() : 0;
  }
  // Whether there is a row yet.
  bool has_rows() const { return has_rows_; }

  // The response, of a program that was run `attempts` times.
  std::string ToResponse(uint32_t attempts) const;

 private:
  void Add(const std::string& id, int field, absl::string_view outcome);

  const size_t room_;
  bool has_rows_ = false;
  std::string body_;
};

// Takes rows from the end of what a write returned until it fits into `room`
// bytes, and says so in `truncated`.
void CutReturnedRows(size_t room, v1::WriteResult* result);

}  // namespace berth::program

#endif  // BERTH_SERVER_PROGRAM_ANSWER_H_
