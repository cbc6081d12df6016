// Passwords and their hashes: Argon2id, by libsodium.
#ifndef BERTH_SERVER_AUTH_PASSWORD_H_
#define BERTH_SERVER_AUTH_PASSWORD_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/secret.h"

namespace berth::auth {

// A hash of the password with a salt of its own, 64 MiB and two passes, in the
// form `$argon2id$v=19$m=65536,t=2,p=1$SALT$HASH`. Takes some 100 ms. Fails
// with RESOURCE_EXHAUSTED if there is no memory for it.
absl::StatusOr<std::string> HashPassword(const Secret& password);

// What is wrong with a hash of the users file; empty if nothing is. Others'
// parameters are right too, within the limits of limits.h.
std::string PasswordHashProblem(absl::string_view hash);

// Whether `hash`, a good one, was made of this password. Takes as long as the
// hash says, in CPU: not on a shard. Fails with RESOURCE_EXHAUSTED, outcome
// NOT_DONE, if there is no memory for it.
absl::StatusOr<bool> VerifyPassword(const std::string& hash,
                                    const Secret& password);

}  // namespace berth::auth

#endif  // BERTH_SERVER_AUTH_PASSWORD_H_
