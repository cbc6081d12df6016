// What every answer begins with.
#ifndef BERTH_SERVER_RPC_RESPONSE_INFO_H_
#define BERTH_SERVER_RPC_RESPONSE_INFO_H_

#include <string>

#include "absl/strings/string_view.h"
#include "berth/v1/database.pb.h"

namespace berth::rpc {

// `info`, the first field of each answer, with one attempt, in wire format.
inline absl::string_view InfoBytes() {
  static const std::string* bytes = [] {
    v1::SelectResponse response;
    response.mutable_info()->set_attempts(1);
    return new std::string(response.SerializeAsString());
  }();
  return *bytes;
}

}  // namespace berth::rpc

#endif  // BERTH_SERVER_RPC_RESPONSE_INFO_H_
