// Names of columns in statements.
#ifndef BERTH_SERVER_PLAN_COLUMNS_H_
#define BERTH_SERVER_PLAN_COLUMNS_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/repeated_field.h"
#include "server/catalog/table.h"

namespace berth::plan {

using Names = google::protobuf::RepeatedPtrField<std::string>;

// The column, or UNKNOWN_COLUMN; `field` makes the path, only on failure.
absl::StatusOr<const catalog::Column*> FindColumn(
    const catalog::Table& table, absl::string_view name,
    absl::FunctionRef<std::string()> field);

// The same for a column that is to be written, each once: INVALID_FIELD for a
// generated one and for one that is in `seen`, to which it is added.
absl::StatusOr<const catalog::Column*> FindWritableColumn(
    const catalog::Table& table, absl::string_view name,
    absl::FunctionRef<std::string()> field,
    std::vector<const catalog::Column*>& seen);

// Appends the name as the table has it, quoted, after the quoted `qualifier`
// and a dot unless that is empty.
void AppendColumn(std::string& sql, absl::string_view qualifier,
                  const catalog::Column& column);

// Appends the columns of these names separated by commas; of no names all
// columns of the table. `field` is the path of the list.
absl::Status AppendColumns(std::string& sql, absl::string_view qualifier,
                           const catalog::Table& table, const Names& names,
                           absl::string_view field);

}  // namespace berth::plan

#endif  // BERTH_SERVER_PLAN_COLUMNS_H_
