#include "tests/integration/program_as_session.h"

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"

namespace berth::test {
namespace {

absl::Status Because(const char* reason) {
  return absl::FailedPreconditionError(reason);
}

v1::Value Uint(uint64_t number) { return client::ToValue(number); }

std::optional<double> Number(const v1::Value& value) {
  double number = 0;
  switch (value.kind_case()) {
    case v1::Value::kIntValue:
      return static_cast<double>(value.int_value());
    case v1::Value::kUintValue:
      return static_cast<double>(value.uint_value());
    case v1::Value::kDecimal:
      if (absl::SimpleAtod(value.decimal(), &number)) return number;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

std::string Line(const v1::StepResult& result) {
  if (!result.has_error()) return absl::StrCat(result.ShortDebugString(), "\n");
  google::rpc::ErrorInfo info;
  for (const auto& detail : result.error().details()) {
    if (detail.UnpackTo(&info)) break;
  }
  return absl::StrCat("id: \"", result.id(), "\" failed: ", info.reason(),
                      "\n");
}

std::string Ended(int step, const std::string& reason) {
  return absl::StrCat("step ", step, " ended the program: ", reason, "\n");
}

}  // namespace

int ProgramAsSession::IndexOf(const std::string& id) const {
  for (int i = 0; i < program_.steps_size(); ++i) {
    if (program_.steps(i).id() == id) return i;
  }
  std::abort();
}

absl::StatusOr<v1::Value> ProgramAsSession::Resolve(const v1::Ref& ref,
                                                    int self) const {
  const Outcome& outcome =
      outcomes_[ref.step().empty() ? self : IndexOf(ref.step())];
  if (outcome.state != Outcome::State::kDone) return Because("REF_UNRESOLVED");
  const v1::ResultChunk* rows = nullptr;
  for (const v1::ResultChunk& result : outcome.results) {
    if (result.columns_size() == 0) continue;
    rows = &result;
    break;
  }
  switch (ref.what_case()) {
    case v1::Ref::kAffectedRows:
      return Uint(outcome.affected_rows);
    case v1::Ref::kRowCount:
      return Uint(rows == nullptr ? 0 : rows->end().row_count());
    case v1::Ref::kLastInsertId:
      if (!outcome.last_insert_id.has_value()) return Because("REF_UNRESOLVED");
      return Uint(*outcome.last_insert_id);
    default:
      break;
  }
  const int row = static_cast<int>(ref.cell().row());
  for (int i = 0; rows != nullptr && row < rows->rows().rows_size() &&
                  i < rows->columns_size();
       ++i) {
    if (rows->columns(i).name() == ref.cell().column()) {
      return rows->rows().rows(row).values(i);
    }
  }
  return Because("REF_UNRESOLVED");
}

absl::Status ProgramAsSession::Put(v1::Value& value) const {
  if (value.has_list()) {
    for (v1::Value& one : *value.mutable_list()->mutable_values()) {
      if (absl::Status put = Put(one); !put.ok()) return put;
    }
  }
  if (!value.has_ref()) return absl::OkStatus();
  auto resolved = Resolve(value.ref(), -1);
  if (!resolved.ok()) return resolved.status();
  value = *resolved;
  return absl::OkStatus();
}

absl::Status ProgramAsSession::PutAll(v1::Step& step) const {
  std::vector<v1::Value*> values;
  const auto add = [&values](auto* parameters) {
    for (v1::Value& value : *parameters) values.push_back(&value);
  };
  if (step.has_select()) {
    add(step.mutable_select()->mutable_filter()->mutable_parameters());
  } else if (step.has_update()) {
    for (auto& to : *step.mutable_update()->mutable_assignments()) {
      if (to.has_value()) values.push_back(to.mutable_value());
      if (to.has_expression()) {
        add(to.mutable_expression()->mutable_parameters());
      }
    }
    add(step.mutable_update()->mutable_filter()->mutable_parameters());
  } else if (step.has_delete_()) {
    add(step.mutable_delete_()->mutable_filter()->mutable_parameters());
  } else if (step.has_statement()) {
    add(step.mutable_statement()->mutable_parameters());
  } else {
    for (v1::Row& row : *step.mutable_insert()->mutable_rows()) {
      add(row.mutable_values());
    }
  }
  for (v1::Value* value : values) {
    if (absl::Status put = Put(*value); !put.ok()) return put;
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> ProgramAsSession::Holds(const v1::Comparison& comparison,
                                             int self) const {
  const auto left = Resolve(comparison.left(), self);
  if (!left.ok()) return left.status();
  v1::Value right = comparison.right();
  if (absl::Status put = Put(right); !put.ok()) return put;
  int order = 0;
  if (left->has_null_value() != right.has_null_value()) {
    return comparison.operator_() == v1::Comparison::NOT_EQUAL;
  }
  if (!left->has_null_value()) {
    const auto a = Number(*left);
    const auto b = Number(right);
    if (!a.has_value() || !b.has_value()) return Because("INVALID_FIELD");
    order = *a < *b ? -1 : *a > *b ? 1 : 0;
  }
  switch (comparison.operator_()) {
    case v1::Comparison::NOT_EQUAL:
      return order != 0;
    case v1::Comparison::LESS:
      return order < 0;
    case v1::Comparison::LESS_OR_EQUAL:
      return order <= 0;
    case v1::Comparison::GREATER:
      return order > 0;
    case v1::Comparison::GREATER_OR_EQUAL:
      return order >= 0;
    default:
      return order == 0;
  }
}

// Generated programs compare numbers and NULL only, so nothing fails but what
// has no value, and then nothing holds.
absl::StatusOr<bool> ProgramAsSession::Holds(
    const v1::Condition& condition) const {
  const auto state = [this](const std::string& id) {
    return outcomes_[IndexOf(id)].state;
  };
  switch (condition.kind_case()) {
    case v1::Condition::kOk:
      return state(condition.ok()) == Outcome::State::kDone;
    case v1::Condition::kFailed:
      return state(condition.failed()) == Outcome::State::kFailed;
    case v1::Condition::kNot:
      return !*Holds(condition.not_());
    case v1::Condition::kAll:
      return *Holds(condition.all().conditions(0)) &&
             *Holds(condition.all().conditions(1));
    case v1::Condition::kAny:
      return *Holds(condition.any().conditions(0)) ||
             *Holds(condition.any().conditions(1));
    default: {
      const auto holds = Holds(condition.compare(), -1);
      return holds.ok() && *holds;
    }
  }
}

absl::StatusOr<v1::StepResult> ProgramAsSession::Operate(const v1::Step& step,
                                                         Outcome& outcome) {
  v1::StepResult result;
  result.set_id(step.id());
  if (step.has_select() || step.has_statement()) {
    if (step.has_select()) {
      auto rows = session_.Select(step.select());
      if (!rows.ok()) return rows.status();
      outcome.results = {*std::move(rows)};
    } else {
      auto results = session_.Execute(step.statement());
      if (!results.ok()) return results.status();
      outcome.results = *std::move(results);
    }
    for (const v1::ResultChunk& chunk : outcome.results) {
      *result.mutable_results()->add_results() = chunk;
      if (!chunk.end().has_write()) continue;
      const v1::WriteResult& write = chunk.end().write();
      outcome.affected_rows = write.affected_rows();
      if (write.generated_ids_size() > 0) {
        outcome.last_insert_id = write.generated_ids(0);
      }
    }
    return result;
  }
  absl::StatusOr<v1::WriteResult> write =
      step.has_insert()   ? session_.Insert(step.insert())
      : step.has_update() ? session_.Update(step.update())
                          : session_.Delete(step.delete_());
  if (!write.ok()) return write.status();
  outcome.affected_rows = write->affected_rows();
  if (write->generated_ids_size() > 0) {
    outcome.last_insert_id = write->generated_ids(0);
  }
  if (write->has_returned()) outcome.results = {write->returned()};
  *result.mutable_write() = *std::move(write);
  return result;
}

std::string ProgramAsSession::RunStep(int index, bool& ended) {
  v1::Step step = program_.steps(index);
  Outcome& outcome = outcomes_[index];
  v1::StepResult result;
  result.set_id(step.id());
  if (step.has_condition() && !*Holds(step.condition())) {
    outcome.state = Outcome::State::kSkipped;
    result.mutable_skipped();
    return Line(result);
  }
  std::string line;
  ended = true;
  if (absl::Status put = PutAll(step); !put.ok()) {
    return Ended(index, std::string(put.message()));
  }
  // Whatever fails is to be undone as a whole.
  v1::Savepoint savepoint;
  savepoint.set_name("step");
  if (!session_.Savepoint(savepoint).ok()) std::abort();
  absl::StatusOr<v1::StepResult> done = Operate(step, outcome);
  if (done.ok()) {
    outcome.state = Outcome::State::kDone;
    line = Line(*done);
  } else {
    outcome = Outcome();
    outcome.state = Outcome::State::kFailed;
    const std::string reason = client::ReasonOf(done.status());
    if (step.on_error() != v1::ON_ERROR_CONTINUE) return Ended(index, reason);
    savepoint.set_action(v1::Savepoint::ROLLBACK_TO);
    if (!session_.Savepoint(savepoint).ok()) std::abort();
    line = absl::StrCat("id: \"", step.id(), "\" failed: ", reason, "\n");
  }
  for (const v1::Comparison& assertion : step.assertions()) {
    const auto holds = Holds(assertion, index);
    if (!holds.ok()) return Ended(index, std::string(holds.status().message()));
    if (!*holds) return Ended(index, "ASSERTION");
  }
  ended = false;
  return line;
}

std::string ProgramAsSession::Run() {
  outcomes_.assign(static_cast<size_t>(program_.steps_size()), Outcome());
  if (!session_.Begin().ok()) std::abort();
  std::string lines;
  for (int i = 0; i < program_.steps_size(); ++i) {
    bool ended = false;
    const std::string line = RunStep(i, ended);
    if (ended) {
      if (!session_.Rollback().ok()) std::abort();
      return line;
    }
    lines += line;
  }
  if (!session_.Commit().ok()) std::abort();
  return absl::StrCat(lines, "committed");
}

std::string Describe(const absl::StatusOr<v1::TransactionResponse>& answer) {
  if (!answer.ok()) {
    int step = -1;
    if (!absl::SimpleAtoi(client::MetadataOf(answer.status(), "step"), &step)) {
      return absl::StrCat("without a step: ", answer.status().ToString());
    }
    return Ended(step, client::ReasonOf(answer.status()));
  }
  std::string lines;
  for (const v1::StepResult& result : answer->results()) lines += Line(result);
  return absl::StrCat(lines, "committed");
}

}  // namespace berth::test
