#include "server/auth/password.h"

#include <errno.h>
#include <sodium.h>

#include <cstdint>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "server/auth/sodium.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/limits.h"

namespace berth::auth {
namespace {

absl::Status NoMemory() {
  return errors::Error(absl::StatusCode::kResourceExhausted, errors::kQueueFull)
      .Message("there is no memory to check a password with")
      .Is(errors::Retry::kLater)
      .RetryAfter(absl::Seconds(1));
}

}  // namespace

absl::StatusOr<std::string> HashPassword(const Secret& password) {
  InitializeSodium();
  char hash[crypto_pwhash_argon2id_STRBYTES];
  if (crypto_pwhash_argon2id_str(
          hash, password.RevealCString(), password.Reveal().size(),
          crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE,
          crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE) != 0) {
    return NoMemory();
  }
  return std::string(hash);
}

std::string PasswordHashProblem(absl::string_view hash) {
  const std::string text(hash);
  uint32_t memory = 0;
  uint32_t passes = 0;
  if (std::sscanf(text.c_str(), "$argon2id$v=19$m=%u,t=%u,p=", &memory,
                  &passes) != 2 ||
      text.find('\0') != text.npos ||
      crypto_pwhash_argon2id_str_needs_rehash(
          text.c_str(), crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE,
          crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE) < 0) {
    return "must be a hash in quotes such as "
           "\"$argon2id$v=19$m=65536,t=2,p=1$...\", as berthd --hash-password "
           "prints it";
  }
  if (memory > limits::kPasswordHashKiB || passes > limits::kPasswordPasses) {
    return absl::StrCat(
        "costs too much to check: at most m=", limits::kPasswordHashKiB,
        ",t=", limits::kPasswordPasses);
  }
  return "";
}

absl::StatusOr<bool> VerifyPassword(const std::string& hash,
                                    const Secret& password) {
  errno = 0;
  if (crypto_pwhash_argon2id_str_verify(hash.c_str(), password.RevealCString(),
                                        password.Reveal().size()) == 0) {
    return true;
  }
  // EINVAL is another password; anything else, that it could not be tried.
  if (errno != EINVAL) return NoMemory();
  return false;
}

}  // namespace berth::auth
