#include "server/auth/credentials.h"

#include <string.h>

#include "absl/strings/escaping.h"
#include "absl/strings/strip.h"

namespace berth::auth {

std::optional<Credentials> ParseBasicCredentials(absl::string_view header) {
  if (!absl::ConsumePrefix(&header, "Basic ")) return std::nullopt;
  std::string pair;
  std::optional<Credentials> credentials;
  if (absl::Base64Unescape(header, &pair) &&
      absl::Base64Escape(pair) == header) {
    const size_t colon = pair.find(':');
    if (colon != pair.npos) {
      credentials.emplace();
      credentials->user = pair.substr(0, colon);
      credentials->password = Secret(absl::string_view(pair).substr(colon + 1));
    }
  }
  explicit_bzero(pair.data(), pair.size());
  return credentials;
}

}  // namespace berth::auth
