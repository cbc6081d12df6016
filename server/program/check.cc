#include "server/program/check.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/plan/execute_planner.h"
#include "server/plan/refuse.h"
#include "server/plan/value_check.h"
#include "server/program/reference_check.h"
#include "server/program/statement_check.h"
#include "server/program/step_values.h"

namespace berth::program {
namespace {

using plan::OverLimit;
using plan::Refuse;

size_t CountCharacters(absl::string_view utf8) {
  return static_cast<size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

absl::Status CheckId(const std::string& id) {
  const size_t characters = CountCharacters(id);
  if (characters <= limits::kStepIdCharacters) return absl::OkStatus();
  return OverLimit("id", "characters of an id", limits::kStepIdCharacters,
                   characters);
}

absl::Status CheckStatement(const v1::Statement& statement) {
  switch (statement.text_case()) {
    case v1::Statement::kPrepared:
      return Refuse("statement.prepared",
                    "only a session has prepared statements");
    case v1::Statement::TEXT_NOT_SET:
      return Refuse("statement.sql", "required");
    default:
      break;
  }
  if (statement.cursor()) {
    return Refuse("statement.cursor", "only a session has cursors");
  }
  const bool bytes = statement.has_sql_bytes();
  const std::string& text = bytes ? statement.sql_bytes() : statement.sql();
  if (EndsTransaction(text)) {
    return Refuse(bytes ? "statement.sql_bytes" : "statement.sql",
                  "the statement would end the transaction of the program");
  }
  return absl::OkStatus();
}

// A CALL may be many statements, of which MariaDB undoes only the last one; so
// may be what is not known by its first word.
bool NeedsSavepoint(const v1::Step& step) {
  if (!step.has_statement()) return false;
  const v1::Statement& statement = step.statement();
  const plan::Effect effect = plan::EffectOf(
      statement.has_sql_bytes() ? statement.sql_bytes() : statement.sql());
  return effect == plan::Effect::kSeveral ||
         (effect == plan::Effect::kCommit &&
          step.on_error() == v1::ON_ERROR_CONTINUE);
}

absl::Status CheckList(const v1::ValueList& list, PathFn path) {
  if (list.values_size() <= limits::kListValues) return absl::OkStatus();
  return OverLimit(path(), "values of a list", limits::kListValues,
                   list.values_size());
}

absl::Status CheckValues(Program& program, CheckedStep& checked) {
  return VisitValues(
      *checked.step,
      [&](const v1::Value& value, plan::Besides besides,
          PathFn path) -> absl::Status {
        if (value.has_ref()) {
          checked.has_refs = true;
          return CheckReference(value.ref(), program, path);
        }
        // Its values come after it.
        if (value.has_list() && besides == plan::Besides::kList) {
          return CheckList(value.list(), path);
        }
        return plan::CheckValue(value, besides, path);
      });
}

absl::Status CheckOperation(CheckedStep& checked) {
  v1::Step& step = *checked.step;
  switch (step.operation_case()) {
    case v1::Step::OPERATION_NOT_SET:
      return Refuse("operation", "the step says nothing to do");
    case v1::Step::kStatement:
      RETURN_IF_ERROR(CheckStatement(step.statement()));
      break;
    case v1::Step::kSelect: {
      v1::SelectSpec& select = *step.mutable_select();
      if (select.max_rows() != 0) {
        checked.max_rows = std::min(checked.max_rows, select.max_rows());
      }
      // One row more tells whether there are more.
      select.set_max_rows(checked.max_rows + 1);
      break;
    }
    default:
      break;
  }
  checked.needs_savepoint = NeedsSavepoint(step);
  return absl::OkStatus();
}

// Adds a step to those that are checked.
absl::Status CheckStep(Program& program, v1::Step& step, uint64_t max_rows) {
  CheckedStep checked;
  checked.step = &step;
  checked.max_rows = max_rows;
  RETURN_IF_ERROR(CheckId(step.id()));
  if (program.by_id.contains(step.id())) {
    return Refuse("id", absl::StrCat("step ", program.IndexOf(step.id()),
                                     " has the id \"", step.id(), "\" too"));
  }
  if (!v1::OnError_IsValid(step.on_error())) {
    return Refuse("on_error", "not a way that this server knows");
  }
  if (step.has_condition()) {
    RETURN_IF_ERROR(CheckCondition(step.condition(), program));
  }
  RETURN_IF_ERROR(CheckOperation(checked));
  RETURN_IF_ERROR(CheckValues(program, checked));
  program.steps.push_back(std::move(checked));
  RETURN_IF_ERROR(CheckAssertions(step, program));
  if (!step.id().empty()) {
    program.by_id[step.id()] = static_cast<int>(program.steps.size()) - 1;
  }
  return absl::OkStatus();
}

absl::Status CheckTransaction(const v1::TransactionOptions& options,
                              Program& program) {
  if (!v1::Isolation_IsValid(options.isolation())) {
    return Refuse("transaction.isolation", "unknown value");
  }
  program.isolation = options.isolation();
  program.read_only = options.read_only();
  if (options.has_lock_wait()) {
    program.lock_wait = absl::Seconds(options.lock_wait().seconds()) +
                        absl::Nanoseconds(options.lock_wait().nanos());
    if (*program.lock_wait < absl::ZeroDuration()) {
      return Refuse("transaction.lock_wait", "negative");
    }
  }
  return absl::OkStatus();
}

bool OnlyReads(const Program& program) {
  return program.read_only ||
         std::all_of(
             program.steps.begin(), program.steps.end(),
             [](const CheckedStep& step) { return step.step->has_select(); });
}

}  // namespace

absl::StatusOr<Program> Check(v1::TransactionRequest& request,
                              uint64_t max_rows) {
  if (request.steps_size() == 0) return Refuse("steps", "required");
  if (request.steps_size() > limits::kProgramSteps) {
    return OverLimit("steps", "steps of a program", limits::kProgramSteps,
                     request.steps_size());
  }
  if (request.max_attempts() > limits::kProgramAttempts) {
    return OverLimit("max_attempts", "attempts", limits::kProgramAttempts,
                     request.max_attempts());
  }
  Program program;
  program.max_attempts = request.max_attempts() == 0
                             ? limits::kDefaultProgramAttempts
                             : request.max_attempts();
  RETURN_IF_ERROR(CheckTransaction(request.transaction(), program));
  program.steps.reserve(static_cast<size_t>(request.steps_size()));
  for (int i = 0; i < request.steps_size(); ++i) {
    v1::Step& step = *request.mutable_steps(i);
    RETURN_IF_ERROR(NameStep(CheckStep(program, step, max_rows), i, step));
  }
  program.only_reads = OnlyReads(program);
  return program;
}

}  // namespace berth::program
