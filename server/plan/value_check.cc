#include "server/plan/value_check.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/plan/refuse.h"

namespace berth::plan {
namespace {

absl::Status CheckList(const v1::ValueList& list,
                       absl::FunctionRef<std::string()> field) {
  if (list.values_size() > limits::kListValues) {
    return OverLimit(field(), "values of a list", limits::kListValues,
                     list.values_size());
  }
  for (int i = 0; i < list.values_size(); ++i) {
    RETURN_IF_ERROR(CheckValue(list.values(i), Besides::kNothing, [&] {
      return absl::StrCat(field(), ".list.values[", i, "]");
    }));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckValue(const v1::Value& value, Besides besides,
                        absl::FunctionRef<std::string()> field) {
  switch (value.kind_case()) {
    case v1::Value::KIND_NOT_SET:
      return Refuse(field(),
                    "the value has no kind; for NULL set `null_value`");
    case v1::Value::kDoubleValue:
      if (std::isfinite(value.double_value())) return absl::OkStatus();
      return Refuse(field(), "NaN and infinities cannot be stored");
    case v1::Value::kDefaultValue:
      if (besides == Besides::kDefault) return absl::OkStatus();
      return Refuse(field(),
                    "DEFAULT is allowed only in rows of an insert and in "
                    "assignments");
    case v1::Value::kList:
      if (besides == Besides::kList) return CheckList(value.list(), field);
      return Refuse(field(), "a list is allowed only for `IN (?)`");
    case v1::Value::kRef:
      return Refuse(field(),
                    "a reference is allowed only in a transaction program");
    case v1::Value::kLongData:
      if (besides == Besides::kLongData) return absl::OkStatus();
      return Refuse(field(),
                    "long data is allowed only for parameters of a session's "
                    "prepared statement");
    default:
      return absl::OkStatus();
  }
}

}  // namespace berth::plan
