#include "server/program/reference_check.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/plan/refuse.h"
#include "server/program/comparison.h"

namespace berth::program {
namespace {

using plan::OverLimit;
using plan::Refuse;

// Whether a reference without an id means the step itself.
enum class Self { kRefused, kAllowed };

absl::Status CheckId(const std::string& id, const Program& program,
                     PathFn path) {
  if (program.by_id.contains(id)) return absl::OkStatus();
  return Refuse(path(),
                absl::StrCat("no earlier step has the id \"", id, "\""));
}

void Keep(uint32_t row, std::vector<uint32_t>& rows) {
  const auto place = std::lower_bound(rows.begin(), rows.end(), row);
  if (place == rows.end() || *place != row) rows.insert(place, row);
}

absl::Status CheckRef(const v1::Ref& ref, Self self, Program& program,
                      PathFn path) {
  if (self == Self::kRefused || !ref.step().empty()) {
    RETURN_IF_ERROR(CheckId(ref.step(), program,
                            [&] { return absl::StrCat(path(), ".step"); }));
  }
  if (ref.what_case() == v1::Ref::WHAT_NOT_SET) {
    return Refuse(path(), "the reference says nothing of the step");
  }
  if (!ref.has_cell()) return absl::OkStatus();
  if (ref.cell().column().empty()) {
    return Refuse(absl::StrCat(path(), ".cell.column"), "required");
  }
  CheckedStep& target = ref.step().empty()
                            ? program.steps.back()
                            : program.steps[program.IndexOf(ref.step())];
  Keep(ref.cell().row(), target.kept_rows);
  return absl::OkStatus();
}

absl::Status CheckComparison(const v1::Comparison& comparison, Self self,
                             Program& program, PathFn path) {
  if (!v1::Comparison::Operator_IsValid(comparison.operator_())) {
    return Refuse(absl::StrCat(path(), ".operator"), "not an operator");
  }
  RETURN_IF_ERROR(CheckRef(comparison.left(), self, program,
                           [&] { return absl::StrCat(path(), ".left"); }));
  const auto right_path = [&] { return absl::StrCat(path(), ".right"); };
  const v1::Value& right = comparison.right();
  if (right.has_ref()) {
    return CheckRef(right.ref(), self, program,
                    [&] { return absl::StrCat(right_path(), ".ref"); });
  }
  const absl::Status comparable = CheckComparable(right);
  if (!comparable.ok()) return Refuse(right_path(), comparable.message());
  if (!comparison.left().has_cell() && !right.has_null_value() &&
      !IsNumber(right)) {
    return Refuse(right_path(), "a count or an id compares with numbers only");
  }
  return absl::OkStatus();
}

absl::Status CheckCondition(const v1::Condition& condition, int depth,
                            Program& program, PathFn path) {
  if (depth > limits::kConditionDepth) {
    return OverLimit("condition", "levels of a condition",
                     limits::kConditionDepth, static_cast<uint64_t>(depth));
  }
  const auto each = [&](const v1::Conditions& conditions,
                        const char* kind) -> absl::Status {
    if (conditions.conditions_size() == 0) {
      return Refuse(absl::StrCat(path(), kind, ".conditions"), "required");
    }
    for (int i = 0; i < conditions.conditions_size(); ++i) {
      RETURN_IF_ERROR(CheckCondition(
          conditions.conditions(i), depth + 1, program,
          [&] { return absl::StrCat(path(), kind, ".conditions[", i, "]"); }));
    }
    return absl::OkStatus();
  };
  switch (condition.kind_case()) {
    case v1::Condition::kOk:
      return CheckId(condition.ok(), program,
                     [&] { return absl::StrCat(path(), ".ok"); });
    case v1::Condition::kFailed:
      return CheckId(condition.failed(), program,
                     [&] { return absl::StrCat(path(), ".failed"); });
    case v1::Condition::kNot:
      return CheckCondition(condition.not_(), depth + 1, program,
                            [&] { return absl::StrCat(path(), ".not"); });
    case v1::Condition::kAll:
      return each(condition.all(), ".all");
    case v1::Condition::kAny:
      return each(condition.any(), ".any");
    case v1::Condition::kCompare:
      return CheckComparison(condition.compare(), Self::kRefused, program,
                             [&] { return absl::StrCat(path(), ".compare"); });
    case v1::Condition::KIND_NOT_SET:
      return Refuse(path(), "the condition has no kind");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckReference(const v1::Ref& ref, Program& program, PathFn path) {
  return CheckRef(ref, Self::kRefused, program,
                  [&] { return absl::StrCat(path(), ".ref"); });
}

absl::Status CheckCondition(const v1::Condition& condition, Program& program) {
  return CheckCondition(condition, 1, program,
                        [] { return std::string("condition"); });
}

absl::Status CheckAssertions(const v1::Step& step, Program& program) {
  for (int i = 0; i < step.assertions_size(); ++i) {
    RETURN_IF_ERROR(
        CheckComparison(step.assertions(i), Self::kAllowed, program,
                        [i] { return absl::StrCat("assertions[", i, "]"); }));
  }
  return absl::OkStatus();
}

}  // namespace berth::program
