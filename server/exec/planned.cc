#include "server/exec/planned.h"

#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/exec/unknown_name.h"

namespace berth::exec {

absl::Status ExplainName(absl::Status status, Caller& caller,
                         const catalog::Table& table) {
  const std::string reason = errors::ReasonOf(status);
  if (reason != errors::kUnknownColumn && reason != errors::kUnknownTable) {
    return status;
  }
  const absl::Status explained = ExplainUnknownName(status, table);
  const std::string column = errors::MetadataOf(explained, "column");
  if (reason == errors::kUnknownTable || table.FindColumn(column) != nullptr) {
    caller.environment->registry->Forget(caller.database, table.name());
  }
  return explained;
}

}  // namespace berth::exec
