#include "server/program/program.h"

#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace berth::program {

absl::Status NameStep(const absl::Status& status, int index,
                      const v1::Step& step) {
  if (status.ok()) return status;
  absl::Status named =
      errors::WithMetadata(status, "step", absl::StrCat(index));
  if (!step.id().empty()) {
    named = errors::WithMetadata(named, "step_id", step.id());
  }
  return errors::WithFieldPrefix(named, absl::StrCat("steps[", index, "]."));
}

}  // namespace berth::program
