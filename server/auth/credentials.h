// Who a client says that it is.
#ifndef BERTH_SERVER_AUTH_CREDENTIALS_H_
#define BERTH_SERVER_AUTH_CREDENTIALS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "server/base/secret.h"

namespace berth::auth {

// A user's name and password, as given.
struct Credentials {
  Credentials() = default;

  std::string user;
  Secret password;
};

// Reads HTTP basic credentials (RFC 7617), `Basic ` and `user:password` in
// base64; nullopt for anything else. Takes one spelling only, so that the same
// credentials are always the same bytes.
std::optional<Credentials> ParseBasicCredentials(absl::string_view header);

}  // namespace berth::auth

#endif  // BERTH_SERVER_AUTH_CREDENTIALS_H_
