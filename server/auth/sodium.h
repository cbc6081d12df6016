// The start of libsodium.
#ifndef BERTH_SERVER_AUTH_SODIUM_H_
#define BERTH_SERVER_AUTH_SODIUM_H_

namespace berth::auth {

// Makes libsodium ready; to be called before its random numbers, and of no
// effect after the first time. Ends the process if the system has none.
// Thread-safe.
void InitializeSodium();

}  // namespace berth::auth

#endif  // BERTH_SERVER_AUTH_SODIUM_H_
