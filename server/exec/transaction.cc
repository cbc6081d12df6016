#include "server/exec/transaction.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/exec/run.h"

namespace berth::exec {

using mariadb::ErrorContext;

const char* NameOf(v1::Isolation isolation) {
  switch (isolation) {
    case v1::ISOLATION_READ_UNCOMMITTED:
      return "READ UNCOMMITTED";
    case v1::ISOLATION_READ_COMMITTED:
      return "READ COMMITTED";
    case v1::ISOLATION_SERIALIZABLE:
      return "SERIALIZABLE";
    case v1::ISOLATION_REPEATABLE_READ:
      return "REPEATABLE READ";
    default:
      return nullptr;
  }
}

runtime::Task<absl::Status> StartTransaction(Caller& caller,
                                             v1::Isolation isolation,
                                             bool read_only) {
  if (const char* name = NameOf(isolation); name != nullptr) {
    CO_RETURN_IF_ERROR(co_await RunOwn(
        caller, absl::StrCat("SET TRANSACTION ISOLATION LEVEL ", name),
        ErrorContext::Effect::kNone));
  }
  std::string sql = "START TRANSACTION";
  if (read_only) sql += " READ ONLY";
  co_return co_await RunOwn(caller, std::move(sql),
                            ErrorContext::Effect::kNone);
}

}  // namespace berth::exec
