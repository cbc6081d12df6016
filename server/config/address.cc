#include "server/config/address.h"

#include <arpa/inet.h>

#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace berth::config {
namespace {

// The host of HOST:PORT or [IPV6]:PORT without brackets.
absl::string_view HostOf(absl::string_view address) {
  absl::string_view host = address.substr(0, address.rfind(':'));
  absl::ConsumePrefix(&host, "[");
  absl::ConsumeSuffix(&host, "]");
  return host;
}

}  // namespace

std::string AddressProblem(absl::string_view address) {
  if (absl::ConsumePrefix(&address, "unix:")) {
    return address.empty() ? "needs a path after unix:" : "";
  }
  const size_t colon = address.rfind(':');
  if (colon == absl::string_view::npos || colon == 0) {
    return "must be HOST:PORT, [IPV6]:PORT or unix:PATH";
  }
  const absl::string_view host = address.substr(0, colon);
  if (host.find(':') != absl::string_view::npos &&
      (!absl::StartsWith(host, "[") || !absl::EndsWith(host, "]"))) {
    return "must have its IPv6 address in brackets: [ADDRESS]:PORT";
  }
  uint32_t port = 0;
  if (!absl::SimpleAtoi(address.substr(colon + 1), &port) || port > 65535) {
    return "must end in a port from 0 to 65535";
  }
  return "";
}

bool IsLocalAddress(absl::string_view address) {
  if (absl::StartsWith(address, "unix:")) {
    return true;
  }
  const std::string host(HostOf(address));
  in_addr v4;
  in6_addr v6;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) {
    return (ntohl(v4.s_addr) >> 24) == 127;
  }
  if (inet_pton(AF_INET6, host.c_str(), &v6) == 1) {
    return IN6_IS_ADDR_LOOPBACK(&v6);
  }
  return host == "localhost";
}

}  // namespace berth::config
