// The file of `security.users_file`.
#ifndef BERTH_SERVER_CONFIG_USERS_FILE_H_
#define BERTH_SERVER_CONFIG_USERS_FILE_H_

#include <string>
#include <vector>

#include "server/auth/users.h"
#include "server/auth/where_level.h"

namespace berth::config {

// Reads a users file, in YAML:
//
//   users:
//     alice:
//       password: "$argon2id$v=19$m=65536,t=2,p=1$..."
//       where: clauses
//
// `password` is what berthd --hash-password prints. `where` is strict, clauses
// or raw; a user without it has `by_default`.
//
// Adds one line for each problem to `problems`, all that there are, each with
// its file and line and none with a hash: unknown keys, wrong types, hashes
// that are none, users named twice, no user at all. The users are good only if
// there was none.
std::vector<auth::User> ReadUsersFile(const std::string& path,
                                      auth::WhereLevel by_default,
                                      std::vector<std::string>* problems);

}  // namespace berth::config

#endif  // BERTH_SERVER_CONFIG_USERS_FILE_H_
