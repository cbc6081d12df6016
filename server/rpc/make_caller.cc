#include "server/rpc/make_caller.h"

#include "server/base/status_macros.h"

namespace berth::rpc {

absl::StatusOr<exec::Caller> MakeCaller(const exec::Environment* environment,
                                        Call& call,
                                        absl::string_view database) {
  exec::Caller caller;
  caller.environment = environment;
  caller.principal = call.principal;
  ASSIGN_OR_RETURN(caller.database, environment->databases->Resolve(database));
  caller.deadline = call.deadline;
  caller.cancellation = &call.cancellation;
  return caller;
}

}  // namespace berth::rpc
