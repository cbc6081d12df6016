// Reads a password and prints its hash, for a users file.
#ifndef BERTH_SERVER_APP_HASH_PASSWORD_H_
#define BERTH_SERVER_APP_HASH_PASSWORD_H_

namespace berth::app {

// Reads one line from standard input, from a terminal without showing it, and
// prints the hash. Returns the exit code: 1, with a message, for an empty
// password and for one that does not fit a line of 1 KiB.
int HashPasswordFromInput();

}  // namespace berth::app

#endif  // BERTH_SERVER_APP_HASH_PASSWORD_H_
