// What the steps of a running program have brought.
#ifndef BERTH_SERVER_PROGRAM_OUTCOMES_H_
#define BERTH_SERVER_PROGRAM_OUTCOMES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "berth/v1/result.pb.h"
#include "berth/v1/transaction.pb.h"
#include "server/program/program.h"
#include "server/program/step_values.h"

namespace berth::program {

// What is known of a step for those that come after it.
struct StepOutcome {
  enum class State { kPending, kSkipped, kFailed, kDone };

  StepOutcome() = default;

  State state = State::kPending;
  // 0: none was generated.
  uint64_t last_insert_id = 0;
  uint64_t affected_rows = 0;
  uint64_t row_count = 0;
  // Of the first result, only where a reference names a row of it.
  std::vector<std::string> columns;
  absl::flat_hash_map<uint32_t, v1::Row> rows;
};

// The outcomes of one attempt. `program` must outlive it.
class Outcomes {
 public:
  explicit Outcomes(const Program* program)
      : program_(program), outcomes_(program->steps.size()) {}

  StepOutcome& operator[](int step) { return outcomes_[step]; }

  // The value that a reference of step `self` means. Fails with REF_UNRESOLVED,
  // which names `path`, if there is none.
  absl::StatusOr<v1::Value> Resolve(const v1::Ref& ref, int self,
                                    PathFn path) const;

  // Puts values in the place of all references of `step`, a copy of step
  // `self`.
  absl::Status Substitute(int self, v1::Step& step) const;

  // Whether the condition of step `self` holds. Fails with INVALID_FIELD where
  // it compares what cannot be compared.
  absl::StatusOr<bool> Holds(const v1::Condition& condition, int self) const;

  // OK if all assertions of step `self` hold; else ASSERTION, REF_UNRESOLVED or
  // INVALID_FIELD, which name the assertion.
  absl::Status CheckAssertions(int self) const;

 private:
  absl::StatusOr<bool> Compare(const v1::Comparison& comparison, int self,
                               PathFn path) const;

  const Program* program_;
  std::vector<StepOutcome> outcomes_;
};

}  // namespace berth::program

#endif  // BERTH_SERVER_PROGRAM_OUTCOMES_H_
