#include "server/auth/users.h"

#include <sodium.h>
#include <string.h>

#include <cstdint>

#include "server/auth/password.h"
#include "server/auth/sodium.h"
#include "server/base/status_macros.h"

namespace berth::auth {

Users::Users(const std::vector<User>& users) : users_(users) {
  static_assert(crypto_shorthash_KEYBYTES == sizeof(key_));
  for (const User& user : users_) by_name_[user.name] = &user;
  InitializeSodium();
  randombytes_buf(key_.data(), key_.size());
}

const User& Users::Decoy(absl::string_view name) const {
  unsigned char hash[crypto_shorthash_BYTES];
  crypto_shorthash(hash, reinterpret_cast<const unsigned char*>(name.data()),
                   name.size(), key_.data());
  uint64_t number = 0;
  memcpy(&number, hash, sizeof(number));
  return users_[number % users_.size()];
}

absl::StatusOr<std::optional<Principal>> Users::Verify(
    const Credentials& credentials) const {
  const auto found = by_name_.find(credentials.user);
  const bool known = found != by_name_.end();
  const User& user = known ? *found->second : Decoy(credentials.user);
  ASSIGN_OR_RETURN(const bool right,
                   VerifyPassword(user.password_hash, credentials.password));
  if (!known || !right) return std::optional<Principal>();
  std::optional<Principal> principal(std::in_place);
  principal->name = user.name;
  principal->where_level = user.where_level;
  return principal;
}

}  // namespace berth::auth
