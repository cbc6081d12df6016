// A transaction program that has been checked.
#ifndef BERTH_SERVER_PROGRAM_PROGRAM_H_
#define BERTH_SERVER_PROGRAM_PROGRAM_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "berth/v1/transaction.pb.h"

namespace berth::program {

// A step, and what its check has found out.
struct CheckedStep {
  CheckedStep() = default;

  v1::Step* step = nullptr;
  // Whether values of earlier steps are to be put into it.
  bool has_refs = false;
  // Whether it runs within a savepoint: it is made of several statements, or
  // nobody knows of how many.
  bool needs_savepoint = false;
  // The most rows of each of its results to answer.
  uint64_t max_rows = 0;
  // The rows of its first result that references name; rising.
  std::vector<uint32_t> kept_rows;
};

// Points into the request, which must outlive it.
struct Program {
  Program() = default;

  // The step of this id, which the check has found.
  int IndexOf(absl::string_view id) const { return by_id.at(id); }

  std::vector<CheckedStep> steps;
  absl::flat_hash_map<absl::string_view, int> by_id;
  v1::Isolation isolation = v1::ISOLATION_UNSPECIFIED;
  bool read_only = false;
  std::optional<absl::Duration> lock_wait;
  uint32_t max_attempts = 0;
  // Whether a COMMIT that is lost has lost nothing.
  bool only_reads = false;
};

// The same error with the step's number and id in its metadata, and its fields
// named within the request. OK stays OK.
absl::Status NameStep(const absl::Status& status, int index,
                      const v1::Step& step);

}  // namespace berth::program

#endif  // BERTH_SERVER_PROGRAM_PROGRAM_H_
