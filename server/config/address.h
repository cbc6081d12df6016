// Addresses that a server may listen on.
#ifndef BERTH_SERVER_CONFIG_ADDRESS_H_
#define BERTH_SERVER_CONFIG_ADDRESS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace berth::config {

// What is wrong with `address` as a place to listen; empty if nothing is.
// Right are HOST:PORT, [IPV6]:PORT and unix:PATH.
std::string AddressProblem(absl::string_view address);

// Whether only programs on this machine can reach a valid address: 127.0.0.0/8,
// [::1], localhost and Unix sockets.
bool IsLocalAddress(absl::string_view address);

}  // namespace berth::config

#endif  // BERTH_SERVER_CONFIG_ADDRESS_H_
