// The connections of this process to services.
#ifndef BERTH_CLIENT_SRC_CHANNEL_H_
#define BERTH_CLIENT_SRC_CHANNEL_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "berth/client/options.h"

namespace berth::client::internal {

// The channel to `endpoint`, shared by all clients of the process that use it
// with the same kind of credentials. Does no I/O.
absl::StatusOr<std::shared_ptr<grpc::Channel>> SharedChannel(
    absl::string_view endpoint, const Options& options);

// The value of the metadata `authorization`; empty without a user.
std::string Authorization(const Options& options);

}  // namespace berth::client::internal

#endif  // BERTH_CLIENT_SRC_CHANNEL_H_
