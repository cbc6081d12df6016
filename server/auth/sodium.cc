#include "server/auth/sodium.h"

#include <sodium.h>

#include <cstdlib>

#include "server/base/log.h"

namespace berth::auth {

void InitializeSodium() {
  if (sodium_init() < 0) {
    log::Error("libsodium finds no random numbers");
    std::abort();
  }
}

}  // namespace berth::auth
