// Hashes that take microseconds to check.
#ifndef BERTH_TESTS_UNIT_AUTH_CHEAP_HASH_H_
#define BERTH_TESTS_UNIT_AUTH_CHEAP_HASH_H_

#include <sodium.h>

#include <string>

namespace berth::auth {

// Of libsodium's least memory and one pass.
inline std::string CheapHash(const std::string& password) {
  char hash[crypto_pwhash_argon2id_STRBYTES];
  if (sodium_init() < 0 ||
      crypto_pwhash_argon2id_str(hash, password.data(), password.size(),
                                 crypto_pwhash_argon2id_OPSLIMIT_MIN,
                                 crypto_pwhash_argon2id_MEMLIMIT_MIN) != 0) {
    return "";
  }
  return hash;
}

}  // namespace berth::auth

#endif  // BERTH_TESTS_UNIT_AUTH_CHEAP_HASH_H_
