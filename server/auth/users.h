// The users that a service knows.
#ifndef BERTH_SERVER_AUTH_USERS_H_
#define BERTH_SERVER_AUTH_USERS_H_

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/auth/credentials.h"
#include "server/auth/principal.h"
#include "server/auth/where_level.h"

namespace berth::auth {

// One user of the users file.
struct User {
  User() = default;

  std::string name;
  // As HashPassword makes it.
  std::string password_hash;
  WhereLevel where_level = WhereLevel::kStrict;
};

// Tells whether credentials are right. Thread-safe; never changes.
class Users {
 public:
  // At least one, each name once.
  explicit Users(const std::vector<User>& users);

  // Who these credentials belong to; nullopt: nobody. Blocks for as long as
  // the password takes, for an unknown user as for a known one: the hash of
  // another user is tried then, always the same one for a name. Fails as
  // VerifyPassword does.
  absl::StatusOr<std::optional<Principal>> Verify(
      const Credentials& credentials) const;

 private:
  const User& Decoy(absl::string_view name) const;

  const std::vector<User> users_;
  absl::flat_hash_map<std::string, const User*> by_name_;
  // Of the choice of a decoy, so that nobody can tell whose hash it is.
  std::array<unsigned char, 16> key_;
};

}  // namespace berth::auth

#endif  // BERTH_SERVER_AUTH_USERS_H_
