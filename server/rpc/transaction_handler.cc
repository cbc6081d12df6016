#include "server/rpc/transaction_handler.h"

#include "server/base/status_macros.h"
#include "server/program/check.h"
#include "server/program/run.h"
#include "server/rpc/make_caller.h"

namespace berth::rpc {

runtime::Task<absl::Status> Transaction(const exec::Environment* environment,
                                        Call& call,
                                        v1::TransactionRequest& request,
                                        std::string* response) {
  static const auto* const pacing = new program::Pacing();
  CO_ASSIGN_OR_RETURN(exec::Caller caller,
                      CallerOf(environment, call, request));
  CO_ASSIGN_OR_RETURN(const program::Program program,
                      program::Check(request, environment->unary_rows));
  co_return co_await program::Run(program, caller, *pacing, response);
}

}  // namespace berth::rpc
