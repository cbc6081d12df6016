// The context of a unary call, as the verbs need it.
#ifndef BERTH_SERVER_RPC_MAKE_CALLER_H_
#define BERTH_SERVER_RPC_MAKE_CALLER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/status_macros.h"
#include "server/exec/caller.h"
#include "server/rpc/call.h"
#include "server/rpc/request_options.h"

namespace berth::rpc {

// Who calls, until when, in the database that the request names; empty: the
// default. Fails with UNKNOWN_DATABASE. `call` must outlive the result.
absl::StatusOr<exec::Caller> MakeCaller(const exec::Environment* environment,
                                        Call& call, absl::string_view database);

// The same for a request that has options, which are checked first.
template <typename Request>
absl::StatusOr<exec::Caller> CallerOf(const exec::Environment* environment,
                                      Call& call, const Request& request) {
  RETURN_IF_ERROR(CheckOptions(request.options()));
  return MakeCaller(environment, call, request.database());
}

}  // namespace berth::rpc

#endif  // BERTH_SERVER_RPC_MAKE_CALLER_H_
