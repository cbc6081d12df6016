#include "server/program/outcomes.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/plan/refuse.h"
#include "server/program/comparison.h"

namespace berth::program {
namespace {

using State = StepOutcome::State;

absl::Status Unresolved(absl::string_view path, absl::string_view why) {
  return errors::Error(absl::StatusCode::kFailedPrecondition,
                       errors::kRefUnresolved)
      .Message(absl::StrCat(path, ": ", why))
      .Field(path, why);
}

v1::Value Uint(uint64_t number) {
  v1::Value value;
  value.set_uint_value(number);
  return value;
}

// The cell; null if there is none.
const v1::Value* Find(const StepOutcome& outcome, const v1::Cell& cell) {
  const auto row = outcome.rows.find(cell.row());
  if (row == outcome.rows.end()) return nullptr;
  const auto column =
      std::find(outcome.columns.begin(), outcome.columns.end(), cell.column());
  if (column == outcome.columns.end()) return nullptr;
  return &row->second.values(
      static_cast<int>(column - outcome.columns.begin()));
}

std::string NameOf(v1::Comparison::Operator op) {
  return op == v1::Comparison::OPERATOR_UNSPECIFIED
             ? "EQUAL"
             : v1::Comparison::Operator_Name(op);
}

}  // namespace

absl::StatusOr<v1::Value> Outcomes::Resolve(const v1::Ref& ref, int self,
                                            PathFn path) const {
  const int step = ref.step().empty() ? self : program_->IndexOf(ref.step());
  const StepOutcome& outcome = outcomes_[step];
  if (outcome.state != State::kDone) {
    return Unresolved(
        path(), absl::StrCat("step ", step, " ",
                             outcome.state == State::kSkipped ? "was skipped"
                                                              : "failed"));
  }
  switch (ref.what_case()) {
    case v1::Ref::kAffectedRows:
      return Uint(outcome.affected_rows);
    case v1::Ref::kRowCount:
      return Uint(outcome.row_count);
    case v1::Ref::kLastInsertId:
      if (outcome.last_insert_id != 0) return Uint(outcome.last_insert_id);
      return Unresolved(path(),
                        absl::StrCat("step ", step, " generated no id"));
    default:
      break;
  }
  const v1::Value* cell = Find(outcome, ref.cell());
  if (cell != nullptr) return *cell;
  return Unresolved(
      path(), absl::StrCat("step ", step, " answered no row ", ref.cell().row(),
                           " with a column \"", ref.cell().column(), "\""));
}

absl::Status Outcomes::Substitute(int self, v1::Step& step) const {
  return VisitValues(step,
                     [&](v1::Value& value, plan::Besides /*besides*/,
                         PathFn path) -> absl::Status {
                       if (!value.has_ref()) return absl::OkStatus();
                       ASSIGN_OR_RETURN(value,
                                        Resolve(value.ref(), self, path));
                       return absl::OkStatus();
                     });
}

absl::StatusOr<bool> Outcomes::Compare(const v1::Comparison& comparison,
                                       int self, PathFn path) const {
  ASSIGN_OR_RETURN(const v1::Value left, Resolve(comparison.left(), self, [&] {
                     return absl::StrCat(path(), ".left");
                   }));
  v1::Value resolved;
  const v1::Value* right = &comparison.right();
  if (right->has_ref()) {
    ASSIGN_OR_RETURN(resolved, Resolve(right->ref(), self, [&] {
                       return absl::StrCat(path(), ".right.ref");
                     }));
    right = &resolved;
  }
  absl::StatusOr<bool> holds =
      program::Compare(left, comparison.operator_(), *right);
  if (!holds.ok()) return plan::Refuse(path(), holds.status().message());
  return holds;
}

absl::StatusOr<bool> Outcomes::Holds(const v1::Condition& condition,
                                     int self) const {
  const auto state = [this](const std::string& id) {
    return outcomes_[program_->IndexOf(id)].state;
  };
  // Whether a condition among several is `wanted`.
  const auto any = [&](const v1::Conditions& conditions,
                       bool wanted) -> absl::StatusOr<bool> {
    for (const v1::Condition& one : conditions.conditions()) {
      ASSIGN_OR_RETURN(const bool holds, Holds(one, self));
      if (holds == wanted) return true;
    }
    return false;
  };
  switch (condition.kind_case()) {
    case v1::Condition::kOk:
      return state(condition.ok()) == State::kDone;
    case v1::Condition::kFailed:
      return state(condition.failed()) == State::kFailed;
    case v1::Condition::kNot: {
      ASSIGN_OR_RETURN(const bool holds, Holds(condition.not_(), self));
      return !holds;
    }
    case v1::Condition::kAll: {
      ASSIGN_OR_RETURN(const bool one_fails, any(condition.all(), false));
      return !one_fails;
    }
    case v1::Condition::kAny:
      return any(condition.any(), true);
    default:
      break;
  }
  absl::StatusOr<bool> holds = Compare(condition.compare(), self, [] {
    return std::string("condition.compare");
  });
  if (errors::ReasonOf(holds.status()) == errors::kRefUnresolved) return false;
  return holds;
}

absl::Status Outcomes::CheckAssertions(int self) const {
  const v1::Step& step = *program_->steps[self].step;
  for (int i = 0; i < step.assertions_size(); ++i) {
    const v1::Comparison& assertion = step.assertions(i);
    const auto path = [i] { return absl::StrCat("assertions[", i, "]"); };
    ASSIGN_OR_RETURN(const bool holds, Compare(assertion, self, path));
    if (holds) continue;
    const std::string what =
        absl::StrCat("the value is not ", NameOf(assertion.operator_()));
    return errors::Error(absl::StatusCode::kFailedPrecondition,
                         errors::kAssertion)
        .Message(absl::StrCat("steps[", self, "].", path(),
                              " does not hold; everything was rolled back"))
        .Field(path(), what);
  }
  return absl::OkStatus();
}

}  // namespace berth::program
