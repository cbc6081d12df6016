#include "server/program/step_values.h"

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"

namespace berth::program {
namespace {

using plan::Besides;
using Values = google::protobuf::RepeatedPtrField<v1::Value>;

absl::Status VisitParameters(Values& parameters, PathFn path, ValueFn visit) {
  for (int i = 0; i < parameters.size(); ++i) {
    v1::Value& value = parameters[i];
    const auto value_path = [&] { return absl::StrCat(path(), "[", i, "]"); };
    RETURN_IF_ERROR(visit(value, Besides::kList, value_path));
    if (!value.has_list()) continue;
    Values& values = *value.mutable_list()->mutable_values();
    for (int j = 0; j < values.size(); ++j) {
      RETURN_IF_ERROR(visit(values[j], Besides::kNothing, [&] {
        return absl::StrCat(value_path(), ".list.values[", j, "]");
      }));
    }
  }
  return absl::OkStatus();
}

absl::Status VisitRows(v1::InsertSpec& insert, ValueFn visit) {
  for (int i = 0; i < insert.rows_size(); ++i) {
    Values& values = *insert.mutable_rows(i)->mutable_values();
    for (int j = 0; j < values.size(); ++j) {
      RETURN_IF_ERROR(visit(values[j], Besides::kDefault, [i, j] {
        return absl::StrCat("insert.rows[", i, "].values[", j, "]");
      }));
    }
  }
  return absl::OkStatus();
}

absl::Status VisitAssignments(v1::UpdateSpec& update, ValueFn visit) {
  for (int i = 0; i < update.assignments_size(); ++i) {
    v1::Assignment& assignment = *update.mutable_assignments(i);
    const auto path = [i] {
      return absl::StrCat("update.assignments[", i, "]");
    };
    if (assignment.has_value()) {
      RETURN_IF_ERROR(visit(*assignment.mutable_value(), Besides::kDefault,
                            [&] { return absl::StrCat(path(), ".value"); }));
    } else if (assignment.has_expression()) {
      RETURN_IF_ERROR(VisitParameters(
          *assignment.mutable_expression()->mutable_parameters(),
          [&] { return absl::StrCat(path(), ".expression.parameters"); },
          visit));
    }
  }
  return absl::OkStatus();
}

template <typename Spec>
absl::Status VisitFilter(Spec& spec, const char* path, ValueFn visit) {
  if (!spec.has_filter()) return absl::OkStatus();
  return VisitParameters(
      *spec.mutable_filter()->mutable_parameters(),
      [path] { return std::string(path); }, visit);
}

}  // namespace

absl::Status VisitValues(v1::Step& step, ValueFn visit) {
  switch (step.operation_case()) {
    case v1::Step::kSelect:
      return VisitFilter(*step.mutable_select(), "select.filter.parameters",
                         visit);
    case v1::Step::kInsert:
      return VisitRows(*step.mutable_insert(), visit);
    case v1::Step::kUpdate:
      RETURN_IF_ERROR(VisitAssignments(*step.mutable_update(), visit));
      return VisitFilter(*step.mutable_update(), "update.filter.parameters",
                         visit);
    case v1::Step::kDelete:
      return VisitFilter(*step.mutable_delete_(), "delete.filter.parameters",
                         visit);
    case v1::Step::kStatement:
      return VisitParameters(
          *step.mutable_statement()->mutable_parameters(),
          [] { return std::string("statement.parameters"); }, visit);
    case v1::Step::OPERATION_NOT_SET:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace berth::program
