// What is common to unary requests.
#ifndef BERTH_SERVER_RPC_REQUEST_OPTIONS_H_
#define BERTH_SERVER_RPC_REQUEST_OPTIONS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "berth/v1/database.pb.h"

namespace berth::rpc {

// Refuses options that are not alive yet, naming the field: to ignore them
// would be to promise what is not kept.
absl::Status CheckOptions(const v1::RequestOptions& options);

// UNIMPLEMENTED NOT_IMPLEMENTED for a field.
absl::Status NotAlive(absl::string_view field);

// INVALID_FIELD: a required message is missing.
absl::Status Missing(absl::string_view field);

}  // namespace berth::rpc

#endif  // BERTH_SERVER_RPC_REQUEST_OPTIONS_H_
